//! Never an activation: what no laboratory key protects gets the code that the order of answers says, in a response of 36 or 44
//! octets, whatever the state; and no fault makes a success of it. What is granted carries the laboratory's mark.
//!
//! It stands apart from the guarantee over the whole catalogue because here the messages, states and faults are drawn. It opens
//! no socket.

use double::{MachineId, Moment, Seed, WallTime};
use mock_kms::action::Action;
use mock_kms::connection::{Connection, Reaction, Service};
use mock_kms::fault::FaultRule;
use mock_kms::host::config::Epid;
use mock_kms::host::{HostConfig, HostState};
use mock_kms::journal::What;
use mock_kms::laboratory::{open_response, request_iv};
use mock_kms::wire::Hresult;
use mock_kms::wire::client_side::{
    CONTEXT_NDR32, CONTEXT_NDR64, FromServer, alter_context_ndr32, bind_windows_10, read_from_server, write_call,
};
use mock_kms::wire::kms::Version;
use mock_kms::wire::ndr::{TransferSyntax, read_response};
use mock_kms::wire::pdu::{Header, MAX_FRAGMENT};
use proptest::prelude::*;

use crate::cases;
use crate::octets::sealed;

const WALL: WallTime = WallTime(134_000_000_000_000_000);

/// A response without a message: 24 octets before the stub (C706 12.6.4.10), then size, null referent and HRESULT (kms-wire: 36 in
/// NDR32, 44 in NDR64).
const fn refusal_length(syntax: TransferSyntax) -> usize {
    match syntax {
        TransferSyntax::Ndr32 => 36,
        TransferSyntax::Ndr64 => 44,
    }
}

/// Every kind of fault that could touch an answer; `N` stands for a number.
const FAULTS: [&str; 27] = [
    "reply = { bind-fault = '0x00000000' }",
    "reply = { alter-context-fault = '0x00000000' }",
    "reply = { rpc-fault = '0x00000000' }",
    "reply = { fragment-sizes = N }",
    "reply = { count = N }",
    "reply = { hresult = '0x80000000' }",
    "reply = { intervals = { activation = N, renewal = N } }",
    "reply = { identity = 'LAB-N' }",
    "reply = 'too-few-results'",
    "reply = 'wrong-syntax'",
    "reply = 'wrong-client'",
    "reply = 'wrong-time'",
    "wire = { fragments = N }",
    "wire = { cancel-count = 7 }",
    "wire = { over-long = N }",
    "wire = { zeros-after = N }",
    "wire = { endless-fragments = 5 }",
    "wire = { stub-size = N }",
    "wire = { stub-count = N }",
    "wire = { message-with-hresult = '0x80000000' }",
    "wire = 'duplicated'",
    "wire = 'no-message'",
    "wire = 'wrong-mac'",
    "wire = 'bad-padding'",
    "delivery = 'close-after-answer'",
    "delivery = { slow = { octets = N } }",
    "delivery = { late = N }",
];

fn rule(text: &str, number: u8) -> FaultRule {
    let text = format!("id = 'f'\n{}", text.replace('N', &number.to_string()));
    let mut problems = notation::Problems::default();
    let tree = notation::parse::parse(&text, &mut problems);
    notation::Format::read(&tree, &mut problems).unwrap_or_else(|| panic!("{text}: {problems:?}"))
}

fn states() -> impl Strategy<Value = HostState> {
    prop_oneof![
        Just(HostState::Activated),
        Just(HostState::NotActivated),
        Just(HostState::NotEnabled),
        Just(HostState::NoHostKey),
    ]
}

