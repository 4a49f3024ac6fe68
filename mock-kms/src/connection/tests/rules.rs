//! The rules of RPC, one row each: what a Windows server does with what no KMS client sends.

use super::*;

/// The header of a PDU without a body.
fn bare(packet_type: u8, flags: u8, call_id: u8) -> Vec<u8> {
    vec![5, 0, packet_type, flags, 0x10, 0, 0, 0, 16, 0, 0, 0, call_id, 0, 0, 0]
}

fn bind(change: impl FnOnce(&mut Bind)) -> Vec<u8> {
    let context = |id, interface, transfer| Context { id, interface, transfer };
    let mut bind = Bind {
        max_xmit: 5840,
        max_recv: 5840,
        group: 0,
        contexts: vec![context(0, SyntaxId::KMS, vec![SyntaxId::NDR32])],
    };
    change(&mut bind);
    let mut pdu = Vec::new();
    bind.write(PacketType::Bind, Flags::WHOLE, 7, &mut pdu);
    pdu
}

/// After `before`, `pdu` gets an answer whose journal line is `line`, and the connection is left as told.
#[track_caller]
fn check(before: &[Vec<u8>], pdu: &[u8], line: &str, open: bool) -> Vec<u8> {
    let mut talk = Talk::honest();
    for pdu in before {
        talk.send(pdu);
    }
    talk.reply();
    talk.send(pdu);
    let answer = talk.lines.iter().rev().find(|line| !line.starts_with("close"));
    assert_eq!(answer.map(String::as_str), Some(line));
    assert_eq!(talk.connection.is_open(), open);
    talk.reply()
}

#[test]
fn binds_that_are_refused() {
    let nak = "bind_nak reason 0";
    let reply = check(&[], &bind(|bind| bind.contexts.clear()), nak, false);
    // C706 12.6.4.5, padded to 24 octets; the call id is echoed.
    assert_eq!(reply, [5, 0, 13, 3, 16, 0, 0, 0, 24, 0, 0, 0, 7, 0, 0, 0, 0, 0, 1, 5, 0, 0, 0, 0]);
    check(&[], &bind(|bind| bind.group = 77), nak, false);
    check(&[bind(|_| ())], &bind(|_| ()), nak, false);
    let two_features = |bind: &mut Bind| {
        for id in [1, 2] {
            let transfer = vec![SyntaxId::bind_time_features(3)];
            bind.contexts.push(Context { id, interface: SyntaxId::KMS, transfer });
        }
    };
    check(&[], &bind(two_features), nak, false);
    let mut old = bind(|_| ());
    old[0] = 4;
    check(&[], &old, "bind_nak reason 4", false);
    let mut minor = bind(|_| ());
    minor[1] = 9;
    check(&[], &minor, "bind_nak reason 4", false);
    // An authentication trailer: type, level, pad length, reserved, context id, then four octets of value.
    let authenticated = |level| {
        let mut pdu = bind(|_| ());
        pdu.extend([1, level, 0, 0, 0, 0, 0, 0, 9, 9, 9, 9]);
        pdu[8] += 12;
        pdu[10] = 4;
        pdu
    };
    check(&[], &authenticated(2), "bind_nak reason 8", false);
    check(&[], &authenticated(6), "bind_nak reason 8", false);
    check(&[], &authenticated(1), nak, false);
    check(&[], &authenticated(7), nak, false);
    let mut trailer_missing = bind(|_| ());
    trailer_missing[10] = 200;
    check(&[], &trailer_missing, "bind_nak reason 4", false);
    check(&[], &bind(|bind| bind.contexts[0].transfer.clear()), nak, false);
    let mut many = bind(|_| ());
    many[24] = 255;
    check(&[], &many, nak, false);
}

#[test]
fn contexts_are_decided_one_by_one() {
    let other_interface = |bind: &mut Bind| bind.contexts[0].interface.guid = Guid([1; 16]);
    check(&[], &bind(other_interface), "bind_ack 2/1", true);
    let other_version = |bind: &mut Bind| bind.contexts[0].interface.version = 2;
    check(&[], &bind(other_version), "bind_ack 2/1", true);
    let several = |bind: &mut Bind| bind.contexts[0].transfer = vec![SyntaxId::NDR32, SyntaxId::NDR64];
    check(&[], &bind(several), "bind_ack 0/0", true);
    let twice = |bind: &mut Bind| {
        let other = Context { id: 1, ..bind.contexts[0].clone() };
        bind.contexts.push(other);
    };
    check(&[], &bind(twice), "bind_ack 0/0 2/2", true);
    let features = |bind: &mut Bind| bind.contexts[0].transfer = vec![SyntaxId::bind_time_features(0xffff)];
    check(&[], &bind(features), "bind_ack 3/3", true);
}

