//! What must come out of a step: outcome, codes on each surface, findings, lines of the journal.
//!
//! Expectations are written from documents and measurements, never from what our client happens to answer. Who compares them
//! with what came out is [`crate::verdict`].

use evidence::FindingId;
use evidence::outcome::{LicenceWord, OutcomeWord};
use evidence::pattern::Pattern;
use mock_kms::wire::Hresult;
use notation::{Format, Keyed, Millis, Placed, Problem, Problems, Tree};

notation::record! {
    /// What must come out. A key that is absent is not judged.
    pub struct Expect("an expectation") {
        /// How the attempt ends, for each client.
        "outcome" => outcome: Option<OutcomeWord>,
        /// What `slmgr /ato` shows: any of these codes.
        "slmgr" => slmgr: Vec<ExpectedCode>,
        /// What `ospp.vbs /act` shows for an Office: any of these codes.
        "ospp" => ospp: Vec<ExpectedCode>,
        /// What the Settings app shows: any of these codes.
        "settings" => settings: Vec<ExpectedCode>,
        /// Events that the attempt logs: id and code, e.g. "12288 0xC004F041". Each fits one of them.
        "events" => events: Vec<ExpectedEvent>,
        /// The KMS host that answered, as the client names it: name:port.
        "host" => host: Option<Placed<String>>,
        /// The licence afterwards.
        "licence" => licence: Option<LicenceWord>,
        /// How many days of it are left, rounded up as slmgr rounds them.
        "days_left" => days_left: Option<Count>,
        /// How many attempts there were: of a wait; 1 otherwise.
        "attempts" => attempts: Option<Count>,
        /// How long the attempt takes on the client's clock, in milliseconds. Judged where the clock is exact: on the simulated
        /// network.
        "took_ms" => took: Option<Between>,
        /// Findings that a diagnosis from the client alone must name.
        "must" => must: Vec<FindingId>,
        /// Findings that no diagnosis may name.
        "must_not" => must_not: Vec<FindingId>,
        /// Findings that need another place to stand.
        "must_from" => must_from: MustFrom = MustFrom { dns: Vec::new(), host: Vec::new() },
        /// Whether every finding that is not in `must` is forbidden.
        "forbid_others" => forbid_others: bool = false,
        /// What the journal must and must not hold.
        "journal" => journal: JournalExpect = JournalExpect { must: Vec::new(), must_not: Vec::new() },
        /// Other expectations for a client generation or a client, by its word or id: each key there replaces the one here.
        "when" => when: Keyed<Otherwise>,
    }
}

notation::record! {
    /// A span of time, both ends included.
    pub struct Between("took_ms") check Between::check {
        /// Not less than this, in milliseconds.
        "from" => from: Millis = Millis(0),
        /// Not more than this, in milliseconds.
        "to" => to: Millis,
    }
}

impl Between {
    fn check(&self, tree: &Tree) -> Result<(), Problem> {
        if self.from <= self.to {
            return Ok(());
        }
        Err(Problem::refused(tree.span, "`from` is later than `to`").hint("exchange them"))
    }
}

notation::record! {
    /// A number, both ends included.
    pub struct Count("a number between two") check Count::check {
        /// Not less than this.
        "from" => from: u32 = 0,
        /// Not more than this.
        "to" => to: u32,
    }
}

impl Count {
    /// Whether a number lies between the two.
    #[must_use]
    pub fn holds(&self, number: u32) -> bool {
        (self.from..=self.to).contains(&number)
    }

    fn check(&self, tree: &Tree) -> Result<(), Problem> {
        if self.from <= self.to {
            return Ok(());
        }
        Err(Problem::refused(tree.span, "`from` is more than `to`").hint("exchange them"))
    }
}

impl std::fmt::Display for Count {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} to {}", self.from, self.to)
    }
}

notation::record! {
    /// Findings that a diagnosis makes when it may also stand elsewhere.
    pub struct MustFrom("must_from") {
        /// Standing at the DNS server too.
        "dns" => dns: Vec<FindingId>,
        /// Standing at the KMS host too.
        "host" => host: Vec<FindingId>,
    }
}

notation::record! {
    /// Lines that the journal must and must not hold: observer, colon, beginning of the line; `*` is any text.
    pub struct JournalExpect("a journal expectation") {
        /// Each fits at least one line.
        "must" => must: Vec<Placed<Pattern>>,
        /// None fits any line.
        "must_not" => must_not: Vec<Placed<Pattern>>,
    }
}

