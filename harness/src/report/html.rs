//! One page of HTML for people: the summary, what is not as expected told in full, then every scenario by folder.
//!
//! It stands apart from Markdown because it is read by itself: one file that asks for nothing outside, runs no script, prints well, and
//! can be heard as well as seen. What one result that is not as expected says is `failure`'s affair. Everything from outside is
//! escaped in [`Text`].

mod failure;

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, Write};

use double::escape::Untrusted;

use super::Report;
use super::phrase::{count, known_gap, milliseconds, outcomes, problems};
use crate::runner::{RunEvent, ScenarioRecord, Status, Summary};

/// How it looks; light or dark as the reader has it.
const STYLE: &str = include_str!("html/style.css");

/// The folder of scenarios that lie in none.
const NO_FOLDER: &str = "(no folder)";

/// Text that means nothing to HTML, in an element and in an attribute, and nothing to a terminal.
#[derive(Clone, Copy, Debug)]
struct Text<'a>(&'a str);

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in Untrusted(self.0).to_string().chars() {
            match character {
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '&' => f.write_str("&amp;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                _ => write!(f, "{character}")?,
            }
        }
        Ok(())
    }
}

/// The report. Everything waits for the end, because the summary comes first.
#[derive(Debug)]
pub struct Html {
    again: String,
    run: String,
    refused: Vec<String>,
    failures: Vec<String>,
    /// The rows of each folder, and how many of them there are as expected.
    folders: BTreeMap<String, Folder>,
}

#[derive(Debug, Default)]
struct Folder {
    rows: Vec<String>,
    passed: usize,
}

impl Html {
    /// A report whose readers see a result again with these flags behind the scenario's name.
    #[must_use]
    pub const fn new(again: String) -> Self {
        Self { again, run: String::new(), refused: Vec::new(), failures: Vec::new(), folders: BTreeMap::new() }
    }

    fn scenario(&mut self, scenario: &ScenarioRecord) {
        if scenario.status == Status::Failed {
            let number = self.failures.len() + 1;
            self.failures.push(failure::told(scenario, number, &self.again));
        }
        let name = match scenario.status {
            Status::Failed => format!("<a href=\"#failure-{}\">{}</a>", self.failures.len(), Text(&scenario.name)),
            Status::Passed | Status::Skipped => Text(&scenario.name).to_string(),
        };
        let reasons = scenario.results.iter().filter_map(|record| record.reason.clone());
        let said: Vec<String> = [outcomes(scenario)].into_iter().chain(reasons).chain(known_gap(scenario)).collect();
        let said: Vec<&str> = said.iter().map(String::as_str).filter(|text| !text.is_empty()).collect();
        let word = scenario.status.word();
        let row = format!(
            "<tr class=\"{word}\"><td class=\"status\">{word}</td><th scope=\"row\">{name}</th><td>{}</td><td>{}</td><td>{}</td></tr>\n",
            Text(&scenario.title),
            Text(&said.join("; ")),
            Text(&findings(scenario)),
        );
        let folder = scenario.name.rsplit_once('/').map_or(NO_FOLDER, |(folder, _)| folder);
        let folder = self.folders.entry(folder.to_owned()).or_default();
        folder.passed += usize::from(scenario.status == Status::Passed);
        folder.rows.push(row);
    }

