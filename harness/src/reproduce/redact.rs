//! Claims with pseudonyms: what can be shared without telling whose it is, and still diagnoses.
//!
//! The same name gets the same pseudonym, label by label, so that a suffix stays a suffix and a doubled domain stays doubled;
//! addresses keep which of them share a prefix, whether they are private, and their last octet. Labels that begin with an underscore
//! stay: a misspelt one is the fault itself. Pseudonyms are counted, not computed, so there is nothing to compute them back with.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use evidence::registry::{Data, RegistryValue};
use exhibit::claim::{Claim, LicenceClaim, LookupResult, Says};
use mock_dns::name::DomainName;
use mock_dns::record::{Record, RecordData};
use mock_dns::zone::text::parse_record;
use mock_kms::wire::Guid;

use super::words::{Word, rewrite, without_keys};

/// Top-level names that stand for others (RFC 2606 2); more are counted.
const TOP: [&str; 3] = ["example", "test", "invalid"];

/// Application ids that public documentation prints; they name no customer.
const PUBLIC_GUIDS: [&str; 2] = ["55c92734-d682-4d71-983e-d6ec3f16059f", "0ff1ce15-a989-479d-af46-f275c6370663"];

/// Who is called what.
#[derive(Debug, Default)]
pub struct Pseudonyms {
    labels: BTreeMap<String, String>,
    tops: BTreeMap<String, String>,
    guids: BTreeMap<String, String>,
    files: BTreeMap<String, String>,
    /// For each prefix that was met, the bit that came first behind it: it becomes 0.
    bits: BTreeMap<(bool, u128, u32), bool>,
}

impl Pseudonyms {
    /// The claims with every name, address and GUID replaced.
    #[must_use]
    pub fn claims(&mut self, claims: &[Claim]) -> Vec<Claim> {
        // Whole names first: only then is a label by itself known to be a name.
        for claim in claims {
            self.meet(&claim.says);
        }
        claims.iter().map(|claim| self.claim(claim)).collect()
    }

    fn meet(&mut self, says: &Says) {
        match says {
            Says::HostName(name) => drop(self.label(name)),
            Says::Event(event) => event.computer.iter().for_each(|name| drop(self.text(name))),
            Says::PrimarySuffix(_)
            | Says::SearchList(_)
            | Says::Adapter(_)
            | Says::Lookup(_)
            | Says::Attempt(_)
            | Says::Licence(_)
            | Says::Registry(_)
            | Says::NoRegistryValue { .. }
            | Says::Record { .. }
            | Says::Port { .. }
            | Says::Ping { .. } => drop(self.text(&format!("{says:?}"))),
        }
    }

    fn claim(&mut self, claim: &Claim) -> Claim {
        let mut claim = claim.clone();
        let number = self.files.len() + 1;
        let file = self.files.entry(claim.place.file.clone()).or_insert_with(|| format!("file{number}"));
        claim.place.file = file.clone();
        self.says(&mut claim.says);
        claim
    }

    fn says(&mut self, says: &mut Says) {
        match says {
            Says::HostName(name) => *name = self.label(name),
            Says::PrimarySuffix(suffix) => suffix.iter_mut().for_each(|name| self.name(name)),
            Says::SearchList(list) => list.iter_mut().for_each(|name| self.name(name)),
            Says::Adapter(adapter) => {
                adapter.name = "Ethernet".to_owned();
                adapter.suffix.iter_mut().for_each(|name| self.name(name));
                let lists = [&mut adapter.addresses, &mut adapter.gateways, &mut adapter.dns];
                lists.into_iter().flatten().for_each(|address| *address = self.address(*address));
            }
            Says::Lookup(lookup) => {
                lookup.server = lookup.server.map(|address| self.address(address));
                lookup.server_name = lookup.server_name.as_ref().map(|name| self.text(name));
                lookup.name.iter_mut().for_each(|name| self.name(name));
                if let LookupResult::Records(records) = &mut lookup.result {
                    records.iter_mut().for_each(|record| self.record(record));
                }
            }
            Says::Attempt(attempt) => {
                attempt.product = attempt.product.as_ref().map(|text| self.text(text));
                attempt.activation_id = attempt.activation_id.map(|guid| self.guid(guid));
            }
            Says::Event(event) => {
                event.computer = event.computer.as_ref().map(|name| self.text(name));
                event.fields.iter_mut().for_each(|field| *field = self.text(field));
            }
            Says::Licence(licence) => self.licence(licence),
            Says::Registry(value) => self.registry(value),
            Says::NoRegistryValue { path, .. } => *path = self.text(path),
            Says::Record { zone, record } => {
                zone.iter_mut().for_each(|name| self.name(name));
                self.record(record);
            }
            Says::Port { to, address, .. } => {
                *to = self.text(to);
                *address = address.map(|address| self.address(address));
            }
            Says::Ping { to, address, reply_from } => {
                *to = self.text(to);
                *address = address.map(|address| self.address(address));
                *reply_from = reply_from.map(|address| self.address(address));
            }
        }
    }

    fn licence(&mut self, licence: &mut LicenceClaim) {
        match licence {
            LicenceClaim::Name(text)
            | LicenceClaim::Description(text)
            | LicenceClaim::Registered(text)
            | LicenceClaim::Discovered(text)
            | LicenceClaim::LookupDomain(text) => *text = self.text(text),
            LicenceClaim::ActivationId(guid) | LicenceClaim::Cmid(guid) => *guid = self.guid(*guid),
            LicenceClaim::MachineAddress(address) => *address = self.address(*address),
            LicenceClaim::Status(_)
            | LicenceClaim::Reason(_)
            | LicenceClaim::MinutesLeft(_)
            | LicenceClaim::NothingDiscovered
            | LicenceClaim::ActivationInterval(_)
            | LicenceClaim::RenewalInterval(_)
            | LicenceClaim::HostCaching(_)
            | LicenceClaim::CurrentCount(_)
            | LicenceClaim::ListeningPort(_)
            | LicenceClaim::Publishing(_)
            | LicenceClaim::NoKey => {}
        }
    }

