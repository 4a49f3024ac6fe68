//! What an administrator set about publishing, and which records follow from it.
//!
//! It stands apart because the texts disagree here and people mistype: a list in the format of another generation, priorities
//! that are no numbers. It knows no registry; whoever reads one says what stood there.

use super::signature::Key;
use crate::wire::Hresult;

/// `ERROR_INVALID_NAME`: what a line of the list that is no domain leads to. Inferred: no text says what the service does with it.
pub const INVALID_NAME: Hresult = Hresult(0x8007_007B);

notation::choice! {
    /// How a generation reads a line of `DnsDomainPublishList` (Volume Activation technical reference).
    pub enum ListFormat("format of the publish list") {
        /// Vista and Server 2008: a domain.
        "domain" => Domain,
        /// Since Windows 7 and Server 2008 R2: a domain, a priority, a weight; the numbers may be missing.
        "domain-priority-weight" => DomainPriorityWeight,
    }
}

notation::choice! {
    /// What a publish list means for the host's own domain: two texts of Microsoft's say two things.
    pub enum HomeWithList("meaning of a publish list for the home domain") {
        /// It is always published (technical reference, operations guide).
        "kept" => Kept,
        /// The list suspends it (deployment guide).
        "suspended" => Suspended,
    }
}

/// Everything that publishing depends on.
#[derive(Debug, Clone, PartialEq)]
pub struct Publishing {
    /// The host's full name: the target of the record.
    pub host: String,
    /// The port on which it listens.
    pub port: u16,
    /// `DisableDnsPublishing`.
    pub disabled: bool,
    /// The host's primary suffix.
    pub home: Option<String>,
    /// `DnsDomainPublishList`, where it is a REG_MULTI_SZ. A value of another type is no list to the service and counts as none.
    pub list: Option<Vec<String>>,
    /// How its lines are read.
    pub format: ListFormat,
    /// What it means for the home domain.
    pub home_with_list: HomeWithList,
    /// Whether everything is asked over TCP from the start; else over UDP, and over TCP when an answer was cut.
    pub over_tcp: bool,
    /// What updates are signed with; a stand-in for the machine account that Windows signs with (GSS-TSIG).
    pub key: Option<Key>,
}

/// A record that is to be published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The domain below which it stands.
    pub domain: String,
    /// Its priority.
    pub priority: u16,
    /// Its weight.
    pub weight: u16,
}

impl Publishing {
    /// The records, the home domain first; a line that cannot be read gives the code of its event and itself.
    #[must_use]
    pub fn targets(&self) -> Vec<Result<Target, (Hresult, String)>> {
        let lines: Vec<&str> =
            self.list.iter().flatten().map(|line| line.trim()).filter(|line| !line.is_empty()).collect();
        let home_kept = lines.is_empty() || self.home_with_list == HomeWithList::Kept;
        let listed = lines.iter().map(|line| self.target(line).ok_or_else(|| (INVALID_NAME, (*line).to_owned())));
        let mut targets: Vec<_> = listed.collect();
        let is_home = |target: &Result<Target, _>| {
            let listed = target.as_ref().ok().map(|target: &Target| target.domain.as_str());
            listed.zip(self.home.as_deref()).is_some_and(|(listed, home)| listed.eq_ignore_ascii_case(home))
        };
        if let Some(home) = self.home.as_ref().filter(|_| home_kept && !targets.iter().any(is_home)) {
            targets.insert(0, Ok(Target { domain: home.clone(), priority: 0, weight: 0 }));
        }
        targets
    }

    fn target(&self, line: &str) -> Option<Target> {
        let most = match self.format {
            ListFormat::Domain => 1,
            ListFormat::DomainPriorityWeight => 4,
        };
        let mut parts = line.splitn(most, ',');
        let domain = parts.next()?.trim();
        let mut number = || parts.next().map_or(Some(0), |text| text.trim().parse().ok());
        let (priority, weight) = (number()?, number()?);
        let is_name = !domain.is_empty() && !domain.contains([',', ' ', '\t']);
        (is_name && parts.next().is_none()).then(|| Target { domain: domain.to_owned(), priority, weight })
    }
}
