//! A session: a learner who sits at machines of a ticket's network and types.
//!
//! It is a function of the ticket and of the lines that were typed, so it can be played again: a saved session is its lines, and
//! grading plays them once more, in the network of the ticket and in those of its look-alikes. It judges nothing. In reading order: this
//! file (where one sits, what was typed), [`show`] (commands that look), [`plain`] (what no writer prints), [`act`] (commands that change), [`open`] (what a firewall lets pass).

mod act;
mod open;
mod plain;
mod show;

use evidence::Role;
use evidence::outcome::OutcomeWord;
use notation::Id;

use super::command::{self, Act, Command, Look, Trouble};
use super::text::{Language, Phrase};
use super::ticket::{self, Ticket};
use super::typed;
use crate::bench::{Bench, BenchError};
use crate::environment::Environment;
use crate::scenario::{Action, Scenario};

/// Most lines of a session: a learner who needs a tenth of it needs a hint.
pub const LINES_MAX: usize = 2000;

/// Where a learner sits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seat {
    /// At a machine.
    Machine(Id, Role),
    /// With the administrators of the network between the machines.
    Path,
}

impl Seat {
    /// The word that is written in front of what is typed there.
    #[must_use]
    pub fn word(&self) -> &str {
        match self {
            Self::Machine(id, _) => id.as_str(),
            Self::Path => "path",
        }
    }
}

/// What a command is about, in the order in which the guideline would look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Topic {
    /// An attempt, and what it logged.
    Attempt,
    /// Whether a machine replies.
    Reach,
    /// Addresses, DNS servers, suffixes.
    Settings,
    /// What DNS says.
    Name,
    /// What the resolver remembers.
    Cache,
    /// The hosts file.
    Hosts,
    /// The licensing keys.
    Registry,
    /// The state of the licensing service.
    Licence,
    /// A port.
    Port,
    /// A firewall.
    Firewall,
    /// Whether a service runs.
    Service,
    /// A zone.
    Zone,
    /// A clock.
    Clock,
}

impl Topic {
    /// What it is called.
    #[must_use]
    pub const fn phrase(self) -> Phrase {
        match self {
            Self::Attempt => Phrase::TopicAttempt,
            Self::Reach => Phrase::TopicReach,
            Self::Settings => Phrase::TopicSettings,
            Self::Name => Phrase::TopicName,
            Self::Cache => Phrase::TopicCache,
            Self::Hosts => Phrase::TopicHosts,
            Self::Registry => Phrase::TopicRegistry,
            Self::Licence => Phrase::TopicLicence,
            Self::Port => Phrase::TopicPort,
            Self::Firewall => Phrase::TopicFirewall,
            Self::Service => Phrase::TopicService,
            Self::Zone => Phrase::TopicZone,
            Self::Clock => Phrase::TopicClock,
        }
    }

    /// What a look is about.
    #[must_use]
    pub const fn of(look: &Look) -> Self {
        match look {
            Look::Ipconfig => Self::Settings,
            Look::Cache => Self::Cache,
            Look::Nslookup { .. } | Look::Resolve { .. } => Self::Name,
            Look::Ping(_) | Look::Port { port: None, .. } => Self::Reach,
            Look::Port { port: Some(_), .. } | Look::Telnet { .. } => Self::Port,
            Look::Licence | Look::Office => Self::Licence,
            Look::Events => Self::Attempt,
            Look::Registry { .. } => Self::Registry,
            Look::Zone(_) | Look::Zones => Self::Zone,
            Look::Firewall => Self::Firewall,
            Look::Service(_) => Self::Service,
            Look::Clock => Self::Clock,
            Look::Hosts => Self::Hosts,
        }
    }
}

/// A command that was typed and answered.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its number as evidence, counted from 1; none where it shows nothing that could be one.
    pub number: Option<usize>,
    /// Where.
    pub seat: Seat,
    /// The command, as typed.
    pub line: String,
    /// What it was understood as.
    pub command: Command,
    /// What it showed.
    pub shown: String,
    /// Whether it opened more than is needed.
    pub insecure: bool,
    /// Whether it changed a network or a machine.
    pub changed: bool,
}