#[test]
fn fragment_sizes_are_agreed_as_windows_does() {
    for (xmit, recv, agreed) in
        [(5840, 5840, 5840), (0, 0, 2048), (0xffff, 0xffff, 5840), (3199, 5840, 3192), (5840, 2047, 2048)]
    {
        let mut pdu = bind(|bind| (bind.max_xmit, bind.max_recv) = (xmit, recv));
        pdu[3] = 0x13;
        let reply = check(&[], &pdu, "bind_ack 0/0", true);
        assert_eq!([reply[16], reply[17]], u16::to_le_bytes(agreed), "{xmit} {recv}");
        assert_eq!(reply[16..18], reply[18..20]);
    }
}

#[test]
fn an_association_group_can_be_joined() {
    let mut talk = Talk::honest();
    talk.send(&bind(|_| ()));
    let reply = talk.reply();
    let group = u32::from_le_bytes([reply[20], reply[21], reply[22], reply[23]]);
    assert_ne!(group, 0);
    let peer = "10.1.0.7:49201".parse().unwrap();
    let (mut second, _) = Connection::accept(&mut talk.service, peer, Moment::START);
    let reaction = second.receive(&mut talk.service, &bind(|bind| bind.group = group), Moment::START, WALL);
    assert_eq!(reaction.entries[1].event.to_string(), "bind_ack 0/0");
    assert_eq!(reaction.entries[1].event.connection, 2);
    let third = |service: &mut Service| {
        let (mut connection, _) = Connection::accept(service, peer, Moment::START);
        let joining = bind(|bind| bind.group = group);
        connection.receive(service, &joining, Moment::START, WALL).entries[1].event.to_string()
    };
    talk.connection.end_of_input(&talk.service, Moment::START);
    assert_eq!(third(&mut talk.service), "bind_ack 0/0", "the second connection is still a member");
    second.end_of_input(&talk.service, Moment::START);
    assert_eq!(third(&mut talk.service), "bind_nak reason 0", "a group is gone with its last member");
}

#[test]
fn calls_that_are_refused() {
    let bound = [bind(|_| ())];
    let proto = "fault 0x1C01000B nca_s_proto_error";
    let unknown = call(Version::V6, 5, TransferSyntax::Ndr32);
    let reply = check(&bound, &unknown, "fault 0x1C010003 nca_s_unk_if", true);
    // C706 12.6.4.7: DID_NOT_EXECUTE, the call id of the request, context 0.
    let expected = [
        5, 0, 3, 0x23, 16, 0, 0, 0, 32, 0, 0, 0, 2, 0, 0, 0, //
        32, 0, 0, 0, 0, 0, 0, 0, 0x03, 0x00, 0x01, 0x1c, 0, 0, 0, 0,
    ];
    assert_eq!(reply, expected);
    let mut operation = call_ndr32();
    operation[22] = 7;
    check(&bound, &operation, "fault 0x1C010002 nca_s_op_rng_error", true);
    let mut sizes = call_ndr32();
    sizes[28] = 0xff;
    check(&bound, &sizes, "fault 0x000006F7 RPC_X_BAD_STUB_DATA", true);
    let mut authenticated = call_ndr32();
    authenticated[10] = 16;
    check(&bound, &authenticated, "fault 0x00000005 ERROR_ACCESS_DENIED", false);
    check(&[], &call_ndr32(), proto, false);
    check(&[], &alter_context_ndr32(), proto, false);
    check(&bound, &bare(0, 3, 2), proto, false);
    check(&bound, &bare(42, 3, 2), proto, false);
    check(&bound, &bare(2, 3, 2), proto, false);
    let mut none = alter_context_ndr32();
    none.truncate(28);
    none[8] = 28;
    none[24] = 0;
    check(&bound, &none, proto, false);
    let mut storm = vec![bind(|_| ())];
    storm.extend(std::iter::repeat_n(alter_context_ndr32(), 8));
    check(&storm, &alter_context_ndr32(), proto, false);
}

/// An alter_context with one context.
fn alter(id: u16, transfer: &[SyntaxId]) -> Vec<u8> {
    let contexts = vec![Context { id, interface: SyntaxId::KMS, transfer: transfer.to_vec() }];
    let alter = Bind { max_xmit: 0, max_recv: 0, group: 99, contexts };
    let mut pdu = Vec::new();
    alter.write(PacketType::AlterContext, Flags::WHOLE, 8, &mut pdu);
    pdu
}

