//! How conversations end, for what crossed the wire written by hand.

use double::{MachineId, Moment};
use mock_kms::wire::bind::SyntaxId;
use mock_kms::wire::call::Status;

use super::{
    Cited, Context, ContextResult, DecodeError, End, Event, Fact, Failure, Hresult, KmsEvent, Reading, Side, Talk, What,
};
use crate::diagnosis::fact::Evidence;
use crate::diagnosis::step::{self, Step};
use crate::outcome::{Outcome, OutcomeWord};
use crate::timeline::ClientEvent;

/// What a web server, an SSH server and a TLS server say to somebody who speaks RPC.
const HTTP: &[u8] = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n";
const SSH: &[u8] = b"SSH-2.0-OpenSSH_9.6\r\n";
/// A fatal alert, unexpected_message (RFC 8446 6): it is shorter than the header of a PDU.
const TLS: &[u8] = &[21, 3, 3, 0, 2, 2, 10];
/// A bind_ack whose header promises 68 octets, cut off behind 16 (C706 12.6.3.1).
const HALF: &[u8] = &[5, 0, 12, 3, 0x10, 0, 0, 0, 68, 0, 0, 0, 1, 0, 0, 0];

fn kms(what: What) -> KmsEvent {
    KmsEvent::new(1, what)
}

/// Something that came with these octets.
fn octets(what: What, octets: &[u8]) -> KmsEvent {
    KmsEvent { connection: 1, what, octets: octets.to_vec() }
}

/// What is wrong with octets whose first is no version of RPC (C706 12.6.3.1).
fn unreadable(octets: &[u8]) -> DecodeError {
    let first = octets.first().copied().expect("an octet");
    DecodeError::value(0, "rpc_vers", first.into(), "5")
}

fn context(id: u16, transfer: SyntaxId) -> Context {
    Context { id, interface: SyntaxId::KMS, transfer: vec![transfer] }
}

/// The two contexts of the older clients.
fn bind() -> KmsEvent {
    let contexts = vec![context(0, SyntaxId::NDR32), context(1, SyntaxId::bind_time_features(3))];
    octets(What::Bind { contexts }, &[5, 0, 11, 3])
}

fn bind_ack(results: &[ContextResult]) -> KmsEvent {
    kms(What::BindAck { results: results.to_vec() })
}

/// NDR32, and both features of bind time.
fn accepted() -> KmsEvent {
    bind_ack(&[ContextResult::accept(SyntaxId::NDR32), ContextResult { result: 3, reason: 3, syntax: SyntaxId::NIL }])
}

fn response(hresult: Hresult, count: Option<u32>) -> KmsEvent {
    kms(What::Response { hresult, count })
}