impl Entry {
    /// What it was about; none for a change.
    #[must_use]
    pub const fn topic(&self) -> Option<Topic> {
        match &self.command {
            Command::Look(look) => Some(Topic::of(look)),
            Command::Act(Act::Client(Action::Activate) | Act::ActivateOffice) => Some(Topic::Attempt),
            Command::Act(_) => None,
        }
    }

    /// The line with its place in front.
    #[must_use]
    pub fn placed(&self) -> String {
        format!("{}> {}", self.seat.word(), self.line)
    }
}

/// What comes back for a typed line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// What is shown.
    pub shown: String,
    /// Whether everything in the line was understood and could be done there.
    pub understood: bool,
}

/// A learner at a network.
#[derive(Debug)]
pub struct Session {
    bench: Bench,
    client: Id,
    language: Language,
    seat: Seat,
    entries: Vec<Entry>,
}

impl Session {
    /// Sits down at the client, after a scenario has happened.
    ///
    /// # Errors
    /// What the simulated network cannot show.
    pub fn new(scenario: &Scenario, client: &Id, seed: u64, language: Language) -> Result<Self, BenchError> {
        let bench = Bench::of(scenario, seed)?;
        let seat = Seat::Machine(client.clone(), Role::Client);
        Ok(Self { bench, client: client.clone(), language, seat, entries: Vec::new() })
    }

    /// Sits down at the client of a ticket.
    ///
    /// # Errors
    /// What the simulated network cannot show.
    pub fn open(ticket: &Ticket, language: Language) -> Result<Self, BenchError> {
        Self::new(&ticket.scenario, ticket.client(), ticket.seed, language)
    }

    /// Everything that was typed and understood, in order.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// What was typed and understood, each line with its place: what has to be kept to play the session again.
    pub fn lines(&self) -> impl Iterator<Item = String> {
        self.entries.iter().map(Entry::placed)
    }

    /// Where the learner sits.
    #[must_use]
    pub const fn seat(&self) -> &Seat {
        &self.seat
    }

    /// The language in which its machines speak.
    #[must_use]
    pub const fn language(&self) -> &Language {
        &self.language
    }

    /// The environment as it stands.
    #[must_use]
    pub const fn environment(&self) -> &Environment {
        self.bench.environment()
    }