/// An expectation inside `when`. A type of its own because a type that contained itself could not say its schema.
#[derive(Clone, Debug, PartialEq)]
pub struct Otherwise(pub Expect);

impl Format for Otherwise {
    fn read(tree: &Tree, problems: &mut Problems) -> Option<Self> {
        Expect::read(tree, problems).map(Self)
    }

    fn write(&self) -> Tree {
        self.0.write()
    }

    fn schema() -> serde_json::Value {
        serde_json::json!({"type": "object", "description": "The keys of an expectation, but `when`."})
    }
}

/// A code that a surface may show, or the honest word `unknown`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExpectedCode {
    /// This HRESULT; 0x00000000 is success.
    Code(Hresult),
    /// No source says what is shown.
    Unknown,
}

impl std::fmt::Display for ExpectedCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Code(code) => code.fmt(f),
            Self::Unknown => f.write_str("unknown"),
        }
    }
}

notation::text_format!(
    ExpectedCode,
    "an HRESULT such as 0x8007232B, or unknown",
    |text| if text == "unknown" {
        Ok(ExpectedCode::Unknown)
    } else {
        text.parse()
            .map(ExpectedCode::Code)
            .map_err(|_| format!("`{}` is no HRESULT such as 0x8007232B, nor the word `unknown`", text.escape_debug()))
    },
    ToString::to_string
);

/// The events that attempts leave: three in the client's log, the others in a KMS host's.
const EVENTS: [u32; 8] = [8198, 12288, 12289, 12290, 12291, 12292, 12293, 12294];

/// An event and its code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExpectedEvent {
    /// The id.
    pub id: u32,
    /// The HRESULT in its first field.
    pub code: Hresult,
}

impl std::fmt::Display for ExpectedEvent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.id, self.code)
    }
}

notation::text_format!(
    ExpectedEvent,
    "an event id and an HRESULT, e.g. 12288 0xC004F041",
    |text| {
        let parts = text.split_once(' ').and_then(|(id, code)| Some((id.parse().ok()?, code.parse().ok()?)));
        let known = parts.filter(|(id, _)| EVENTS.contains(id));
        known.map(|(id, code)| ExpectedEvent { id, code }).ok_or_else(|| {
            let known = EVENTS.map(|id| id.to_string()).join(", ");
            format!("`{}` is no event such as `12288 0xC004F041`; known are {known}", text.escape_debug())
        })
    },
    ToString::to_string
);

impl Expect {
    /// What is expected of one client: this, with what `when` says for its generation and then for its id.
    #[must_use]
    pub fn for_client(&self, profile: &str, client: &str) -> Self {
        let mut expect = self.clone();
        for word in [profile, client] {
            if let Some((_, other)) = self.when.0.iter().find(|(key, _)| key.value == word) {
                expect.replace_by(&other.0);
            }
        }
        expect.when = Keyed::empty();
        expect
    }

    fn replace_by(&mut self, other: &Self) {
        fn list<T: Clone>(mine: &mut Vec<T>, other: &[T]) {
            if !other.is_empty() {
                other.clone_into(mine);
            }
        }
        if other.outcome.is_some() {
            self.outcome.clone_from(&other.outcome);
        }
        if other.host.is_some() {
            self.host.clone_from(&other.host);
        }
        if other.licence.is_some() {
            self.licence.clone_from(&other.licence);
        }
        if other.days_left.is_some() {
            self.days_left.clone_from(&other.days_left);
        }
        if other.attempts.is_some() {
            self.attempts.clone_from(&other.attempts);
        }
        if other.took.is_some() {
            self.took.clone_from(&other.took);
        }
        list(&mut self.slmgr, &other.slmgr);
        list(&mut self.ospp, &other.ospp);
        list(&mut self.settings, &other.settings);
        list(&mut self.events, &other.events);
        list(&mut self.must, &other.must);
        list(&mut self.must_not, &other.must_not);
        list(&mut self.must_from.dns, &other.must_from.dns);
        list(&mut self.must_from.host, &other.must_from.host);
        list(&mut self.journal.must, &other.journal.must);
        list(&mut self.journal.must_not, &other.journal.must_not);
        self.forbid_others |= other.forbid_others;
    }

    /// Whether it says anything about findings, which only a diagnosis can judge.
    #[must_use]
    pub fn names_findings(&self) -> bool {
        let lists = [&self.must, &self.must_not, &self.must_from.dns, &self.must_from.host];
        self.forbid_others || lists.iter().any(|list| !list.is_empty())
    }
}
