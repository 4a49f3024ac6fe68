//! Which lines belong to which tool: a prompt says it, or a line that only one tool writes.
//!
//! A tool's file knows such lines and gives a [`Mark`]; here the text is cut at the marks, and each piece is read by the file
//! of its tool. The cut decides nothing about the meaning: what a reader does not know in its piece, it says.

use crate::read::page::{Line, Page, typed};
use crate::read::sink::Sink;
use crate::read::{
    Why, event_text, event_xml, ipconfig, licence, nslookup, ospp, ping, port, reg_file, registry, resolve, slmgr,
    zone, zone_table,
};
use crate::tool::Tool;

/// What a line says about the tool that wrote it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    /// Its output begins here.
    Head,
    /// It belongs to its output.
    Body,
}

/// Lines that one tool wrote.
#[derive(Clone, Copy)]
pub(super) struct Piece<'a> {
    /// What was typed to get them, where the text shows it.
    pub command: Option<Line<'a>>,
    /// The lines.
    pub lines: &'a [Line<'a>],
}

/// A form in which a tool writes.
struct Form {
    /// The tool.
    tool: Tool,
    /// The words with which a command for it begins, in lower case.
    commands: &'static [&'static str],
    /// What the first line says, given those that follow.
    mark: fn(&[Line<'_>]) -> Option<Mark>,
    /// Reads what was written.
    read: fn(Piece<'_>, &mut Sink<'_>),
}

/// The forms; the first whose mark fits is taken.
const FORMS: &[Form] = &[
    Form { tool: Tool::Events, commands: &["wevtutil"], mark: event_xml::mark, read: event_xml::read },
    Form {
        tool: Tool::Events,
        commands: &["get-winevent", "get-eventlog"],
        mark: event_text::mark,
        read: event_text::read,
    },
    Form { tool: Tool::RegExport, commands: &[], mark: reg_file::mark, read: reg_file::read },
    Form {
        tool: Tool::RegQuery,
        commands: &["reg", "get-itemproperty", "gp"],
        mark: registry::mark,
        read: registry::read,
    },
    Form { tool: Tool::OsppDstatus, commands: &[], mark: ospp::mark, read: ospp::read },
    Form { tool: Tool::SlmgrDlv, commands: &[], mark: licence::mark, read: licence::read },
    Form { tool: Tool::SlmgrAto, commands: &[], mark: slmgr::ato_mark, read: slmgr::read_ato },
    Form {
        tool: Tool::GetDnsServerResourceRecord,
        commands: &["get-dnsserverresourcerecord"],
        mark: zone_table::mark,
        read: zone_table::read,
    },
    Form { tool: Tool::ResolveDnsName, commands: &["resolve-dnsname"], mark: resolve::mark, read: resolve::read },
    Form {
        tool: Tool::TestNetConnection,
        commands: &["test-netconnection", "tnc", "psping", "psping64"],
        mark: port::mark,
        read: port::read,
    },
    Form { tool: Tool::Unbound, commands: &[], mark: zone::unbound_mark, read: zone::read_unbound },
    Form { tool: Tool::Dnsmasq, commands: &[], mark: zone::dnsmasq_mark, read: zone::read_dnsmasq },
    Form { tool: Tool::BindZone, commands: &["dnscmd"], mark: zone::mark, read: zone::read },
    Form { tool: Tool::Ping, commands: &["ping"], mark: ping::mark, read: ping::read },
    Form { tool: Tool::Ipconfig, commands: &["ipconfig"], mark: ipconfig::mark, read: ipconfig::read },
    Form { tool: Tool::Nslookup, commands: &["nslookup"], mark: nslookup::mark, read: nslookup::read },
];

/// What text recognition makes of `_vlmcs`. The names are claimed as they stand.
const OCR: [&str; 4] = ["_v1mcs", "_vimcs", "_vlrncs", "_v|mcs"];

/// Reads all that is on the page.
pub(super) fn read(page: &Page<'_>, sink: &mut Sink<'_>) {
    let mut open: Option<Open<'_>> = None;
    for (at, line) in page.lines.iter().enumerate() {
        let rest = page.lines.get(at..).unwrap_or_default();
        note_recognition_slips(*line, sink);
        if let Some(words) = typed(line.text).or_else(|| bare_command(line.words())) {
            close(open.take(), at, page, sink);
            let form = form_of_command(words);
            open = form.map(|form| Open { form, start: at + 1, command: Some(*line), marked: false });
            continue;
        }
        let mark = FORMS.iter().enumerate().find_map(|(form, entry)| Some((form, (entry.mark)(rest)?)));
        match (mark, &mut open) {
            (Some((form, Mark::Head)), Some(now)) if now.form == form && !now.marked => now.marked = true,
            (Some((form, Mark::Body)), Some(now)) if now.form == form => now.marked = true,
            (Some((form, _)), _) => {
                close(open.take(), at, page, sink);
                open = Some(Open { form, start: at, command: None, marked: true });
            }
            (None, Some(_)) => {}
            (None, None) => {
                if !line.is_blank() && !is_banner(line.words()) {
                    sink.unread(line.number, Why::NoTool);
                }
            }
        }
    }
    close(open, page.lines.len(), page, sink);
}

/// What the script host and the shells say of themselves.
fn is_banner(words: &str) -> bool {
    let starts =
        ["Microsoft (R) Windows Script Host", "Microsoft Windows [", "(c) Microsoft", "Copyright (C) Microsoft"];
    starts.iter().any(|start| words.starts_with(start)) || words == "Windows PowerShell"
}

/// A piece that has begun.
struct Open<'a> {
    form: usize,
    start: usize,
    command: Option<Line<'a>>,
    /// Whether a mark of its form was seen in it.
    marked: bool,
}

