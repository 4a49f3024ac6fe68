//! What is said and how it is encoded when it is wrong on purpose.

use super::*;

/// The journal line of the answer to the bind and of the answer to the call that follows, under one fault.
#[track_caller]
fn check(rule: &str, bind_answer: &str, call_answer: Option<&str>) -> Talk {
    let mut talk = Talk::faulty(rule);
    talk.send(&bind_two_contexts());
    assert_eq!(talk.lines.last().unwrap(), bind_answer);
    talk.reply();
    if let Some(expected) = call_answer {
        talk.send(&call_ndr32());
        assert_eq!(talk.lines.last().unwrap(), expected);
    }
    assert_eq!(talk.notes.first().map(String::as_str), Some("fault f"));
    talk
}

const BOUND: &str = "bind_ack 0/0 3/3";
const GRANTED: &str = "response 0x00000000 count 26";

#[test]
fn what_is_said() {
    check(r#"reply = { bind-nak = "congestion" }"#, "bind_nak reason 1", None);
    check(r#"reply = { reject = "ndr32" }"#, "bind_ack 2/2 3/3", None);
    check(r#"reply = { reject = "all" }"#, "bind_ack 2/2 2/2", None);
    check(r#"reply = { reject = "interface" }"#, "bind_ack 2/1 2/1", None);
    check(r#"reply = { rpc-fault = "0x00000005" }"#, BOUND, Some("fault 0x00000005 ERROR_ACCESS_DENIED"));
    check(r#"reply = { hresult = "0xC004F042" }"#, BOUND, Some("response 0xC004F042"));
    check("reply = { count = 3 }", BOUND, Some("response 0x00000000 count 3"));
    check(r#"reply = { bind-fault = "0x1C010003" }"#, "fault 0x1C010003 nca_s_unk_if", None);
    check(r#"reply = "too-few-results""#, "bind_ack 0/0", None);
    check("reply = { intervals = { activation = 0, renewal = 4294967295 } }", BOUND, Some(GRANTED));
    check(r#"reply = { identity = "LAB-OTHER" }"#, BOUND, Some(GRANTED));
}

#[test]
fn the_answer_to_a_bind_in_octets() {
    let honest = Talk::honest().send(&bind_two_contexts()).reply();
    // C706 12.6.4.4: sizes at 16 and 18; port "1688" makes the secondary address 7 octets at 24, the results begin at 32, the first
    // one with its count, and the syntax of the first result stands at 40.
    let mut talk = check("reply = { fragment-sizes = 512 }", BOUND, Some(GRANTED));
    talk.reply();
    let mut talk = Talk::faulty("reply = { fragment-sizes = 512 }");
    let mut expected = honest.clone();
    expected[16..20].copy_from_slice(&[0, 2, 0, 2]);
    assert_eq!(talk.send(&bind_two_contexts()).reply(), expected);
    let mut talk = Talk::faulty(r#"reply = "wrong-syntax""#);
    let mut expected = honest;
    expected[40..60].copy_from_slice(&[[0x5a; 16].as_slice(), &[1, 0, 0, 0]].concat());
    assert_eq!(talk.send(&bind_two_contexts()).reply(), expected);
}

#[test]
fn an_alter_context_can_be_refused() {
    let mut talk = Talk::faulty(r#"reply = { alter-context-fault = "0x1C01000B" }"#);
    talk.send(&bind_windows_10()).send(&alter_context_ndr32());
    assert_eq!(talk.lines.last().unwrap(), "fault 0x1C01000B nca_s_proto_error");
}

#[test]
fn a_fault_can_be_meant_for_one_client() {
    for (client, expected) in [("10.1.0.7", "response 0xC004F042"), ("10.1.0.8", GRANTED)] {
        let mut talk = Talk::faulty(&format!("client = \"{client}\"\nreply = {{ hresult = \"0xC004F042\" }}"));
        talk.send(&bind_two_contexts()).send(&call_ndr32());
        assert_eq!(talk.lines.last().unwrap(), expected, "{client}");
    }
}

/// What a granted answer is worth once it is spoilt: the client cannot take it for one.
#[test]
fn a_spoilt_answer_opens_for_nobody() {
    for wire in ["\"wrong-mac\"", "\"bad-padding\"", "\"no-message\"", "{ stub-size = 7 }", "{ stub-count = 7 }"] {
        for version in Version::ALL {
            // A message of version 4 has no padding.
            if (wire, version) == ("\"bad-padding\"", Version::V4) {
                continue;
            }
            let mut talk = Talk::faulty(&format!("wire = {wire}\non = \"response\""));
            talk.send(&bind_two_contexts()).reply();
            talk.send(&call(version, CONTEXT_NDR32, TransferSyntax::Ndr32));
            let seen = outcome(&talk.reply(), version, TransferSyntax::Ndr32);
            assert!(!matches!(seen, Ok((Hresult::OK, Some(_)))), "{wire} {version} {seen:?}");
        }
    }
    let mut talk = Talk::faulty("wire = { message-with-hresult = \"0xC004F042\" }");
    talk.send(&bind_two_contexts()).reply();
    talk.send(&call_ndr32());
    let seen = outcome(&talk.reply(), Version::V6, TransferSyntax::Ndr32);
    assert_eq!(seen, Ok((Hresult(0xC004_F042), Some(26))));
}

#[test]
fn a_granted_answer_can_tell_something_else_and_still_opens() {
    let mut talk = check(r#"reply = { count = 3 }"#, BOUND, Some("response 0x00000000 count 3"));
    assert_eq!(outcome(&talk.reply(), Version::V6, TransferSyntax::Ndr32), Ok((Hresult::OK, Some(3))));
    check(r#"reply = "wrong-client""#, BOUND, Some(GRANTED));
    check(r#"reply = "wrong-time""#, BOUND, Some(GRANTED));
}

#[test]
fn no_fault_makes_a_success_of_a_refusal() {
    let mut problems = notation::Problems::default();
    for text in ["id = \"f\"\nreply = { hresult = \"0x00000000\" }", "id = \"f\"\nreply = { hresult = \"0x0004F042\" }"]
    {
        let tree = notation::parse::parse(text, &mut problems);
        assert_eq!(<FaultRule as notation::Format>::read(&tree, &mut problems), None, "{text}");
    }
    for rule in ["reply = { count = 99 }", "reply = \"wrong-client\"", "wire = { fragments = 40 }"] {
        let mut talk = Talk::faulty(rule);
        let mut foreign = call_ndr32();
        foreign[60] ^= 1;
        talk.send(&bind_two_contexts()).send(&foreign);
        assert_eq!(talk.lines.last().unwrap(), "response 0xA0041688", "{rule}");
    }
}

/// The guarantee with every fault there is: a request that the laboratory keys do not open never gets a message back.
#[test]
fn with_any_fault_a_foreign_request_gets_no_message() {
    let mut rules: Vec<String> = [
        r#"reply = { reject = "ndr64" }"#,
        r#"reply = { rpc-fault = "0x00000000" }"#,
        "reply = { count = 99 }",
        "reply = \"wrong-client\"",
        "reply = \"wrong-time\"",
        "wire = \"wrong-call-id\"",
        "wire = \"wrong-context\"",
        "wire = { zeros-after = 400 }",
        "wire = { fragments = 32 }",
        "wire = { stub-size = 260 }",
        "wire = { stub-count = 260 }",
        "wire = \"no-message\"",
        "wire = { message-with-hresult = \"0xC004F042\" }",
        "wire = \"wrong-mac\"",
        "wire = \"bad-padding\"",
        "wire = { endless-fragments = 3 }",
        "wire = { over-long = 9 }",
        "wire = { cancel-count = 9 }",
        "wire = \"duplicated\"",
        "reply = { intervals = { activation = 0, renewal = 0 } }",
        "reply = { identity = \"LAB-OTHER\" }",
        "reply = { fragment-sizes = 0 }",
        "reply = { alter-context-fault = \"0x00000000\" }",
        "delivery = \"close-after-answer\"",
        "delivery = \"half-open\"",
        "delivery = { late = 5 }",
        "delivery = { slow = {} }",
    ]
    .map(str::to_owned)
    .to_vec();
    rules.extend(
        (0..44).flat_map(|at| [format!("wire = {{ invert = {at} }}"), format!("wire = {{ truncate = {at} }}")]),
    );
    rules.extend((0..20).map(|kind| format!("on = \"response\"\nwire = {{ wrong-type = {kind} }}")));
    for rule in rules {
        for version in Version::ALL {
            let mut foreign = call(version, CONTEXT_NDR32, TransferSyntax::Ndr32);
            foreign[200] ^= 1;
            let mut talk = Talk::faulty(&rule);
            talk.send(&bind_two_contexts()).reply();
            talk.send(&foreign);
            assert!(talk.lines.iter().all(|line| !line.contains("count")), "{rule}: {:?}", talk.lines);
            // An error response has 36 octets; a message alone would have 200.
            assert!(talk.reply().len() < 200 || rule.contains("zeros-after"), "{rule}");
        }
    }
}

#[test]
fn every_fault_is_written_as_it_is_read() {
    let text = r#"
        id = "f"
        when = { first = 2, every = 3 }
        on = "alter-context-resp"
        reply = { bind-nak = "auth-type" }
        wire = { wrong-length = 7 }
        delivery = { slow = { octets = 3, every = 20 } }
    "#;
    let mut problems = notation::Problems::default();
    let tree = notation::parse::parse(text, &mut problems);
    let rule = <FaultRule as notation::Format>::read(&tree, &mut problems).unwrap();
    let written = notation::Format::write(&rule);
    assert_eq!(<FaultRule as notation::Format>::read(&written, &mut problems), Some(rule));
    assert!(problems.is_empty(), "{problems:?}");
    let schema = <FaultRule as notation::Format>::schema().to_string();
    for word in ["accept-then-silence", "wrong-call-id", "rpc-fault", "An occasion is a PDU"] {
        assert!(schema.contains(word), "{word}");
    }
}

#[test]
fn how_it_is_encoded() {
    let honest = {
        let mut talk = Talk::honest();
        talk.send(&bind_two_contexts()).reply();
        talk.send(&call_ndr32()).reply()
    };
    let told = |wire: &str, line| {
        let mut talk = check(&format!("on = \"response\"\nwire = {wire}"), BOUND, Some(line));
        talk.reply()
    };
    let changed = |wire| told(wire, GRANTED);
    assert_eq!(told("{ truncate = 30 }", "incomplete PDU, 30 octets"), honest[..30]);
    let mut expected = honest.clone();
    expected[12] = 3;
    assert_eq!(changed("\"wrong-call-id\""), expected);
    let mut expected = honest.clone();
    expected[20] = 1;
    assert_eq!(changed("\"wrong-context\""), expected);
    let mut expected = honest.clone();
    expected[8..10].copy_from_slice(&[0x10, 0x27]);
    assert_eq!(changed("{ wrong-length = 10000 }"), expected);
    let mut expected = honest.clone();
    expected[2] = 99;
    assert_eq!(changed("{ wrong-type = 99 }"), expected);
    let mut expected = honest.clone();
    expected[0] = 4;
    assert_eq!(changed("{ wrong-version = 4 }"), expected);
    let mut expected = honest.clone();
    expected[40] = !expected[40];
    assert_eq!(changed("{ invert = 40 }"), expected);
    let mut expected = honest.clone();
    expected[22] = 7;
    assert_eq!(changed("{ cancel-count = 7 }"), expected);
    let mut expected = honest.clone();
    expected[24..28].copy_from_slice(&[1, 2, 0, 0]);
    assert_eq!(changed("{ stub-size = 513 }"), expected);
    let mut expected = honest.clone();
    expected[32..36].copy_from_slice(&[1, 2, 0, 0]);
    assert_eq!(changed("{ stub-count = 513 }"), expected);
    assert_eq!(changed("\"duplicated\""), [&honest[..], &honest].concat());
    let mut expected = [&honest[..], &[0; 3]].concat();
    expected[8] = u8::try_from((honest.len() + 3) % 256).unwrap();
    expected[9] = u8::try_from((honest.len() + 3) / 256).unwrap();
    assert_eq!(changed("{ over-long = 3 }"), expected);
    let (mut first, mut later) = (honest.clone(), honest.clone());
    (first[3], later[3]) = (1, 0);
    assert_eq!(changed("{ endless-fragments = 2 }"), [first, later].concat());
    assert_eq!(changed("{ zeros-after = 3 }"), [&honest[..], &[0; 3]].concat());
    assert_eq!(changed("{ invert = 4000000000 }"), honest);
}

#[test]
fn a_response_in_fragments_is_whole_again_at_the_client() {
    use crate::wire::stream::{PduStream, Reassembly};
    let mut talk = Talk::faulty("wire = { fragments = 64 }");
    talk.send(&bind_two_contexts()).reply();
    talk.send(&call_ndr32());
    let mut stream = PduStream::default();
    stream.push(&talk.reply());
    let mut reassembly = Reassembly::default();
    let mut fragments = 0;
    loop {
        let (header, pdu) = stream.next_pdu().unwrap().expect("the last fragment comes");
        assert!(pdu.len() <= 64);
        fragments += 1;
        let FromServer::Response(response, order) = read_from_server(&header, pdu).unwrap() else { panic!() };
        if let Some(stub) = reassembly.add(&header, (response.context, 0), response.stub).unwrap() {
            let returned = read_response(TransferSyntax::Ndr32, order, &stub).unwrap();
            assert_eq!(returned.hresult, Hresult::OK);
            break;
        }
    }
    assert_eq!(fragments, 7);
}

#[test]
fn a_fault_strikes_when_it_is_meant() {
    let mut talk = Talk::faulty("when = { first = 1 }\nreply = { hresult = \"0xC004F042\" }");
    talk.send(&bind_two_contexts()).send(&call_ndr32()).send(&call_ndr32());
    assert_eq!(talk.lines[4], "response 0xC004F042");
    assert_eq!(talk.lines[6], GRANTED);
    assert_eq!(talk.notes, ["fault f"]);
}

#[test]
fn faults_that_stay_go_on_counting() {
    let rule = "[[fault]]\nid = \"f\"\nwhen = { first = 1 }\nreply = { hresult = \"0xC004F042\" }";
    let mut talk = Talk::with(service(HostConfig { current_count: 25, ..HostConfig::default() }, rule));
    talk.send(&bind_two_contexts()).send(&call_ndr32());
    let tree = notation::parse::parse(rule.trim_start_matches("[[fault]]\n"), &mut notation::Problems::default());
    let again = <FaultRule as notation::Format>::read(&tree, &mut notation::Problems::default()).unwrap();
    talk.service.faults.replace(vec![again]);
    talk.send(&call_ndr32());
    assert_eq!(talk.lines.last().unwrap(), GRANTED);
}