#[test]
fn a_context_keeps_the_encoding_that_was_accepted() {
    let bound = [bind(|_| ())];
    let proto = "fault 0x1C01000B nca_s_proto_error";
    let unknown = SyntaxId { guid: Guid([7; 16]), version: 1 };
    check(&bound, &alter(0, &[SyntaxId::NDR32]), "alter_context_resp 0/0", true);
    check(&bound, &alter(0, &[unknown]), "alter_context_resp 2/2", true);
    check(&bound, &alter(0, &[unknown, SyntaxId::NDR64, SyntaxId::NDR32]), "alter_context_resp 0/0", true);
    check(&bound, &alter(1, &[SyntaxId::NDR64]), "alter_context_resp 0/0", true);
    let reply = check(&bound, &alter(0, &[unknown, SyntaxId::NDR64]), proto, false);
    assert_eq!(reply[3], 0x23, "first, last, did not execute");
    check(&bound, &alter(1, &[]), proto, false);
}

#[test]
fn only_multiplexing_and_header_signing_are_echoed() {
    for (asked, bind_answer, alter_answer) in [(0, 3, 3), (0x13, 0x13, 3), (0x04, 7, 7), (0xe8, 3, 3)] {
        let mut talk = Talk::honest();
        let mut opening = bind(|_| ());
        opening[3] = asked;
        talk.send(&opening);
        assert_eq!(talk.reply()[3], bind_answer, "bind with {asked:#x}");
        let mut more = alter(1, &[SyntaxId::NDR32]);
        more[3] = asked;
        talk.send(&more);
        assert_eq!(talk.reply()[3], alter_answer, "alter_context with {asked:#x}");
    }
}

#[test]
fn fragments_out_of_place() {
    let proto = "fault 0x1C01000B nca_s_proto_error";
    let fragment = |flags: u8, call_id: u8| {
        let mut pdu = bare(0, flags, call_id);
        pdu.extend([0; 8]);
        pdu[8] = 24;
        pdu
    };
    let context_3 = |flags: u8| {
        let mut opening = bind(|bind| bind.contexts[0].id = 3);
        opening[3] = flags;
        opening
    };
    let of_context_3 = |flags: u8, call_id: u8| {
        let mut pdu = fragment(flags, call_id);
        pdu[20] = 3;
        pdu
    };
    let answered = |flags: u8| {
        let reply = check(&[context_3(flags), of_context_3(1, 20)], &of_context_3(3, 21), proto, false);
        (reply[12], reply[20])
    };
    assert_eq!(answered(0x03), (20, 3), "without multiplexing the incomplete call is to blame");
    assert_eq!(answered(0x13), (21, 0));
    let reply = check(&[context_3(3)], &of_context_3(2, 20), proto, false);
    assert_eq!((reply[3], reply[20]), (3, 0), "a fragment of no call is answered without its context");
    check(&[bind(|_| ()), fragment(1, 20)], &fragment(0, 21), proto, false);
    let cancelled = "fault 0x000006BD RPC_S_NO_CALL_ACTIVE";
    let reply = check(&[context_3(3)], &of_context_3(5, 20), cancelled, false);
    assert_eq!((reply[3], reply[20]), (0x23, 0));
    let denied = "fault 0x00000005 ERROR_ACCESS_DENIED";
    let announced = |hint: u32| {
        let mut pdu = of_context_3(1, 20);
        pdu[16..20].copy_from_slice(&hint.to_le_bytes());
        pdu
    };
    check(&[context_3(3)], &announced(0x40_0001), denied, false);
    let mut endless = vec![context_3(3), announced(0x40_0000)];
    endless.resize(65, of_context_3(0, 20));
    check(&endless, &of_context_3(0, 20), denied, false);
}

#[test]
fn a_cancel_inside_a_call_is_ignored() {
    let mut pdus = Vec::new();
    write_call(2, 0, TransferSyntax::Ndr32, &seal_request(Version::V6, &base(Version::V6)), 160, &mut pdus);
    // The second fragment: 160 octets on, flags at octet 3.
    pdus[163] |= Flags::PENDING_CANCEL.0;
    check(&[bind(|_| ())], &pdus, "response 0x00000000 count 26", true);
}

#[test]
fn a_response_tells_the_low_octet_of_its_context_and_a_fault_both() {
    let bound = [bind(|bind| bind.contexts[0].id = 0x0203)];
    let mut asked = call(Version::V6, 0x0203, TransferSyntax::Ndr32);
    let reply = check(&bound, &asked, "response 0x00000000 count 26", true);
    assert_eq!(reply[20..22], [3, 0]);
    asked[22] = 1;
    let reply = check(&bound, &asked, "fault 0x1C010002 nca_s_op_rng_error", true);
    assert_eq!(reply[20..22], [3, 2]);
}

#[test]
fn an_orphaned_call_can_still_be_finished() {
    let mut pdus = Vec::new();
    write_call(2, 0, TransferSyntax::Ndr32, &seal_request(Version::V6, &base(Version::V6)), 160, &mut pdus);
    let (first, second) = pdus.split_at(160);
    let bytes = [first, &bare(19, 3, 2), second].concat();
    check(&[bind(|_| ())], &bytes, "response 0x00000000 count 26", true);
}

