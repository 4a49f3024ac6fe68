//! A conversation as a sequence diagram in text: a column for each machine, time downwards, a line for each message.
//!
//! The first column pair gets the room that the longest message needs, the others what their names need. What does not fit
//! is told below the drawing. An arrow that ends in `x` did not arrive, or was not taken: a late or second reply. It knows messages as labels only.

use std::time::Duration;

use double::Moment;

use super::page::{Line, Look, cut};
use super::timeline::{CLIENT, Conversation, Mark, Row};

/// Time that passes between two lines without being shown as a line of its own.
const GAP: Duration = Duration::from_secs(1);

/// Most lines of one conversation; the rest is counted.
const ROWS_MAX: usize = 80;

/// Columns between the client and the first server: at least a short message.
const FIRST_GAP_MIN: usize = 30;

/// Columns of any other lane.
const LANE_MIN: usize = 10;

/// Most columns of a lane but the first.
const LANE_MAX: usize = 24;

/// Columns between the client and the first server in which a query for the SRV records of a usual domain fits.
const FIRST_GAP_GOOD: usize = 40;

/// Columns of a lane in which an IPv4 address and a port fit.
const LANE_SHORT: usize = 15;

/// What an arrow needs besides its label.
const ARROW: usize = 8;

/// What is said of a machine that saw nothing, although something was sent to it; shorter where there is no room.
const SAW_NOTHING: [&str; 2] = ["x saw nothing", "x nothing"];

/// What is said of a machine that nothing was sent to; shorter where there is no room.
const NEVER_CONTACTED: [&str; 2] = ["x never contacted", "x never"];

/// The diagram, in lines of at most `width` columns.
#[must_use]
pub fn draw(conversation: &Conversation, width: usize) -> Vec<Line> {
    let ladder = Ladder::new(conversation, width);
    let mut lines = vec![ladder.heads(|lane| &lane.name), ladder.heads(|lane| &lane.address)];
    if conversation.rows.is_empty() {
        lines.push(ladder.note(CLIENT, "nothing is sent", "", Look::Plain));
    }
    let mut before: Option<Moment> = None;
    for row in conversation.rows.iter().take(ROWS_MAX) {
        let passed = before.map_or(Duration::ZERO, |before| row.at.since(before));
        if passed >= GAP {
            lines.push(ladder.gap(passed));
        }
        before = Some(row.at);
        lines.push(ladder.row(row));
    }
    lines.extend(ladder.end());
    if let Some(more @ 1..) = conversation.rows.len().checked_sub(ROWS_MAX) {
        lines.push(Line::new(
            Look::Faint,
            &cut(&format!("and {more} lines more: RUST_LOG=kmslab=debug tells them"), width),
        ));
    }
    lines
}

/// Where everything stands.
struct Ladder<'a> {
    conversation: &'a Conversation,
    width: usize,
    /// Columns of the time.
    time: usize,
    /// The column of each lane; lanes without room share the last one.
    bars: Vec<usize>,
    /// Lanes that have a column of their own, in order.
    shown: Vec<usize>,
}

impl<'a> Ladder<'a> {
    fn new(conversation: &'a Conversation, width: usize) -> Self {
        let longest = conversation.rows.iter().map(|row| row.at.to_string().len()).max().unwrap_or_default();
        let time = longest.max("999.999".len());
        let first = time + 2;
        let room = width.saturating_sub(first);
        let mut shown: Vec<usize> = (0..conversation.lanes.len()).collect();
        // A machine that took no part can be told below.
        while FIRST_GAP_MIN + LANE_SHORT * (shown.len() - 1) > room && shown.len() > 2 {
            let idle = shown.iter().rposition(|lane| *lane != CLIENT && !takes_part(conversation, *lane));
            let Some(idle) = idle else { break };
            shown.remove(idle);
        }
        let mut wants = Vec::new();
        let needed = conversation.rows.iter().map(row_width).max().unwrap_or_default();
        // First notes beside a bar give way to messages, then addresses too.
        for (lane_max, first_gap) in (LANE_SHORT..=LANE_MAX)
            .rev()
            .map(|lane_max| (lane_max, needed.clamp(FIRST_GAP_MIN, FIRST_GAP_GOOD)))
            .chain((LANE_MIN..=LANE_SHORT).rev().map(|lane_max| (lane_max, FIRST_GAP_MIN)))
        {
            wants = shown.iter().skip(1).map(|lane| want(conversation, *lane).clamp(LANE_MIN, lane_max)).collect();
            if first_gap + wants.iter().sum::<usize>() <= room {
                break;
            }
        }
        while FIRST_GAP_MIN + wants.iter().sum::<usize>() > room && shown.len() > 2 {
            // The last ones share a column.
            shown.pop();
            wants.pop();
        }
        let first_gap = room.saturating_sub(wants.iter().sum()).min(needed.max(FIRST_GAP_MIN));
        let mut bars = vec![first];
        let mut at = first + first_gap;
        for want in &wants {
            bars.push(at);
            at += want;
        }
        bars.truncate(shown.len());
        Self { conversation, width, time, bars, shown }
    }

