//! Comments on the way to an answer: what a colleague who watched would say. They cost no points.
//!
//! The order of the guideline is the measure: simple before laborious, the name before the port, looking before changing, and a test
//! afterwards.

use crate::learn::command::{Act, Command, Look};
use crate::learn::session::{Entry, Session, Topic};
use crate::learn::text::Phrase;
use crate::learn::ticket::Ticket;
use crate::scenario::Action;

/// How much a comment matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// It can lead to a wrong answer.
    Essential,
    /// It costs time.
    Advice,
    /// It was well done.
    Praise,
}

/// A comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    /// How much it matters.
    pub weight: Weight,
    /// What is said.
    pub phrase: Phrase,
    /// What is filled in.
    pub fill: Vec<String>,
}

/// Twice as many looks as the solution needs are worth a word.
const LOOKS_FACTOR: usize = 2;

/// What there is to say of a session.
#[must_use]
pub fn comments(ticket: &Ticket, session: &Session) -> Vec<Comment> {
    let entries = session.entries();
    let first = |topic: Topic| entries.iter().position(|entry| entry.topic() == Some(topic));
    let change = entries.iter().position(|entry| entry.changed);
    let mut comments = Vec::new();
    let mut say = |weight, phrase, fill: Vec<String>| comments.push(Comment { weight, phrase, fill });
    if let Some(port) = first(Topic::Port)
        && first(Topic::Name).is_none_or(|name| name > port)
    {
        say(Weight::Essential, Phrase::MethodPortBeforeName, Vec::new());
    }
    if let Some(change) = change
        && entries[..change].iter().all(|entry| entry.topic().is_none())
    {
        say(Weight::Essential, Phrase::MethodChangedFirst, Vec::new());
    }
    let opened = entries.iter().position(|entry| {
        matches!(entry.command, Command::Act(Act::Permit(_) | Act::FirewallOff | Act::RuleRemove(_)))
    });
    if let Some(opened) = opened
        && first(Topic::Port).is_none_or(|port| port > opened)
    {
        say(Weight::Essential, Phrase::MethodFirewallFirst, Vec::new());
    }
    let last_change = entries.iter().rposition(|entry| entry.changed);
    if let Some(last) = last_change
        && !entries[last..].iter().any(is_attempt)
    {
        say(Weight::Advice, Phrase::MethodNotVerified, Vec::new());
    }
    if entries.iter().any(is_short_name) {
        say(Weight::Advice, Phrase::MethodShortName, Vec::new());
    }
    let looks = entries.iter().filter(|entry| entry.number.is_some()).count();
    let needed = ticket.named.lesson.look.len();
    if looks > needed * LOOKS_FACTOR {
        say(Weight::Advice, Phrase::MethodShort, vec![looks.to_string(), needed.to_string()]);
    }
    if took_test_back(entries) {
        say(Weight::Praise, Phrase::MethodTestLeft, Vec::new());
    }
    comments.sort_by_key(|comment| comment.weight);
    comments
}

const fn is_attempt(entry: &Entry) -> bool {
    matches!(entry.command, Command::Act(Act::Client(Action::Activate) | Act::ActivateOffice))
}

/// `_vlmcs._tcp` without a domain.
fn is_short_name(entry: &Entry) -> bool {
    match &entry.command {
        Command::Look(Look::Nslookup { name, .. }) => {
            name.trim_end_matches('.').to_ascii_lowercase().ends_with("._tcp")
        }
        Command::Look(_) | Command::Act(_) => false,
    }
}

/// Whether a host was registered by hand, and the registration was cleared afterwards.
fn took_test_back(entries: &[Entry]) -> bool {
    let place = |wanted: fn(&Action) -> bool| {
        entries.iter().rposition(|entry| matches!(&entry.command, Command::Act(Act::Client(action)) if wanted(action)))
    };
    let set = place(|action| matches!(action, Action::Skms(_)));
    let cleared = place(|action| *action == Action::Ckms);
    set.is_some_and(|set| cleared.is_some_and(|cleared| cleared > set))
}

#[cfg(test)]
mod tests {
    use super::comments;
    use crate::learn::session::Session;
    use crate::learn::text::Phrase;

    /// What is said of somebody who typed these lines, the gravest first.
    #[track_caller]
    fn check(lesson: &str, typed: &[&str], expected: &[Phrase]) {
        let (ticket, session) = Session::tried(lesson, typed);
        let said: Vec<Phrase> = comments(&ticket, &session).iter().map(|comment| comment.phrase).collect();
        assert_eq!(said, expected, "{typed:?}");
    }

    const NAME: &str = "client> nslookup -type=srv _vlmcs._tcp.contoso.com";
    const PORT: &str = "client> Test-NetConnection kms1.contoso.com -Port 1688";
    const TRY: &str = "client> slmgr /ato";

    #[test]
    fn the_name_comes_before_the_port() {
        check("host-firewall", &[PORT], &[Phrase::MethodPortBeforeName]);
        check("host-firewall", &[PORT, NAME], &[Phrase::MethodPortBeforeName]);
        check("host-firewall", &["client> telnet 10.0.0.60 1688"], &[Phrase::MethodPortBeforeName]);
        check("host-firewall", &[NAME, PORT], &[]);
        // An echo is no port, and the guideline begins with it.
        check("host-firewall", &["client> ping 10.0.0.53", "client> Test-NetConnection 10.0.0.60"], &[]);
    }

    #[test]
    fn looking_comes_before_changing_and_trying_after_it() {
        let add = "dns> dnscmd /recordadd contoso.com _vlmcs._tcp 3600 SRV 0 0 1688 kms1.contoso.com.";
        check("no-record", &[add, TRY], &[Phrase::MethodChangedFirst]);
        check("no-record", &[NAME, add], &[Phrase::MethodNotVerified]);
        check("no-record", &[NAME, add, "client> ipconfig /flushdns", TRY], &[]);
        check("no-record", &[NAME, add, TRY, "client> ipconfig /flushdns"], &[Phrase::MethodNotVerified]);
    }

    #[test]
    fn a_firewall_is_opened_when_the_port_is_known_to_be_silent() {
        let open = r#"host> netsh advfirewall firewall set rule group="Key Management Service" new enable=yes"#;
        check("host-firewall", &[NAME, open, TRY], &[Phrase::MethodFirewallFirst]);
        check("host-firewall", &[NAME, open, PORT, TRY], &[Phrase::MethodFirewallFirst]);
        check("host-firewall", &[NAME, PORT, open, TRY], &[]);
    }

    #[test]
    fn a_short_name_follows_other_rules() {
        check("no-record", &["client> nslookup -type=srv _vlmcs._tcp"], &[Phrase::MethodShortName]);
        // The guideline's own command, with its redirection.
        check("no-record", &["client> nslookup -type=all _vlmcs._tcp>kms.txt"], &[Phrase::MethodShortName]);
        check("no-record", &[NAME], &[]);
    }

    #[test]
    fn more_looks_than_needed_are_counted() {
        let looks = ["client> ipconfig /all"; 7];
        check("no-record", &looks[..6], &[]);
        check("no-record", &looks, &[Phrase::MethodShort]);
    }

    #[test]
    fn a_routing_test_that_is_taken_back_is_praised() {
        let (set, cleared) = ("client> slmgr /skms kms1.contoso.com:1688", "client> slmgr /ckms");
        check("no-record", &[NAME, set, TRY], &[]);
        check("no-record", &[NAME, set, TRY, cleared, TRY], &[Phrase::MethodTestLeft]);
        check("no-record", &[NAME, cleared, set, TRY], &[]);
    }
}