#[test]
fn headers_that_cannot_be_honoured() {
    let proto = "fault 0x1C01000B nca_s_proto_error";
    let header = |change: fn(&mut Vec<u8>)| {
        let mut pdu = bare(11, 3, 2);
        change(&mut pdu);
        pdu
    };
    check(&[], &header(|pdu| pdu[8] = 15), proto, false);
    check(&[], &header(|pdu| pdu[9] = 0xff), proto, false);
    check(&[], &header(|pdu| pdu[4] = 0x11), proto, false);
    check(&[], &header(|pdu| pdu[10] = 1), "bind_nak reason 4", false);
    check(&[], b"GET / HTTP/1.1\r\nHost: kms1\r\n\r\n", "not RPC, 16 octets", false);
}

#[test]
fn requests_in_other_clothes_are_served() {
    let bound = [bind(|_| ())];
    let granted = "response 0x00000000 count 26";
    let mut object = call_ndr32();
    object[3] |= 0x80;
    object.splice(24..24, [9; 16]);
    object[8..10].copy_from_slice(&308_u16.to_le_bytes());
    check(&bound, &object, granted, true);
    let mut big = call_ndr32();
    big[4] = 0;
    for field in [8..10, 10..12, 12..16, 16..20, 20..22, 22..24, 24..28, 28..32] {
        big[field].reverse();
    }
    check(&bound, &big, granted, true);
    let mut fragments = Vec::new();
    let message = seal_request(Version::V6, &base(Version::V6));
    write_call(2, 0, TransferSyntax::Ndr32, &message, 32, &mut fragments);
    check(&bound, &fragments, granted, true);
    let mut hint = call_ndr32();
    hint[16..20].fill(0xff);
    check(&bound, &hint, granted, true);
    check(&bound, &[bare(18, 3, 2), bare(19, 3, 2), call_ndr32()].concat(), granted, true);
}

#[test]
fn time_limits() {
    let at = |seconds| Moment::at(Duration::from_secs(seconds));
    let mut talk = Talk::honest();
    assert_eq!(talk.connection.next_timeout(), Some(Moment::START.plus(IDLE_LIMIT)));
    talk.send(&bind(|_| ())[..40]);
    assert_eq!(talk.connection.next_timeout(), Some(at(2)));
    talk.now = at(1);
    talk.send(&bind(|_| ())[40..50]);
    assert_eq!(talk.connection.next_timeout(), Some(at(2)), "a few more octets win no time");
    let early = talk.connection.timeout(&talk.service, at(1));
    assert_eq!(early, Reaction::default());
    let late = talk.connection.timeout(&talk.service, at(2));
    assert_eq!(late.actions, [Action::Close { after: Duration::ZERO }]);
    assert_eq!(late.entries[0].event.to_string(), "close by host");
    assert_eq!(talk.connection.next_timeout(), None);
}

#[test]
fn whoever_goes_on_talking_is_still_closed_in_the_end() {
    let mut talk = Talk::honest();
    talk.send(&bind(|_| ()));
    talk.now = Moment::START.plus(LIFE_LIMIT - Duration::from_secs(1));
    talk.send(&call_ndr32());
    assert_eq!(talk.connection.next_timeout(), Some(Moment::START.plus(LIFE_LIMIT)));
}

#[test]
fn whoever_has_to_go_sees_a_close_and_people_see_why() {
    let mut talk = Talk::honest();
    let reaction = talk.connection.make_room(&talk.service, Moment::START, "no room");
    assert_eq!(reaction.actions, [Action::Close { after: Duration::ZERO }]);
    assert_eq!(reaction.entries[0].note.as_deref(), Some("no room"));
    assert_eq!(talk.connection.make_room(&talk.service, Moment::START, "no room"), Reaction::default());
    let peer = "10.1.0.8:49200".parse().unwrap();
    let entries = Connection::turn_away(&mut talk.service, peer, Moment::START, "no room");
    let lines: Vec<String> = entries.iter().map(|entry| entry.event.to_string()).collect();
    assert_eq!(lines, ["accept from 10.1.0.8 49200", "close by host"]);
    assert_eq!(entries[1].event.connection, 2);
}

#[test]
fn the_end_from_the_other_side() {
    let mut talk = Talk::honest();
    let reaction = talk.connection.end_of_input(&talk.service, Moment::START);
    assert_eq!(reaction.entries[0].event.to_string(), "close by client");
    assert_eq!(reaction.actions, [Action::Close { after: Duration::ZERO }]);
    assert_eq!(talk.connection.end_of_input(&talk.service, Moment::START), Reaction::default());
    let mut talk = Talk::honest();
    let reaction = talk.connection.reset_by_peer(&talk.service, Moment::START);
    assert_eq!(reaction.entries[0].event.to_string(), "reset by client");
    assert!(reaction.actions.is_empty());
}