    /// The evidence of a number.
    #[must_use]
    pub fn evidence(&self, number: usize) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.number == Some(number))
    }

    /// Sits down somewhere.
    ///
    /// # Errors
    /// A sentence that says which machines there are.
    pub fn sit(&mut self, place: &str) -> Result<(), String> {
        let Some(seat) = self.seat_of(place) else {
            let all: Vec<&str> = self.environment().machines().map(|(id, _)| id.as_str()).chain(["path"]).collect();
            return Err(self.say(Phrase::NoSuchPlace, &[place, &all.join(", ")]));
        };
        self.seat = seat;
        Ok(())
    }

    /// The seat of a word: a role, or the id of a machine.
    #[must_use]
    pub fn seat_of(&self, place: &str) -> Option<Seat> {
        let environment = self.environment();
        let first = |role: Role| {
            let found = environment
                .machines()
                .find(|(id, found)| *found == role && (role != Role::Client || **id == self.client));
            found.map(|(id, role)| Seat::Machine(id.clone(), role))
        };
        match place {
            "client" => first(Role::Client),
            "host" => first(Role::Host),
            "dns" => first(Role::Dns),
            "path" => Some(Seat::Path),
            "neighbour" => {
                let other = environment.clients.iter().find(|client| client.id != self.client)?;
                Some(Seat::Machine(other.id.clone(), Role::Client))
            }
            name => {
                let id = ticket::id(name)?;
                let found = environment.machines().find(|(known, _)| **known == id);
                found.map(|(id, role)| Seat::Machine(id.clone(), role))
            }
        }
    }

    /// Types a line; a place in front of it (`dns> ...`) holds for this line alone.
    pub fn type_line(&mut self, line: &str) -> Reply {
        if line.len() > typed::LINE_MAX || self.entries.len() >= LINES_MAX {
            return Reply { shown: self.say(Phrase::LineTooLong, &[]), understood: false };
        }
        let before = self.seat.clone();
        let line = match placed(line) {
            Some((place, rest)) => {
                if let Err(why) = self.sit(place) {
                    return Reply { shown: why, understood: false };
                }
                rest
            }
            None => line,
        };
        let mut reply = Reply { shown: String::new(), understood: true };
        for command in typed::commands(line) {
            match self.command(command) {
                Ok(shown) => reply.shown.push_str(&shown),
                Err(why) => {
                    reply.shown.push_str(&why);
                    reply.understood = false;
                }
            }
            if !reply.shown.ends_with('\n') {
                reply.shown.push('\n');
            }
        }
        if let Some(behind) = typed::piped(line) {
            reply.shown.push_str(&self.say(Phrase::NotPiped, &[behind.split_whitespace().next().unwrap_or_default()]));
            reply.shown.push('\n');
            reply.understood = false;
        }
        self.seat = before;
        reply
    }

    /// Types several lines, as a saved session or a lesson has them.
    pub fn type_all<'a>(&mut self, lines: impl IntoIterator<Item = &'a str>) -> bool {
        let mut all = true;
        for line in lines {
            all &= self.type_line(line).understood;
        }
        all
    }

    fn command(&mut self, line: &str) -> Result<String, String> {
        let words = typed::words(line);
        let first = words.first().map(String::as_str).unwrap_or_default();
        let command = command::read(&words).map_err(|trouble| match trouble {
            Trouble::Unknown(Some(near)) => self.say(Phrase::UnknownNear, &[first, near]),
            Trouble::Unknown(None) => self.say(Phrase::UnknownTool, &[first]),
            Trouble::Usage(usage) => self.say(Phrase::Usage, &[usage]),
        })?;
        let (shown, changed, insecure) = match &command {
            Command::Look(look) => (self.look(look)?, false, false),
            Command::Act(act) => {
                let done = self.act(act)?;
                (done.shown, done.changed, done.insecure)
            }
        };
        let entry = Entry {
            number: None,
            seat: self.seat.clone(),
            line: line.to_owned(),
            command,
            shown: shown.clone(),
            insecure,
            changed,
        };
        let number = entry.topic().map(|_| self.entries.iter().filter(|entry| entry.number.is_some()).count() + 1);
        self.entries.push(Entry { number, ..entry });
        Ok(shown)
    }

    /// Lets a client try once more; whether it is activated then, and the code that it shows.
    ///
    /// # Errors
    /// A machine that is no client.
    pub fn try_again(&mut self, client: &Id) -> Result<(bool, String), BenchError> {
        let outcome = self.bench.activate(client)?;
        let code = outcome
            .slmgr
            .as_ref()
            .and_then(|surface| surface.any.first())
            .map_or_else(|| outcome.word.word().to_owned(), |code| format!("{code}, {}", outcome.word.word()));
        Ok((outcome.word == OutcomeWord::Activated, code))
    }

    /// Forgets what the resolver of a client remembers.
    ///
    /// # Errors
    /// A machine that is no client.
    pub fn flush(&mut self, client: &Id) -> Result<(), BenchError> {
        self.bench.type_in(client, &Action::Flushdns)
    }

    fn say(&self, phrase: Phrase, fill: &[&str]) -> String {
        phrase.say(&self.language, fill)
    }
}

/// `dns> dnscmd ...`: the place in front of a line.
#[must_use]
pub fn placed(line: &str) -> Option<(&str, &str)> {
    let (place, rest) = line.split_once('>')?;
    let place = place.trim();
    let is_word = !place.is_empty() && place.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '-');
    is_word.then_some((place, rest.trim_start()))
}

#[cfg(test)]
impl Session {
    /// A lesson of the course, and its client at which these lines were typed.
    #[track_caller]
    pub(super) fn tried(lesson: &str, typed: &[&str]) -> (Ticket, Self) {
        let lessons = super::lesson::course().unwrap_or_else(|refusal| panic!("{refusal}"));
        let named = lessons.iter().find(|named| named.name == lesson).expect("there is such a lesson");
        let library = crate::scenario::catalogue::embedded();
        let ticket = Ticket::of(named, &library, 1).unwrap_or_else(|refusal| panic!("{refusal}"));
        let mut session = Self::open(&ticket, Language::En).expect("it can be played");
        assert!(session.type_all(typed.iter().copied()), "{typed:?}");
        (ticket, session)
    }
}