    fn end(&self, summary: Summary, out: &mut dyn Write) -> io::Result<()> {
        let Summary { passed, failed, skipped, not_judged, .. } = summary;
        let scenarios = count(summary.total(), "scenario");
        let head = format!("kmslab: {scenarios}, {passed} as expected, {failed} not as expected, {skipped} skipped");
        write!(
            out,
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\"/>\n\
             <title>{head}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<header>\n<h1>{head}</h1>\n"
        )?;
        write!(
            out,
            "<p>{}, {}. A simulation: nothing of it happened on a network of somebody's.</p>\n<dl>\n",
            self.run,
            milliseconds(summary.elapsed)
        )?;
        let counts = [
            ("passed", "as expected", passed),
            ("failed", "not as expected", failed),
            ("skipped", "skipped", skipped),
            ("plain", "with expectations that were not judged", not_judged),
            ("failed", "files refused", self.refused.len()),
        ];
        for (class, what, number) in counts {
            let class = if number == 0 { "none" } else { class };
            writeln!(out, "<div class=\"{class}\"><dt>{what}</dt><dd>{number}</dd></div>")?;
        }
        writeln!(out, "</dl>\n</header>\n<main>")?;
        self.refused(out)?;
        if !self.failures.is_empty() {
            writeln!(out, "<section aria-labelledby=\"failures\">\n<h2 id=\"failures\">Not as expected</h2>")?;
            self.failures.iter().try_for_each(|failure| out.write_all(failure.as_bytes()))?;
            writeln!(out, "</section>")?;
        }
        self.all(out)?;
        writeln!(out, "</main>\n</body>\n</html>")
    }

    fn refused(&self, out: &mut dyn Write) -> io::Result<()> {
        if self.refused.is_empty() {
            return Ok(());
        }
        writeln!(
            out,
            "<section aria-labelledby=\"refused\">\n<h2 id=\"refused\">Refused files</h2>\n<dl class=\"refused\">"
        )?;
        self.refused.iter().try_for_each(|refused| out.write_all(refused.as_bytes()))?;
        writeln!(out, "</dl>\n</section>")
    }

    fn all(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "<section aria-labelledby=\"all\">\n<h2 id=\"all\">All scenarios</h2>")?;
        for (name, Folder { rows, passed }) in &self.folders {
            // What is as it should be need not be in the way.
            let open = if *passed == rows.len() { "" } else { " open=\"\"" };
            writeln!(
                out,
                "<details{open}>\n<summary><h3>{}</h3> {passed} of {} as expected</summary>\n<div class=\"wide\"><table>\n<thead><tr>\
                 <th scope=\"col\">Status</th><th scope=\"col\">Scenario</th><th scope=\"col\">Title</th>\
                 <th scope=\"col\">What came out</th><th scope=\"col\">Findings</th></tr></thead>\n<tbody>\n{}</tbody>\n</table></div>\n</details>",
                Text(name),
                rows.len(),
                rows.concat(),
            )?;
        }
        writeln!(out, "</section>")
    }
}

impl Report for Html {
    fn event(&mut self, event: &RunEvent<'_>, out: &mut dyn Write) -> io::Result<()> {
        match event {
            RunEvent::Begin { network, seed, .. } => {
                self.run = format!("Network {network}, seed {seed}");
                Ok(())
            }
            RunEvent::Refused(refusal) => {
                let lines: String = problems(refusal).iter().map(|line| format!("<dd>{}</dd>\n", Text(line))).collect();
                self.refused.push(format!("<dt><code>{}</code></dt>\n{lines}", Text(&refusal.file.path)));
                Ok(())
            }
            RunEvent::Scenario(scenario) => {
                self.scenario(scenario);
                Ok(())
            }
            RunEvent::End(summary) => self.end(*summary, out),
        }
    }
}

/// The ids of what was found, each once.
fn findings(scenario: &ScenarioRecord) -> String {
    let mut ids: Vec<&str> = Vec::new();
    for found in
        scenario.results.iter().filter_map(|record| record.diagnosis.as_ref()).flat_map(|diagnosis| &diagnosis.findings)
    {
        if !ids.contains(&found.finding.entry.id) {
            ids.push(found.finding.entry.id);
        }
    }
    ids.join(", ")
}

#[cfg(test)]
mod tests {
    use super::Text;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(Text(text).to_string(), expected);
    }

    #[test]
    fn text_from_outside_means_nothing() {
        check("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;");
        check("\" onclick='x' a=\"&amp;", "&quot; onclick=&#39;x&#39; a=&quot;&amp;amp;");
        check("\u{1b}[2J\u{202e}", "\\u{1b}[2J\\u{202e}");
        check("활", "\\u{d65c}");
    }
}