fn close(open: Option<Open<'_>>, end: usize, page: &Page<'_>, sink: &mut Sink<'_>) {
    let Some(open) = open else { return };
    let (Some(form), Some(lines)) = (FORMS.get(open.form), page.lines.get(open.start..end)) else { return };
    if lines.iter().any(|line| !line.is_blank()) {
        // The files of two servers are one form: their reader says which it is.
        if form.tool != Tool::BindZone {
            sink.seen(form.tool);
        }
        (form.read)(Piece { command: open.command, lines }, sink);
    }
}

/// The words of a command without the program in front, which may have a path and `.exe`.
fn program(command: &str) -> String {
    let first = command.split_whitespace().next().unwrap_or_default().trim_matches(['"', '\'', '.', '\\']);
    let name = first.rsplit(['\\', '/']).next().unwrap_or_default().to_lowercase();
    name.strip_suffix(".exe").map_or_else(|| name.clone(), str::to_owned)
}

fn form_of_command(command: &str) -> Option<usize> {
    let program = program(command);
    FORMS.iter().position(|form| form.commands.contains(&program.as_str()))
}

/// A command on a line of its own, without a prompt: what is typed stands in lower case, or is a cmdlet with its dash.
fn bare_command(line: &str) -> Option<&str> {
    let first = line.split_whitespace().next()?;
    let typed =
        ["ipconfig", "nslookup", "slmgr", "slmgr.vbs", "cscript", "wevtutil", "reg", "dnscmd", "ping", "psping"]
            .contains(&first)
            || ["Get-WinEvent", "Get-EventLog", "Get-ItemProperty", "Resolve-DnsName", "Test-NetConnection"]
                .contains(&first)
            || first == "Get-DnsServerResourceRecord";
    let sentence = line.ends_with([':', '.']) || line.contains(" = ") || line.contains(" : ");
    (typed && !sentence).then_some(line)
}

fn note_recognition_slips(line: Line<'_>, sink: &mut Sink<'_>) {
    if let Some(slip) = OCR.iter().find(|slip| line.text.contains(*slip)) {
        sink.doubt_word(line.number, slip, "may be what text recognition made of `_vlmcs`: look at the machine itself");
    }
}
