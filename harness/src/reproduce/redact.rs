//! Claims with pseudonyms: what can be shared without telling whose it is, and still diagnoses.
//!
//! The same name gets the same pseudonym, label by label, so that a suffix stays a suffix and a doubled domain stays doubled;
//! private addresses keep which of them share a prefix and their last octet, public ones become addresses for documentation. Labels that begin with an underscore
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
    /// Public networks, numbered in the order in which they came.
    networks: BTreeMap<IpAddr, u16>,
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
            IpAddr::V4(four) if four.is_loopback() || four.is_unspecified() || is_mask(four) => address,
            IpAddr::V4(four) => match kept_of_v4(four) {
                Some(kept) => {
                    let bits = self.spread(true, u128::from(u32::from(four)) << 96, kept, 24);
                    Ipv4Addr::from(u32::try_from(bits >> 96).unwrap_or_default()).into()
                }
                None => self.public_v4(four).into(),
            },
            IpAddr::V6(six) if six.is_loopback() || six.is_unspecified() => address,
            IpAddr::V6(six) => {
                let first = six.segments()[0];
                // Link-local and unique local addresses stay what they are.
                let kept = if first & 0xffc0 == 0xfe80 {
                    64
                } else if first & 0xfe00 == 0xfc00 {
                    8
                } else {
                    return self.public_v6(six).into();
                };
                Ipv6Addr::from(self.spread(false, u128::from(six), kept, 112)).into()
            }
        }
    }

    /// Somebody's public address: its network becomes one of those for documentation (RFC 5737), or, where these are used up, of the
    /// block that nobody has (RFC 1112, class E).
    fn public_v4(&mut self, address: Ipv4Addr) -> Ipv4Addr {
        let [a, b, c, last] = address.octets();
        let number = self.network(IpAddr::from([a, b, c, 0]));
        let [a, b, c] = match usize::from(number) {
            0 => [203, 0, 113],
            1 => [198, 51, 100],
            2 => [192, 0, 2],
            _ => {
                let [high, low] = number.to_be_bytes();
                [240, high, low]
            }
        };
        Ipv4Addr::new(a, b, c, last)
    }

    /// The same for IPv6 (RFC 3849).
    fn public_v6(&mut self, address: Ipv6Addr) -> Ipv6Addr {
        let network = u128::from(address) >> 64 << 64;
        let number = self.network(Ipv6Addr::from(network).into());
        let host = self.spread(false, u128::from(address), 64, 112) & u128::from(u64::MAX);
        Ipv6Addr::from(0x2001_0db8_u128 << 96 | u128::from(number) << 64 | host)
    }

    /// The number of a public network, in the order in which they came.
    fn network(&mut self, network: IpAddr) -> u16 {
        let number = u16::try_from(self.networks.len()).unwrap_or(u16::MAX);
        *self.networks.entry(network).or_insert(number)
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

/// Whether this is no address but a subnet mask, or the broadcast address.
fn is_mask(address: Ipv4Addr) -> bool {
    let bits = u32::from(address);
    bits.leading_ones() >= 8 && bits.leading_ones() + bits.trailing_zeros() == u32::BITS || address.is_broadcast()
}

/// How many leading bits of an IPv4 address stay, because they say of which kind it is; none of a public one.
fn kept_of_v4(address: Ipv4Addr) -> Option<u32> {
    match address.octets() {
        [10, ..] => Some(8),
        [172, second, ..] if (16..32).contains(&second) => Some(12),
        [192, 168, ..] | [169, 254, ..] => Some(16),
        _ => None,
    }
}

/// The pseudonym in the case of the word.
fn cased(word: &str, known: &str) -> String {
    let upper = word.chars().any(char::is_alphabetic) && !word.chars().any(char::is_lowercase);
    if upper { known.to_uppercase() } else { known.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::Pseudonyms;

    #[track_caller]
    fn check(address: &str, expected: &str) {
        let mut pseudonyms = Pseudonyms::default();
        let other = pseudonyms.address("8.8.8.8".parse().unwrap());
        assert_eq!(other.to_string(), "203.0.113.8");
        assert_eq!(pseudonyms.address(address.parse().unwrap()).to_string(), expected);
    }

    #[test]
    fn a_public_address_becomes_one_for_documentation() {
        check("8.8.8.4", "203.0.113.4");
        check("9.9.9.9", "198.51.100.9");
        check("2a00:1450:4001:82a::200e", "2001:db8:0:1::200e");
    }

    #[test]
    fn a_mask_is_no_address_and_private_stays_private() {
        check("255.255.255.0", "255.255.255.0");
        check("255.255.255.255", "255.255.255.255");
        check("10.77.3.9", "10.0.0.9");
    }
}