/// What the host notes of a call with this message, and the octets of its last answer.
fn ask(state: HostState, rules: Vec<FaultRule>, message: &[u8], syntax: TransferSyntax) -> (Vec<What>, Vec<u8>) {
    let config = HostConfig { state, ..HostConfig::default() };
    let mut service = Service::new(MachineId::new("kms1"), config, rules, Seed::new(5));
    let peer = "10.0.0.107:50000".parse().expect("an address");
    let (mut connection, _) = Connection::accept(&mut service, peer, Moment::START);
    let context = if syntax == TransferSyntax::Ndr32 { CONTEXT_NDR32 } else { CONTEXT_NDR64 };
    let mut call = Vec::new();
    write_call(2, context, syntax, message, MAX_FRAGMENT, &mut call);
    let mut last = Reaction::default();
    for pdu in [bind_windows_10(), alter_context_ndr32(), call] {
        last = connection.receive(&mut service, &pdu, Moment::START, WALL);
    }
    let mut octets = Vec::new();
    for action in &last.actions {
        if let Action::Send { bytes, .. } = action {
            octets.extend_from_slice(bytes);
        }
    }
    (last.entries.into_iter().map(|entry| entry.event.what).collect(), octets)
}

fn foreign(version: Version, mut message: Vec<u8>) -> Vec<u8> {
    message.truncate(if version == Version::V4 { 252 } else { 260 });
    message[..4].copy_from_slice(&version.dword().to_le_bytes());
    message
}

fn syntaxes() -> impl Strategy<Value = TransferSyntax> {
    prop_oneof![Just(TransferSyntax::Ndr32), Just(TransferSyntax::Ndr64)]
}

proptest! {
    #![proptest_config(cases(512))]

    #[test]
    fn a_foreign_request_gets_its_code_and_no_message(
        state in states(),
        version in 0..3_usize,
        syntax in syntaxes(),
        message in proptest::collection::vec(any::<u8>(), 260),
    ) {
        let code = match state {
            HostState::Activated => Hresult(0xA004_1688),
            HostState::NotActivated => Hresult(0xC004_F041),
            HostState::NotEnabled | HostState::NoHostKey => Hresult(0xC004_F039),
        };
        let (_, octets) = ask(state, Vec::new(), &foreign(Version::ALL[version], message), syntax);
        prop_assert_eq!(octets.len(), refusal_length(syntax));
        prop_assert_eq!(&octets[octets.len() - 4..], code.0.to_le_bytes());
    }

    #[test]
    fn no_fault_makes_a_success_of_it(
        state in states(),
        version in 0..3_usize,
        syntax in syntaxes(),
        message in proptest::collection::vec(any::<u8>(), 260),
        faults in proptest::sample::subsequence(&FAULTS[..], 1..4),
        number in 1..=255_u8,
    ) {
        let rules = faults.iter().map(|text| rule(text, number)).collect();
        let (noted, _) = ask(state, rules, &foreign(Version::ALL[version], message), syntax);
        for what in noted {
            if let What::Response { hresult, count } = what {
                prop_assert!(hresult.is_failure() && count.is_none(), "{hresult} {count:?} with {faults:?}");
            }
        }
    }
}

#[test]
fn what_is_granted_carries_the_mark() {
    let rules = ["reply = { count = N }", "reply = { identity = 'LAB-N' }", "reply = { fragment-sizes = N }"];
    for version in Version::ALL {
        for text in rules {
            let message = sealed(version);
            let (_, octets) = ask(HostState::Activated, vec![rule(text, 9)], &message, TransferSyntax::Ndr32);
            let header = Header::read(&octets).expect("a header");
            let Ok(FromServer::Response(response, order)) = read_from_server(&header, &octets) else {
                panic!("{text}: no response");
            };
            let returned = read_response(TransferSyntax::Ndr32, order, response.stub).expect("a stub");
            let granted = open_response(returned.message.expect("a message"), request_iv(&message)).expect("it opens");
            assert!(granted.epid.starts_with(Epid::MARK), "{}", granted.epid);
        }
    }
    assert!(Epid::new("05426-00206-471-000000-03-1033-9600.0000-0012025").is_err(), "no other mark can be written");
}