    /// The column of a lane; the last one for those that share it.
    fn bar(&self, lane: usize) -> usize {
        let own = self.shown.iter().position(|shown| *shown == lane);
        own.map_or_else(|| self.bars.last(), |at| self.bars.get(at)).copied().unwrap_or_default()
    }

    fn heads(&self, text: impl Fn(&'a super::timeline::Lane) -> &'a String) -> Line {
        let mut line = String::new();
        for (place, lane) in self.shown.iter().enumerate() {
            let Some(lane) = self.conversation.lanes.get(*lane) else { continue };
            let room = self.room_right_of(place);
            line = format!("{line:<width$}{}", cut(text(lane), room.saturating_sub(1)), width = self.bars[place]);
        }
        Line::new(Look::Heading, &line)
    }

    /// Columns from a bar to the next one, or to the edge.
    fn room_right_of(&self, place: usize) -> usize {
        let next = self.bars.get(place + 1).copied().unwrap_or(self.width + 1);
        next.saturating_sub(self.bars.get(place).copied().unwrap_or_default())
    }

    /// A line with the time and nothing but bars.
    fn bars(&self, time: &str, bar: char) -> Vec<char> {
        let mut line = vec![' '; self.width];
        let start = self.time.saturating_sub(time.len());
        write(&mut line, start, time);
        for at in &self.bars {
            write(&mut line, *at, &bar.to_string());
        }
        line
    }

    fn row(&self, row: &Row) -> Line {
        let time = row.at.to_string();
        match &row.mark {
            Mark::Note { lane, text } => self.note(*lane, &format!("x {text}"), &time, Look::Bad),
            Mark::Arrow { from, to, label, arrives, note } => {
                let mut line = self.bars(&time, '|');
                let label = match [from, to].iter().find(|lane| !self.shown.contains(lane)) {
                    Some(hidden) => {
                        let name = self.conversation.lanes.get(**hidden).map_or("", |lane| lane.name.as_str());
                        format!("{name}: {label}")
                    }
                    None => label.clone(),
                };
                let (left, right) = (self.bar(*from).min(self.bar(*to)), self.bar(*from).max(self.bar(*to)));
                let noted = note.as_ref().map(|note| format!("{label} [{note}]"));
                let fits = |text: &String| text.chars().count() + ARROW <= right - left;
                let label = noted.filter(fits).unwrap_or(label);
                self.arrow(&mut line, *from, *to, &label, *arrives);
                let look = if *arrives { Look::Plain } else { Look::Bad };
                Line::new(look, &line.into_iter().collect::<String>())
            }
        }
    }

    fn arrow(&self, line: &mut [char], from: usize, to: usize, label: &str, arrives: bool) {
        let (from, to) = (self.bar(from), self.bar(to));
        let (left, right) = (from.min(to), from.max(to));
        let inside = right.saturating_sub(left + 1);
        let label = cut(label, inside.saturating_sub(ARROW - 1));
        let shaft = "-".repeat(inside);
        write(line, left + 1, &shaft);
        write(line, left + 3, &format!(" {label} "));
        match (from < to, arrives) {
            (true, true) => write(line, right.saturating_sub(1), ">"),
            (true, false) => write(line, right.saturating_sub(2), "x "),
            (false, true) => write(line, left + 1, "<"),
            (false, false) => write(line, left + 1, " x"),
        }
    }

    /// What one concludes, beside its bar.
    fn note(&self, lane: usize, text: &str, time: &str, look: Look) -> Line {
        let mut line = self.bars(time, '|');
        let at = self.bar(lane) + if lane == CLIENT { 2 } else { 0 };
        write(&mut line, at, &format!("{} ", cut(text, self.width.saturating_sub(at))));
        Line::new(look, &line.into_iter().collect::<String>())
    }

    fn gap(&self, passed: Duration) -> Line {
        let mut line = self.bars("", ':');
        let text = format!("{:.1} s pass", passed.as_secs_f64());
        write(&mut line, self.bar(CLIENT) + 2, &text);
        Line::new(Look::Faint, &line.into_iter().collect::<String>())
    }

    /// Machines that saw nothing: beside their bar, or below where they have none.
    fn end(&self) -> Vec<Line> {
        let lanes = self.conversation.lanes.iter().enumerate();
        let silent: Vec<(usize, [&str; 2])> = lanes
            .filter(|(_, lane)| lane.machine && !lane.saw)
            .map(|(at, _)| (at, if is_asked(self.conversation, at) { SAW_NOTHING } else { NEVER_CONTACTED }))
            .collect();
        let mut lines = Vec::new();
        let (beside, below): (Vec<_>, Vec<_>) = silent.into_iter().partition(|(lane, _)| self.shown.contains(lane));
        if !beside.is_empty() {
            let mut line = self.bars("", '|');
            for (lane, [long, short]) in beside {
                let place = self.shown.iter().position(|shown| *shown == lane).unwrap_or_default();
                let room = self.room_right_of(place).saturating_sub(1);
                write(&mut line, self.bar(lane), if long.len() <= room { long } else { short });
            }
            lines.push(Line::new(Look::Faint, &line.into_iter().collect::<String>()));
        }
        for (lane, [text, _]) in below {
            let name = self.conversation.lanes.get(lane).map_or("", |lane| lane.name.as_str());
            let text = format!("{:first$}{name}: {}", "", text.trim_start_matches("x "), first = self.time + 2);
            lines.push(Line::new(Look::Faint, &cut(&text, self.width)));
        }
        lines
    }
}

/// Columns that a lane would like to have, with the space behind it.
fn want(conversation: &Conversation, lane: usize) -> usize {
    let Some(there) = conversation.lanes.get(lane) else { return LANE_MIN };
    let heads = there.name.len().max(there.address.len());
    let said = if there.saw || !there.machine {
        0
    } else if is_asked(conversation, lane) {
        SAW_NOTHING[0].len()
    } else {
        NEVER_CONTACTED[0].len()
    };
    heads.max(said) + 2
}

/// Whether anything is drawn at a lane.
fn takes_part(conversation: &Conversation, lane: usize) -> bool {
    conversation.rows.iter().any(|row| match &row.mark {
        Mark::Arrow { from, to, .. } => [*from, *to].contains(&lane),
        Mark::Note { lane: at, .. } => *at == lane,
    })
}

/// Whether something was sent to a lane.
fn is_asked(conversation: &Conversation, lane: usize) -> bool {
    conversation.rows.iter().any(|row| matches!(&row.mark, Mark::Arrow { to, .. } if *to == lane))
}

/// Columns that a line needs from the first bar to the second.
fn row_width(row: &Row) -> usize {
    match &row.mark {
        Mark::Arrow { from, to, label, note, .. } if (*from).max(*to) == 1 => {
            let noted = note.as_ref().map_or(0, |note| note.chars().count() + " []".len());
            label.chars().count() + noted + ARROW
        }
        Mark::Arrow { .. } | Mark::Note { .. } => 0,
    }
}

/// Writes a text over a line; what lies past its end is left out.
fn write(line: &mut [char], at: usize, text: &str) {
    for (place, character) in line.iter_mut().skip(at).zip(text.chars()) {
        *place = character;
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests_support::scenario;
    use super::draw;
    use crate::network::stage::NetworkKind;
    use crate::runner::{Settings, run_scenario};
    use crate::show::timeline::read;

    #[track_caller]
    fn check(change: &str, width: usize, expected: &[&str]) {
        let scenario = scenario(&format!("change = [{change}]"));
        let record = run_scenario(&scenario, &Settings { network: NetworkKind::Simulated, seed: 1 });
        let conversation = read(&scenario.steps[0].environment, &record.results[0].timeline, "pc7");
        let lines = draw(&conversation, width);
        let texts: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
        assert!(texts.iter().all(|text| text.chars().count() <= width), "{texts:#?}");
        assert_eq!(texts, expected, "\n{}", texts.join("\n"));
    }

    #[test]
    fn silence_is_a_gap() {
        let change = r#"{ add.rule = { id = "wall", port = 1688, how = "silent" } },
            { set.registry = { at = "pc7", path = 'HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion\SoftwareProtectionPlatform', name = "KeyManagementServiceName", data = "10.0.0.60" } }"#;
        check(
            change,
            80,
            &[
                "         pc7                           dns1               kms1",
                "         10.0.0.107                    10.0.0.53:53       10.0.0.60:1688",
                "  0.000  |-- connect 10.0.0.60:1688 --------------------x |",
                "         : 21.0 s pass                 :                  :",
                " 21.000  | x connect 10.0.0.60:1688: timed out            |",
                "         |                             x never contacted  x saw nothing",
            ],
        );
    }

    #[test]
    fn a_machine_without_room_is_told_below() {
        let more: Vec<String> = (2..6)
            .map(|n| {
                format!("{{ add.kms_host = {{ id = \"kms{n}\", addresses = [\"10.0.0.6{n}\"], service = {{}} }} }}")
            })
            .collect();
        let change = more.join(", ") + r#", { remove.records = { at = "dns1", name = "_vlmcs._tcp.contoso.com" } }"#;
        check(
            &change,
            60,
            &[
                "         pc7                                dns1",
                "         10.0.0.107                         10.0.0.53:53",
                "  0.000  |-- SRV _VLMCS._TCP.contoso.com -->|",
                "  0.001  |<- NXDOMAIN (negative TTL 900) ---|",
                "         kms1: never contacted",
                "         kms2: never contacted",
                "         kms3: never contacted",
                "         kms4: never contacted",
                "         kms5: never contacted",
            ],
        );
    }

    #[test]
    fn nothing_at_all_is_said() {
        check(
            r#"{ set.value = { at = "pc7", key = "key", to = "mak" } }"#,
            60,
            &[
                "         pc7                           dns1",
                "         10.0.0.107                    10.0.0.53:53",
                "         | nothing is sent             |",
                "         |                             x never contacted",
                "         kms1: never contacted",
            ],
        );
    }
}