    fn registry(&mut self, value: &mut RegistryValue) {
        value.path = self.text(&value.path);
        match &mut value.data {
            Data::Text(text) => *text = self.text(text),
            Data::List(list) => list.iter_mut().for_each(|text| *text = self.text(text)),
            Data::Number(_) => {}
        }
    }

    fn record(&mut self, record: &mut Record) {
        // A text record or an unknown type can hold anything.
        let hidden = matches!(record.data, RecordData::Txt(_) | RecordData::Other { .. });
        if hidden {
            record.data = RecordData::Txt(vec![b"removed".to_vec()]);
        }
        let line = self.text(&record.to_string());
        match parse_record(&line, &DomainName::root()) {
            Ok(renamed) => *record = renamed,
            Err(_) => self.name(&mut record.name),
        }
    }

    fn name(&mut self, name: &mut DomainName) {
        let renamed = self.text(&name.to_string());
        *name = DomainName::parse(&renamed).unwrap_or_else(|_| DomainName::root());
    }

    fn guid(&mut self, guid: Guid) -> Guid {
        self.text(&guid.to_string()).parse().unwrap_or(Guid::NIL)
    }

    /// A text with what is known replaced, and without keys.
    #[must_use]
    pub fn text(&mut self, text: &str) -> String {
        rewrite(&without_keys(text), &mut |word| match word {
            Word::Guid(guid) => Some(self.guid_text(guid)),
            Word::Address(address) => Some(self.address(address).to_string()),
            Word::Name(name) if name.contains('.') => Some(self.dotted(name)),
            Word::Name(name) => self.labels.get(&name.to_lowercase()).map(|known| cased(name, known)),
        })
    }

    fn guid_text(&mut self, guid: &str) -> String {
        let lower = guid.to_ascii_lowercase();
        if PUBLIC_GUIDS.contains(&lower.as_str()) {
            return lower;
        }
        let number = self.guids.len() + 1;
        self.guids.entry(lower).or_insert_with(|| format!("00000000-0000-0000-0000-{number:012x}")).clone()
    }

    fn dotted(&mut self, name: &str) -> String {
        let mut labels: Vec<&str> = name.split('.').collect();
        // A version such as 10.0.19045 names nobody.
        if labels.iter().all(|label| label.chars().all(|c| c.is_ascii_digit())) {
            return name.to_owned();
        }
        let top = labels.pop().unwrap_or_default().to_lowercase();
        let number = self.tops.len();
        let counted = || TOP.get(number).map_or_else(|| format!("example{number}"), |top| (*top).to_owned());
        let top = self.tops.entry(top).or_insert_with(counted).clone();
        let labels: Vec<String> = labels.into_iter().map(|label| self.label(label)).collect();
        labels.into_iter().chain([top]).collect::<Vec<_>>().join(".")
    }

    fn label(&mut self, label: &str) -> String {
        if label.is_empty() || label.starts_with('_') || label == "*" {
            return label.to_owned();
        }
        let number = self.labels.len() + 1;
        let known = self.labels.entry(label.to_lowercase()).or_insert_with(|| format!("name{number}"));
        cased(label, known)
    }

    fn address(&mut self, address: IpAddr) -> IpAddr {
        match address {
            IpAddr::V4(four) if four.is_loopback() || four.is_unspecified() || four.is_broadcast() => address,
            IpAddr::V4(four) => {
                let bits = self.spread(true, u128::from(u32::from(four)) << 96, kept_of_v4(four), 24);
                Ipv4Addr::from(u32::try_from(bits >> 96).unwrap_or_default()).into()
            }
            IpAddr::V6(six) if six.is_loopback() || six.is_unspecified() => address,
            IpAddr::V6(six) => {
                let first = six.segments()[0];
                // Link-local and unique local addresses stay what they are; the others keep the kind "global".
                let kept = if first & 0xffc0 == 0xfe80 {
                    64
                } else if first & 0xfe00 == 0xfc00 {
                    8
                } else {
                    3
                };
                let bits = self.spread(false, u128::from(six), kept, 112);
                Ipv6Addr::from(bits).into()
            }
        }
    }

    /// The bits between `kept` and `end` become 0 where they came first behind their prefix, 1 where they came second.
    fn spread(&mut self, four: bool, bits: u128, kept: u32, end: u32) -> u128 {
        let mut out = bits;
        for place in kept..end {
            let mask = 1_u128 << (127 - place);
            let prefix = if place == 0 { 0 } else { bits >> (128 - place) };
            let bit = bits & mask != 0;
            let first = *self.bits.entry((four, prefix, place)).or_insert(bit);
            if bit == first { out &= !mask } else { out |= mask }
        }
        out
    }
}

/// How many leading bits of an IPv4 address stay, because they say of which kind it is.
fn kept_of_v4(address: Ipv4Addr) -> u32 {
    match address.octets() {
        [10, ..] => 8,
        [172, second, ..] if (16..32).contains(&second) => 12,
        [192, 168, ..] | [169, 254, ..] => 16,
        // Anything else is public; its first octet stays, so that it stays public.
        _ => 8,
    }
}

/// The pseudonym in the case of the word.
fn cased(word: &str, known: &str) -> String {
    let upper = word.chars().any(char::is_alphabetic) && !word.chars().any(char::is_lowercase);
    if upper { known.to_uppercase() } else { known.to_owned() }
}
