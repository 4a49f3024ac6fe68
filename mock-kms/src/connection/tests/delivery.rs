//! Whether and when answers arrive.

use super::*;

fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

#[track_caller]
fn check_accept(rule: &str, lines: &[&str], ended: Option<Action>) -> Talk {
    let talk = Talk::faulty(rule);
    talk.expect_lines(lines);
    assert_eq!(talk.ended, ended);
    talk
}

const ACCEPT: &str = "accept from 10.1.0.7 49200";

#[test]
fn accepted_and_gone() {
    let close = Action::Close { after: Duration::ZERO };
    let reset = Action::Reset { after: Duration::ZERO };
    check_accept("delivery = \"accept-then-close\"", &[ACCEPT, "close by host"], Some(close));
    check_accept("delivery = \"accept-then-reset\"", &[ACCEPT, "reset by host"], Some(reset));
}

#[test]
fn accepted_and_silent() {
    let mut talk = check_accept("delivery = \"accept-then-silence\"", &[ACCEPT], None);
    talk.send(&bind_windows_10());
    talk.expect_lines(&[ACCEPT]);
    assert!(talk.got.is_empty());
    assert_eq!(talk.connection.next_timeout(), Some(Moment::START.plus(SILENCE_LIMIT)));
}

#[test]
fn bound_and_silent() {
    let mut talk = Talk::faulty("delivery = \"bind-then-silence\"");
    talk.send(&bind_two_contexts());
    assert!(!talk.reply().is_empty());
    talk.send(&call_ndr32());
    assert!(talk.reply().is_empty());
    assert!(talk.lines.last().unwrap().starts_with("request 6.0"), "{:?}", talk.lines);
    assert!(talk.connection.is_open());
}

#[test]
fn cut_in_the_middle() {
    let mut talk = Talk::faulty("delivery = { reset-after = 100 }");
    talk.send(&bind_two_contexts());
    let bound = talk.reply().len();
    talk.send(&call_ndr32());
    assert_eq!(bound + talk.reply().len(), 100);
    assert_eq!(talk.ended, Some(Action::Reset { after: Duration::ZERO }));
    assert_eq!(talk.lines[talk.lines.len() - 2..], ["incomplete PDU, 16 octets", "reset by host"]);
    let mut talk = Talk::faulty("delivery = { close-after = 0 }");
    talk.send(&bind_two_contexts());
    assert!(talk.reply().is_empty());
    talk.expect_lines(&[ACCEPT, "bind 2 contexts", "close by host"]);
}

#[test]
fn another_service() {
    let mut talk = Talk::faulty("delivery = { wrong-service = \"ssh\" }");
    assert_eq!(talk.reply(), b"SSH-2.0-SIMULATION\r\n");
    talk.send(&bind_windows_10());
    talk.expect_lines(&[ACCEPT, "not RPC, 20 octets", "not RPC, 160 octets", "close by host"]);
    let mut talk = Talk::faulty("delivery = { wrong-service = \"http\" }");
    assert!(talk.reply().is_empty());
    talk.send(&bind_windows_10());
    assert!(talk.reply().starts_with(b"HTTP/1.1 400"));
    assert!(!talk.connection.is_open());
}

#[test]
fn late_and_slow() {
    let mut late = Talk::faulty("delivery = { late = 900 }");
    let reaction = late.connection.receive(&mut late.service, &bind_two_contexts(), Moment::START, WALL);
    let [Action::Send { after, .. }] = &reaction.actions[..] else { panic!("{reaction:?}") };
    assert_eq!(*after, millis(900));
    assert_eq!(reaction.entries[1].at, Moment::at(millis(900)));

    let mut slow = Talk::faulty("delivery = { slow = { octets = 30, every = 100 } }");
    let twice = [bind_two_contexts(), call_ndr32()].concat();
    let reaction = slow.connection.receive(&mut slow.service, &twice, Moment::START, WALL);
    let mut last = Duration::ZERO;
    let mut total = 0;
    for action in &reaction.actions {
        let Action::Send { after, bytes } = action else { panic!("{action:?}") };
        assert!(*after >= last && bytes.len() <= 30, "nothing overtakes");
        last = *after;
        total += bytes.len();
    }
    assert_eq!(total, 84 + 300);
    // 84 octets are three pieces (0, 100, 200 ms); 300 are ten, the first together with the last of those.
    assert_eq!(last, millis(200 + 900));
}

#[test]
fn bound_and_forgotten() {
    let mut talk = Talk::faulty("delivery = \"half-open\"");
    talk.send(&bind_two_contexts()).reply();
    assert_eq!(talk.ended, None);
    talk.send(&call_ndr32());
    assert!(talk.reply().is_empty());
    assert_eq!(talk.ended, Some(Action::Reset { after: Duration::ZERO }));
}

#[test]
fn answered_once() {
    let mut talk = Talk::faulty("delivery = \"close-after-answer\"");
    talk.send(&bind_two_contexts()).send(&call_ndr32()).send(&call_ndr32());
    let end = ["response 0x00000000 count 26", "close by host"];
    assert_eq!(talk.lines[talk.lines.len() - 2..], end);
    assert_eq!(talk.ended, Some(Action::Close { after: Duration::ZERO }));
}

#[test]
fn other_services_that_wait_for_the_client() {
    let mut talk = Talk::faulty("delivery = { wrong-service = \"tls\" }");
    assert!(talk.reply().is_empty());
    // Alert, TLS 1.2, two octets: fatal, unexpected_message (RFC 8446 6).
    assert_eq!(talk.send(&bind_two_contexts()).reply(), [21, 3, 3, 0, 2, 2, 10]);
    assert_eq!(talk.ended, Some(Action::Close { after: Duration::ZERO }));
    let mut talk = Talk::faulty("delivery = { wrong-service = \"echo\" }");
    assert_eq!(talk.send(b"abc").reply(), b"abc");
    assert_eq!(talk.send(b"de").reply(), b"de");
    assert_eq!(talk.ended, None);
}