/// The end of a conversation on which this was said, and behind which number it stands: the connection has 1, what was said the
/// numbers from 2 on, and what was waited for in vain the last one.
#[track_caller]
fn check(said: &[KmsEvent], gave_up: Option<(&'static str, Failure)>, expected: Option<(u32, End)>) {
    let said: Vec<_> = (2..).zip(said).map(|(number, fact)| Cited { number, fact }).collect();
    let last = u32::try_from(said.len()).expect("a few") + 2;
    let gave_up = gave_up.map(|fact| Cited { number: last, fact });
    let connected = Cited { number: 1, fact: Ok(()) };
    let talk = Talk { at: "10.0.0.60:1688".parse().expect("an address"), connected, said, gave_up };
    assert_eq!(talk.end(), expected);
}

#[test]
fn without_a_connection_there_is_no_end() {
    for (failure, expected) in [
        (Failure::TimedOut, None),
        (Failure::Refused, None),
        (Failure::Rejected, None),
        (Failure::Unreachable, None),
        (Failure::Reset, Some((1, End::ClosedAtOnce))),
    ] {
        let connected = Cited { number: 1, fact: Err(failure) };
        let talk = Talk { at: "10.0.0.60:1688".parse().unwrap(), connected, said: Vec::new(), gave_up: None };
        assert_eq!(talk.end(), expected, "{failure}");
    }
}

#[test]
fn an_answer_is_the_end_whatever_follows() {
    let granted = [bind(), accepted(), response(Hresult(0), Some(50)), kms(What::Close { by: Side::Client })];
    check(&granted, None, Some((4, End::Granted(50))));
    let refused = [bind(), accepted(), response(Hresult::NOT_ACTIVATED, None), kms(What::Reset { by: Side::Host })];
    check(&refused, None, Some((4, End::Refused(Hresult::NOT_ACTIVATED))));
    // Success, and nothing in it that could be opened.
    check(&[bind(), accepted(), response(Hresult(0), None)], None, Some((4, End::Unusable)));
    let fault = kms(What::Fault { status: Status(0x1c01_0003) });
    check(&[bind(), accepted(), fault], None, Some((4, End::Fault(0x1c01_0003))));
}

#[test]
fn another_service_shows_by_its_first_octets() {
    for greeting in [HTTP, SSH] {
        let error = unreadable(greeting);
        check(&[bind(), octets(What::Unreadable(error), greeting)], None, Some((3, End::NotRpc)));
    }
    // An alert is too short to be taken for a PDU at all; its first octet tells all the same.
    let timed_out = Some(("bind_ack", Failure::TimedOut));
    check(&[bind(), octets(What::Incomplete, TLS)], timed_out, Some((3, End::NotRpc)));
    // An echo service sends the bind back.
    let own = DecodeError::value(2, "PTYPE", 11, "12 or 13");
    check(&[bind(), octets(What::Unreadable(own), &[5, 0, 11, 3])], None, Some((3, End::NotRpc)));
    check(&[bind(), octets(What::Unreadable(own), &[5, 0, 14, 3])], None, Some((3, End::Unusable)));
}

#[test]
fn the_same_octets_behind_an_answer_are_damage() {
    let damaged = octets(What::Unreadable(unreadable(HTTP)), HTTP);
    check(&[bind(), accepted(), damaged], None, Some((4, End::Unusable)));
    // A version 4 would be RPC on datagrams: not another service.
    let datagrams = DecodeError::value(0, "rpc_vers", 4, "5");
    check(&[bind(), octets(What::Unreadable(datagrams), &[4, 0, 12, 3])], None, Some((3, End::Unusable)));
    check(&[bind(), kms(What::NotRpc)], None, Some((3, End::Unusable)));
}

#[test]
fn half_a_pdu_and_then_silence_is_no_answer() {
    let half = octets(What::Incomplete, HALF);
    check(&[bind(), half.clone()], Some(("bind_ack", Failure::TimedOut)), Some((4, End::Unusable)));
    // What came was RPC, so the host broke off in the middle.
    check(&[bind(), half.clone(), kms(What::Close { by: Side::Host })], None, Some((4, End::BrokenOff)));
    check(&[bind(), half], Some(("bind_ack", Failure::Reset)), Some((4, End::BrokenOff)));
}

#[test]
fn a_close_before_any_answer_is_another_than_one_behind_it() {
    for what in [What::Close { by: Side::Host }, What::Reset { by: Side::Host }] {
        check(&[kms(what.clone())], None, Some((2, End::ClosedAtOnce)));
        check(&[bind(), kms(what.clone())], None, Some((3, End::ClosedAtOnce)));
        check(&[bind(), accepted(), kms(what)], None, Some((4, End::BrokenOff)));
    }
    check(&[bind()], Some(("bind_ack", Failure::Reset)), Some((3, End::ClosedAtOnce)));
    check(&[bind(), accepted()], Some(("response", Failure::Reset)), Some((4, End::BrokenOff)));
    // The client hangs up: nobody knows what would have come.
    check(&[bind(), accepted(), kms(What::Close { by: Side::Client })], None, None);
}

#[test]
fn silence_says_what_was_waited_for() {
    check(&[], None, None);
    check(&[bind()], Some(("bind_ack", Failure::TimedOut)), Some((3, End::Silence("bind_ack"))));
    check(&[bind(), accepted()], Some(("response", Failure::TimedOut)), Some((4, End::Silence("response"))));
}

#[test]
fn an_association_is_refused_in_four_ways() {
    check(&[bind(), kms(What::BindNak { reason: 4 })], None, Some((3, End::BindRefused(Some(4)))));
    let none = [ContextResult::reject(ContextResult::INTERFACE_UNKNOWN), ContextResult::reject(2)];
    check(&[bind(), bind_ack(&none)], None, Some((3, End::BindRefused(None))));
    // One result for two contexts.
    let too_few = [ContextResult::accept(SyntaxId::NDR32)];
    check(&[bind(), bind_ack(&too_few)], None, Some((3, End::BindRefused(None))));
    // An encoding that nobody offered.
    let foreign = [ContextResult::accept(SyntaxId::NDR64), ContextResult::reject(2)];
    check(&[bind(), bind_ack(&foreign)], None, Some((3, End::BindRefused(None))));
    // The same, and the client spoke on: what came then is the end.
    let spoke = [bind(), bind_ack(&foreign), response(Hresult(0), Some(50))];
    check(&spoke, None, Some((4, End::Granted(50))));
}

fn seen(event: Event) -> Fact {
    Fact::Seen(event)
}

fn connected(to: &str, result: Result<(), Failure>) -> Fact {
    seen(Event::Client(ClientEvent::Connected { to: to.parse().expect("an address"), result }))
}

/// Evidence of these facts; the first observation is how the attempt ended.
fn evidence(facts: Vec<(&'static Step, Fact)>) -> Evidence {
    let outcome = Outcome::of(OutcomeWord::RpcFailed);
    let mut evidence = Evidence::default();
    let first = (&step::ATTEMPT, Fact::Ended(Box::new(outcome)));
    for (step, fact) in [first].into_iter().chain(facts) {
        evidence.push(Moment::START, step, &MachineId::new("pc7"), fact);
    }
    evidence
}

#[test]
fn each_connection_is_a_conversation_of_its_own() {
    let host = kms(What::BindNak { reason: 4 });
    let evidence = evidence(vec![
        (&step::CAPTURE, connected("10.0.0.53:53", Ok(()))),
        (&step::CAPTURE, connected("10.0.0.60:1688", Ok(()))),
        (&step::CAPTURE, seen(Event::Kms(bind()))),
        (
            &step::CAPTURE,
            seen(Event::Client(ClientEvent::GaveUp { waiting_for: "bind_ack", failure: Failure::TimedOut })),
        ),
        (&step::CAPTURE, connected("10.0.0.61:1688", Err(Failure::Refused))),
        (&step::CAPTURE, connected("10.0.0.62:1688", Ok(()))),
        (&step::CAPTURE, seen(Event::Kms(bind()))),
        // What the host's own capture shows is no word of the client's.
        (&step::HOST_CAPTURE, seen(Event::Kms(host))),
        (&step::CAPTURE, seen(Event::Kms(accepted()))),
        (&step::CAPTURE, seen(Event::Kms(response(Hresult(0), Some(3))))),
    ]);
    let reading = Reading::of(&evidence).unwrap();
    let talks = reading.talks();
    let ends: Vec<_> = talks.iter().map(|talk| (talk.at.to_string(), talk.end())).collect();
    assert_eq!(
        ends,
        [
            ("10.0.0.60:1688".to_owned(), Some((5, End::Silence("bind_ack")))),
            ("10.0.0.61:1688".to_owned(), None),
            ("10.0.0.62:1688".to_owned(), Some((11, End::Granted(3)))),
        ],
        "a connection to a DNS server is none of them"
    );
    let numbers: Vec<_> = talks.iter().map(Talk::numbers).collect();
    assert_eq!(numbers, [vec![3, 4, 5], vec![6], vec![7, 11, 10]], "the connection, the last two words, the wait");
}

#[test]
fn what_was_said_before_any_connection_belongs_to_none() {
    let evidence = evidence(vec![(&step::CAPTURE, seen(Event::Kms(bind())))]);
    assert_eq!(Reading::of(&evidence).unwrap().talks().len(), 0);
}
