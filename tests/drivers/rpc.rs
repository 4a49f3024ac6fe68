//! The RPC of the simulated KMS host before independent judges: Samba's kit, impacket, ndrdump and tshark.
//!
//! It stands apart from the other drivers' tests because the judges see one run together: what the scripts provoke is what the validators
//! read. Nothing of ours decodes anything here; the cases and what is documented of them are data in [`cases`](super::cases).

use mock_kms::wire::ndr::TransferSyntax;

use crate::capture::{Capture, From};
use crate::cases::{CASES, table};
use crate::golden::golden;
use crate::{WARNING, dissected, mocks, tool};

/// The generated document.
const DOCUMENT: &str = "mock-kms/RPC.md";

type Octets = Vec<u8>;

#[test]
fn independent_clients_get_what_windows_is_documented_to_do() {
    let host = mocks::kms();
    let Some(samba) = called(tool::DEBIAN_PYTHON, "samba_calls.py", &host) else { return };
    let names: Vec<&str> = samba.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, CASES.map(|case| case.name), "the script and the table have the same cases");
    for (case, (name, we)) in CASES.iter().zip(&samba) {
        if let Some(windows) = case.windows {
            assert_eq!(we, windows, "{name}");
        }
    }
    every_pdu_is_sound(&host);
    let host = mocks::kms();
    let Some(impacket) = called(&tool::impacket_python(), "impacket_calls.py", &host) else { return };
    every_pdu_is_sound(&host);
    golden(DOCUMENT, &table(&samba, &impacket));
}

#[test]
fn what_our_client_sends_is_sound() {
    let host = mocks::kms();
    for (_, octets) in mocks::conversation(host.address) {
        ndrdump(&octets);
    }
    ndrdump(&mock_kms::wire::client_side::bind_two_contexts());
}

#[test]
fn ndrdump_refuses_a_broken_pdu() {
    let mut nak = vec![5, 0, 13, 3, 16, 0, 0, 0, 24, 0, 0, 0, 7, 0, 0, 0, 0, 0, 1, 5, 0, 0, 0, 0];
    ndrdump(&nak);
    for length in [20, 18] {
        nak.truncate(length);
        assert!(tool::run("ndrdump", &NDRDUMP, &nak).is_none_or(|result| !is_valid(&result)), "{length} octets");
    }
}

/// Everything that the host has sent: each PDU on its own, and all of it in its conversations.
fn every_pdu_is_sound(host: &mocks::Served<mock_kms::journal::KmsEvent>) {
    let conversations = conversations(host);
    let mut sent: Vec<&Octets> =
        conversations.iter().flatten().filter(|said| said.0 == From::Server).map(|said| &said.1).collect();
    assert!(sent.len() > 10, "{}", sent.len());
    sent.sort();
    sent.dedup();
    for octets in sent {
        ndrdump(octets);
    }
    let capture = Capture::of(&conversations);
    let fields = ["dcerpc.pkt_type", "_ws.expert.message"];
    if let Some(warnings) = dissected(&capture, &format!("tcp.srcport == 1688 && {WARNING}"), &fields) {
        // A refused bind is one that must be refused; that is all that there is to warn of.
        let about_us: Vec<&str> = warnings.lines().filter(|line| *line != "13\tBind not acknowledged").collect();
        assert_eq!(about_us, [""; 0]);
    }
}

/// The octets of every connection, from the journal of the host, which notes them as they were read and written.
fn conversations(host: &mocks::Served<mock_kms::journal::KmsEvent>) -> Vec<Vec<(From, Octets)>> {
    let mut conversations: Vec<Vec<(From, Octets)>> = Vec::new();
    for entry in host.journal.lock().expect("nobody panicked").iter() {
        let number = usize::try_from(entry.event.connection).expect("few");
        conversations.resize_with(conversations.len().max(number), Vec::new);
        if !entry.event.octets.is_empty() {
            conversations[number - 1].push((mocks::sender(&entry.event.what, false), entry.event.octets.clone()));
        }
    }
    conversations
}

/// Pull, push and pull again, by the definition that Samba has of a PDU.
const NDRDUMP: [&str; 6] = ["--quiet", "--validate", "dcerpc", "ncacn_packet", "struct", "/dev/stdin"];

#[track_caller]
fn ndrdump(octets: &[u8]) {
    if let Some(result) = tool::run("ndrdump", &NDRDUMP, octets) {
        assert!(is_valid(&result), "{octets:02x?}\n{}", result.1);
    }
}

/// Whether ndrdump could read it and writes the same octets; it ends well where it writes others.
fn is_valid((succeeded, said): &(bool, String)) -> bool {
    *succeeded && said.contains("dump OK") && !said.contains("WARNING")
}

/// Runs one of our scripts against a host; the name and the outcome of each case.
#[track_caller]
fn called(
    python: &str,
    script: &str,
    host: &mocks::Served<mock_kms::journal::KmsEvent>,
) -> Option<Vec<(String, String)>> {
    let (address, port) = (host.address.ip().to_string(), host.address.port().to_string());
    let (ndr, ndr64) = (mocks::stub(TransferSyntax::Ndr32), mocks::stub(TransferSyntax::Ndr64));
    let output = tool::output(python, &[&tool::script(script), &address, &port, &ndr, &ndr64], &[])?;
    let split = |line: &str| line.split_once(": ").map(|(name, outcome)| (name.to_owned(), outcome.to_owned()));
    Some(output.lines().filter_map(split).collect())
}
