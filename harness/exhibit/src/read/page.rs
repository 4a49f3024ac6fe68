//! From text to lines: line ends of every kind, mail quoting taken off, prompts found.
//!
//! Lines keep their number in the file and their indentation. What a line means is not known here.

use crate::read::{Bounds, Why};

/// A line of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Line<'a> {
    /// Counted from 1.
    pub number: usize,
    /// Without quoting marks in front, blanks and line end behind.
    pub text: &'a str,
}

impl<'a> Line<'a> {
    /// The text without its indentation.
    pub(super) fn words(self) -> &'a str {
        self.text.trim_start()
    }

    /// Whether there is nothing on it.
    pub(super) fn is_blank(self) -> bool {
        self.text.is_empty()
    }
}

/// The lines of a file.
pub(super) struct Page<'a> {
    /// All that is read of it.
    pub lines: Vec<Line<'a>>,
    /// Where and why it ends early.
    pub cut: Option<(usize, Why)>,
}

/// As many lines that begin with `>` in a row are a quoted mail; fewer may be prompts of `nslookup`.
const QUOTED_MIN: usize = 3;

impl<'a> Page<'a> {
    pub(super) fn new(text: &'a str, bounds: &Bounds) -> Self {
        let mut page = Self { lines: Vec::new(), cut: None };
        let mut rest = text;
        while !rest.is_empty() {
            let number = page.lines.len() + 1;
            if number > bounds.lines {
                page.cut = Some((number, Why::Bound { what: "lines", bound: bounds.lines }));
                break;
            }
            let (line, after) = split_line(rest);
            rest = after;
            if line.len() > bounds.line && page.cut.is_none() {
                page.cut = Some((number, Why::Bound { what: "octets of a line", bound: bounds.line }));
            }
            let text = if line.len() > bounds.line { "" } else { line.trim_end() };
            page.lines.push(Line { number, text });
        }
        unquote(&mut page.lines);
        page
    }
}

/// The first line, and what follows its end.
fn split_line(text: &str) -> (&str, &str) {
    let Some(end) = text.find(['\r', '\n']) else { return (text, "") };
    let (line, rest) = text.split_at(end);
    let rest = rest.strip_prefix("\r\n").or_else(|| rest.get(1..)).unwrap_or_default();
    (line, rest)
}

/// Takes mail quoting off, as deep as all lines of a quoted passage have it: a prompt `>` of `nslookup` in it stays.
fn unquote(lines: &mut [Line<'_>]) {
    for block in lines.chunk_by_mut(|a, b| a.text.starts_with('>') == b.text.starts_with('>')) {
        let typed = |line: &Line<'_>| {
            let rest = line.text.trim_start_matches(['>', ' ']);
            depth(line.text) == 1 && ["set ", "server ", "exit"].iter().any(|word| rest.starts_with(word))
        };
        let quoted = block.first().is_some_and(|line| line.text.starts_with('>'));
        if !quoted || block.len() < QUOTED_MIN || block.iter().any(typed) {
            continue;
        }
        let shallowest = block.iter().map(|line| depth(line.text)).min().unwrap_or(0);
        for line in block {
            for _ in 0..shallowest {
                let bare = line.text.trim_start().strip_prefix('>').unwrap_or(line.text);
                line.text = bare.strip_prefix(' ').unwrap_or(bare);
            }
        }
    }
}

/// How many quoting marks a line begins with.
fn depth(text: &str) -> usize {
    text.chars().take_while(|c| matches!(c, '>' | ' ')).filter(|c| *c == '>').count()
}

/// What was typed, if the line is a prompt of cmd.exe or PowerShell and what follows it.
pub(super) fn typed(line: &str) -> Option<&str> {
    let line = line.trim_start();
    // A remote session writes the machine in front: [kms1]: PS C:\>
    let line = line.strip_prefix('[').and_then(|line| Some(line.split_once("]: ")?.1)).unwrap_or(line);
    let shell = line.strip_prefix("PS ").or_else(|| line.strip_prefix("Administrator: ")).unwrap_or(line);
    let (place, typed) = shell.split_once('>')?;
    let mut start = place.chars();
    let drive = start.next().is_some_and(|c| c.is_ascii_alphabetic()) && start.next() == Some(':');
    let path = drive && matches!(start.next(), None | Some('\\'));
    let share = place.starts_with(r"\\") || place.starts_with("HKLM:");
    (path || share).then(|| typed.trim_start_matches('>').trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let page = Page::new(text, &Bounds::default());
        assert_eq!(page.lines.iter().map(|line| line.text).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn lines_end_as_they_like() {
        check("a\r\nb\nc\rd", &["a", "b", "c", "d"]);
        check("a\r\n\r\n  b  \r\n", &["a", "", "  b"]);
        check("", &[]);
    }

    #[test]
    fn quoting_is_taken_off() {
        check("x\n> a\n>\n>   b\ny", &["x", "a", "", "  b", "y"]);
        check("> > a\n>> b\n> > c", &["a", "b", "c"]);
        check("> a\n> > _vlmcs._tcp\n> b", &["a", "> _vlmcs._tcp", "b"]);
        // Typed at the prompt of nslookup.
        check("> set type=srv\n> _vlmcs._tcp\n> exit", &["> set type=srv", "> _vlmcs._tcp", "> exit"]);
        check("> _vlmcs._tcp\nServer: a", &["> _vlmcs._tcp", "Server: a"]);
    }

    #[test]
    fn too_much_is_cut_and_said() {
        let bounds = Bounds { lines: 2, line: 3, ..Bounds::default() };
        let page = Page::new("a\nb\nc", &bounds);
        assert_eq!((page.lines.len(), page.cut.map(|cut| cut.0)), (2, Some(3)));
        let page = Page::new("abcd\nb", &bounds);
        assert_eq!((page.lines[0].text, page.lines[1].text, page.cut.map(|cut| cut.0)), ("", "b", Some(1)));
    }

    #[test]
    fn prompts_are_found() {
        let check = |line: &str, expected: Option<&str>| assert_eq!(typed(line), expected, "{line}");
        check(r"C:\Windows\system32>ipconfig /all", Some("ipconfig /all"));
        check(r"C:\>", Some(""));
        check(r"PS C:\Users\kim> Get-WinEvent", Some("Get-WinEvent"));
        check(r"[kms1]: PS C:\> slmgr /dlv", Some("slmgr /dlv"));
        check("> set type=srv", None);
        check("<Event>", None);
        check("a:b>c", None);
    }
}
