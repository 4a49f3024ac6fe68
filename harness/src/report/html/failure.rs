//! What is not as expected of one scenario, in HTML: each criterion, what was found and what mends it, what happened.
//!
//! It stands apart from the page because it grows with what a result can say, and the page with how results are listed.

use double::Moment;
use evidence::timeline::Timeline;

use super::Text;
use crate::report::phrase::{found, known_gap, place, seconds};
use crate::report::remedy::told as typed;
use crate::runner::{Diagnosis, FixWord, Found, Record, ScenarioRecord};

/// Lines of what happened that are told; a page of the whole catalogue must stay one that a browser opens.
const JOURNAL_SHOWN: usize = 200;

/// The article of a scenario that is not as expected; `again` are the flags with which it can be seen again.
pub(super) fn told(scenario: &ScenarioRecord, number: usize, again: &str) -> String {
    let name = Text(&scenario.name);
    let mut html = format!(
        "<article id=\"failure-{number}\" aria-labelledby=\"title-{number}\">\n<h3 id=\"title-{number}\">{name}</h3>\n<p>{}</p>\n",
        Text(&scenario.title)
    );
    html.extend(known_gap(scenario).map(|gap| format!("<p>{}</p>\n", Text(&gap))));
    let wrong = scenario.results.iter().filter(|record| !record.misses.is_empty() || record.reason.is_some());
    html.extend(wrong.map(result));
    let command = format!("kmslab run {}{again}", scenario.name);
    html.push_str(&format!("<p>Again: <code>{}</code></p>\n</article>\n", Text(&command)));
    html
}

fn result(record: &Record) -> String {
    let mut html = format!("<h4>{}</h4>\n", Text(&place(record)));
    html.extend(record.reason.as_ref().map(|reason| format!("<p>{}</p>\n", Text(reason))));
    if !record.misses.is_empty() {
        html.push_str(
            "<div class=\"wide\"><table>\n<thead><tr><th scope=\"col\">Criterion</th><th scope=\"col\">Expected</th>\
             <th scope=\"col\">Found</th></tr></thead>\n<tbody>\n",
        );
        for miss in &record.misses {
            let (called, instead) = found(miss);
            let not = if miss.criterion.ends_with("must_not") { "never: " } else { "" };
            let nearest = if called == "nearest" { "nearest: " } else { "" };
            html.push_str(&format!(
                "<tr><th scope=\"row\">{}</th><td>{not}<code>{}</code></td><td>{nearest}<code>{}</code></td></tr>\n",
                Text(miss.criterion),
                Text(&miss.expected),
                Text(&instead)
            ));
        }
        html.push_str("</tbody>\n</table></div>\n");
    }
    html.extend(record.not_judged.iter().map(|what| format!("<p>Not judged: <code>{}</code></p>\n", Text(what))));
    if let Some(diagnosis) = &record.diagnosis {
        html.extend(diagnosis.findings.iter().map(|found| finding(diagnosis, found)));
    }
    html + &journal(&record.timeline)
}

/// A finding, what it rests on, and what is typed.
fn finding(diagnosis: &Diagnosis, found: &Found) -> String {
    let entry = found.finding.entry;
    let mut html = format!(
        "<section class=\"finding\">\n<h5><code>{}</code> ({})</h5>\n<p>{} Here: {}</p>\n",
        entry.id,
        found.finding.severity.word(),
        Text(entry.sentence),
        Text(&found.finding.says)
    );
    let seen = found.finding.evidence.iter().filter_map(|number| Some((number, diagnosis.evidence.get(*number)?)));
    let seen: Vec<String> = seen
        .map(|(number, seen)| {
            format!("<li value=\"{number}\">{}: {}</li>\n", seen.step.name, Text(&seen.fact.to_string()))
        })
        .collect();
    if !seen.is_empty() {
        html.push_str(&format!("<ol>\n{}</ol>\n", seen.concat()));
    }
    if let Some(remedy) = found.finding.remedies.get(found.fix.remedy.unwrap_or(0)) {
        let word = if remedy.workaround { "go round" } else { "fix" };
        let lines = typed(remedy, &diagnosis.evidence, word, "kmslab run --format json");
        let lines: Vec<String> = lines.iter().map(|line| format!("{:<8}  {}", line.word, Text(&line.text))).collect();
        html.push_str(&format!("<pre>{}</pre>\n", lines.join("\n")));
    }
    html.push_str(&format!("<p>In simulation: {}</p>\n</section>\n", checked(found)));
    html
}

/// What became of the remedy.
const fn checked(found: &Found) -> &'static str {
    match found.fix.word {
        FixWord::Heals => "with the fix it is activated, without it not.",
        FixWord::NextFault => "with the fix this cause is gone, and another one is next.",
        FixWord::LeavesKms => "with the fix no KMS host is asked any more.",
        FixWord::NoEffect => "the fix was not proven.",
        FixWord::NotPossible => "no remedy applies here.",
        FixWord::NotTried => "not tried.",
    }
}

/// What happened, behind a line that opens it.
fn journal(timeline: &Timeline) -> String {
    let left_out = timeline.entries.len().saturating_sub(JOURNAL_SHOWN);
    let lines = timeline.entries.iter().skip(left_out).map(|entry| {
        let at = seconds(entry.at.since(Moment::START));
        format!(
            "<tr><td>{at}</td><th scope=\"row\">{}</th><td>{}</td><td>{}</td></tr>\n",
            Text(entry.machine.as_str()),
            Text(&entry.event.to_string()),
            Text(entry.note.as_deref().unwrap_or_default())
        )
    });
    let shown = if left_out > 0 { format!(", without {left_out} lines before") } else { String::new() };
    format!(
        "<details>\n<summary>What happened, in {} lines{shown}</summary>\n<div class=\"wide\"><table class=\"journal\">\n<thead><tr>\
         <th scope=\"col\">Time of the run</th><th scope=\"col\">Machine</th><th scope=\"col\">What</th>\
         <th scope=\"col\">What only the laboratory knows</th></tr></thead>\n<tbody>\n{}</tbody>\n</table></div>\n</details>\n",
        timeline.entries.len() - left_out,
        lines.collect::<String>()
    )
}
