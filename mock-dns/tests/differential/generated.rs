//! Zones by chance: names of few labels, so that wildcards, aliases, cuts and empty non-terminals meet in every way.
//!
//! Nobody can write down why three servers disagree about such zones, so only what they agree on counts here; how much that
//! is, is checked, so that the test cannot become empty.

use std::collections::BTreeMap;

use double::Seed;
use mock_dns::record::RecordType;

use crate::{Aspect, ask_us, aspects, ours, peers, query, say};
use mock_dns::boundary::Transport;

/// Zones, each from a seed of its own.
const ZONES: u64 = 8;
/// Questions for each zone.
const QUESTIONS: usize = 400;
/// Names with records in a zone.
const NAMES: usize = 60;
/// The share of parts, in percent, on which three servers agree at least. Measured: 99.
const AGREEMENT: usize = 95;

const LABELS: [&str; 6] = ["a", "b", "c", "d", "*", "_tcp"];

fn pick<'a>(rng: &mut fastrand::Rng, from: &[&'a str]) -> &'a str {
    rng.choice(from).copied().unwrap_or("a")
}

/// A relative name of one to four labels; `*` only in front unless `anywhere`.
fn relative(rng: &mut fastrand::Rng, anywhere: bool) -> String {
    let plain: Vec<&str> = LABELS.into_iter().filter(|label| *label != "*").collect();
    let depth = rng.usize(1..=4);
    let labels: Vec<&str> =
        (0..depth).map(|place| pick(rng, if anywhere || place == 0 { &LABELS } else { &plain })).collect();
    labels.join(".")
}

/// A zone that all three load, and its names: no alias beside other data, no delegation at a wildcard.
fn zone(rng: &mut fastrand::Rng) -> (String, Vec<String>) {
    let mut names: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for number in 0..NAMES {
        let name = relative(rng, false);
        let target = relative(rng, false);
        let data = match rng.u8(0..10) {
            0..=3 => format!("A 10.0.0.{number}"),
            4 => format!("AAAA fd00::{number}"),
            5 => format!("TXT \"{number}\""),
            6 | 7 => format!("SRV 0 0 {number} {target}"),
            8 => format!("CNAME {target}"),
            _ if name.starts_with('*') => format!("A 10.0.1.{number}"),
            _ => format!("NS {target}"),
        };
        let records = names.entry(name).or_default();
        let alone = data.starts_with("CNAME") || records.iter().any(|record| record.starts_with("CNAME"));
        if records.is_empty() || !alone {
            records.push(data);
        }
    }
    let mut text =
        "$TTL 300\n@ IN SOA dns1 hostmaster 1 900 600 86400 60\n@ IN NS dns1\ndns1 IN A 10.0.0.1\n".to_owned();
    for (name, records) in &names {
        for record in records {
            text.push_str(&format!("{name} IN {record}\n"));
        }
    }
    (text, names.into_keys().collect())
}

#[test]
fn generated_zones() {
    let types = [RecordType::A, RecordType::SRV, RecordType::TXT, RecordType::CNAME, RecordType::NS];
    let (mut agreed, mut parts) = (0, 0);
    for number in 0..ZONES {
        let mut rng = Seed::new(number).child("zone").rng();
        let (text, names) = zone(&mut rng);
        let peers = peers(&text);
        if peers.is_empty() {
            return;
        }
        let mut server = ours(&text);
        for number_of_question in 0..QUESTIONS {
            // Half of the questions hit: a name of the zone, a wildcard with something in its place.
            let known = rng.choice(&names).filter(|_| number_of_question % 2 == 0);
            let asked = known.map_or_else(|| relative(&mut rng, true), |known| known.replacen('*', "q", 1));
            let record_type = types[rng.usize(..types.len())];
            let message = query(&asked, record_type, Some(1232));
            let theirs: Vec<_> = peers.iter().map(|peer| aspects(peer.ask(&message).as_deref())).collect();
            let our = aspects(ask_us(&mut server, &message, Transport::Udp).as_deref());
            for aspect in Aspect::ALL {
                parts += 1;
                if theirs.windows(2).all(|pair| pair[0].get(&aspect) == pair[1].get(&aspect)) {
                    agreed += 1;
                    let their = theirs[0].get(&aspect);
                    assert_eq!(our.get(&aspect), their, "zone {number}: {asked} {record_type}: {aspect:?}\n{text}");
                }
            }
        }
    }
    say(&format!("{agreed} of {parts} parts of answers from {ZONES} generated zones are agreed on, and ours"));
    assert!(agreed * 100 >= parts * AGREEMENT, "{agreed} of {parts}");
}
