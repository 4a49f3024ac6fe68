//! What a client can ask of an RPC server, case by case, and what Windows is documented to do: data, and the table made of it.
//!
//! The words of an outcome are those of `tests/tools/samba_calls.py`. Where Windows' own behaviour is known only from the tests that
//! Samba's authors ran against Windows servers, the name of the test is the source. Case and expectation are our own words.

/// What a client does and what a Windows server does about it.
pub(crate) struct Case {
    /// Its name in the scripts.
    pub(crate) name: &'static str,
    /// What the client does.
    does: &'static str,
    /// What Windows is documented to do; none where no document says it.
    pub(crate) windows: Option<&'static str>,
    /// Who says so, or why we do what we do where nobody says it.
    source: &'static str,
}

const fn case(name: &'static str, does: &'static str, windows: &'static str, source: &'static str) -> Case {
    Case { name, does, windows: Some(windows), source }
}

/// A case of which no document says what Windows does.
const fn open(name: &'static str, does: &'static str, source: &'static str) -> Case {
    Case { name, does, windows: None, source }
}

const GRANTED: &str = "response 0x00000000 context 3, open";
const NAK: &str = "bind_nak 0, closed";
const PROTOCOL: &str = "fault 0x1c01000b context 0, closed";
const PROTOCOL_NOT_EXECUTED: &str = "fault 0x1c01000b context 0 not executed, closed";
const DENIED: &str = "fault 0x00000005 context 3, closed";
const REJECTED: &str = "bind_ack 2/1, open";

/// Every case, in the order of the script.
pub(crate) const CASES: [Case; 76] = [
    case("bind", "binds one context", "bind_ack 0/0 ndr32, open", "[C706] 12.6.4.3, 12.6.4.4"),
    case(
        "bind_of_windows_10",
        "binds NDR32, NDR64 and features, each in a context of its own",
        "bind_ack 2/2 0/0 ndr64 3/3 multiplexing, open",
        "[MS-RPCE] 3.3.1.5.6; a capture of Windows 11",
    ),
    case(
        "unknown_interface",
        "binds an interface that nobody has",
        REJECTED,
        "[C706] 12.6.3.1; Samba presentation_ctx_invalid1",
    ),
    case("other_interface_version", "binds version 2.0 of the interface", REJECTED, "[C706] 13.2.6.2"),
    case("newer_minor_version", "binds version 1.1 of the interface", REJECTED, "[C706] 13.2.6.2"),
    case("unknown_encoding", "offers an unknown transfer syntax", "bind_ack 2/2, open", "[C706] 12.6.3.1"),
    case(
        "several_encodings",
        "offers NDR32 and NDR64 in one context",
        "bind_ack 0/0 ndr64, open",
        "[MS-RPCE] 3.3.1.5.6: the server's preferred one",
    ),
    case(
        "unknown_encodings_first",
        "offers two unknown transfer syntaxes, then NDR32",
        "bind_ack 0/0 ndr32, open",
        "Samba presentation_ctx_invalid3",
    ),
    case(
        "two_contexts_alike",
        "offers NDR32 in two contexts",
        "bind_ack 0/0 ndr32 2/2, open",
        "[MS-RPCE] 3.3.1.5.6: at most one is accepted",
    ),
    case("features_asked", "asks for both bind time features", "bind_ack 0/0 ndr32 3/3, open", "[MS-RPCE] 3.3.1.5.3"),
    case(
        "features_unknown",
        "asks for features that nobody has",
        "bind_ack 0/0 ndr32 3/3, open",
        "[MS-RPCE] 3.3.1.5.3: those asked for and supported",
    ),
    case(
        "features_and_an_encoding",
        "asks for one feature and names NDR32 after it",
        "bind_ack 3/2 0/0 ndr32, open",
        "Samba bind_time_keep_on_orphan_ignore_additional",
    ),
    case(
        "features_not_first",
        "asks for features after NDR32 in one context",
        "bind_ack 0/0 ndr32, open",
        "Samba bind_time_only_first",
    ),
    case(
        "two_feature_contexts",
        "asks for features in two contexts",
        NAK,
        "[MS-RPCE] 3.3.1.5.3; Samba bind_time_twice",
    ),
    case("no_context", "binds no context", NAK, "Samba no_auth_no_ctx, no_auth_invalid_valid_request"),
    case(
        "context_without_encoding",
        "binds a context without a transfer syntax",
        NAK,
        "Samba presentation_ctx_invalid2",
    ),
    case("second_bind", "binds twice on one connection", NAK, "Samba no_auth_valid_valid_request"),
    case("unknown_group", "joins an association group that does not exist", NAK, "Samba assoc_group_fail1"),
    case("group_joined", "joins the group of another connection, and calls", GRANTED, "Samba assoc_group_ok1"),
    case(
        "group_shares_no_context",
        "joins a group and calls in a context of the other connection",
        "fault 0x1c010003 context 0 not executed, open",
        "Samba assoc_group_ok1",
    ),
    case("group_left_by_all", "joins a group whose connections are closed", NAK, "Samba assoc_group_fail2"),
    case("groups_differ", "binds on two connections", "differ", "Samba assoc_group_diff1"),
    case("old_rpc_version", "binds with version 4 of RPC", "bind_nak 4, closed", "[C706] 12.6.4.5"),
    case("unknown_minor_rpc_version", "binds with version 5.9 of RPC", "bind_nak 4, closed", "[C706] 12.6.4.5"),
    case(
        "authenticated_bind",
        "authenticates with a package that the server has not registered",
        "bind_nak 8, closed",
        "[MS-RPCE] 2.2.2.5; Samba auth_none_connect_bind",
    ),
    case("authenticated_bind_unknown_level", "authenticates at level 7", NAK, "Samba auth_none_7_bind"),
    case(
        "authentication_longer_than_the_bind",
        "claims an authentication value that is not there",
        "bind_nak 4, closed",
        "Samba invalid_auth_noctx",
    ),
    case(
        "flag_multiplexing",
        "asks for concurrent multiplexing",
        "bind_ack 0/0 ndr32 multiplexing, open",
        "Samba no_auth_request_bind_pfc_CONC_MPX",
    ),
    case(
        "flag_header_signing",
        "asks for header signing",
        "bind_ack 0/0 ndr32 header signing, open",
        "Samba no_auth_request_bind_pfc_HDR_SIGNING",
    ),
    case(
        "flags_all_others",
        "sets every other flag and neither first nor last",
        "bind_ack 0/0 ndr32, open",
        "Samba no_auth_request_bind_pfc_08 and its kin",
    ),
    case(
        "fragment_sizes",
        "offers fragments of 5840/5840, 65535/65535, 0/65535, 65535/0, 3199/65535, 65535/3199, 3199/0",
        "5840 5840 2048 2048 3192 3192 2048",
        "Samba neg_xmit_*",
    ),
    case("alter_adds", "adds a context", "alter_context_resp 0/0 ndr32, open", "[C706] 12.6.4.1"),
    case(
        "alter_of_windows_10",
        "asks for NDR32 after the host chose NDR64",
        "alter_context_resp 0/0 ndr32, open",
        "a capture of Windows 11: no multiplexing in the answer",
    ),
    case(
        "alter_unknown_interface",
        "adds an interface that nobody has",
        "alter_context_resp 2/1, open",
        "Samba presentation_ctx_invalid1",
    ),
    case(
        "alter_two_contexts",
        "adds two contexts at once",
        "alter_context_resp 0/0 ndr32 2/2, open",
        "[MS-RPCE] 3.3.1.5.6: at most one is accepted",
    ),
    case("alter_no_context", "alters without a context", PROTOCOL_NOT_EXECUTED, "Samba alter_no_auth_no_ctx"),
    case(
        "alter_context_without_encoding",
        "adds a context without a transfer syntax",
        PROTOCOL_NOT_EXECUTED,
        "Samba presentation_ctx_invalid3",
    ),
    case(
        "alter_other_encoding",
        "offers NDR64 for a context that has NDR32",
        PROTOCOL_NOT_EXECUTED,
        "Samba presentation_ctx_invalid4",
    ),
    case(
        "alter_unknown_encoding",
        "offers an unknown transfer syntax for a context that has NDR32",
        "alter_context_resp 2/2, open",
        "Samba presentation_ctx_valid2",
    ),
    case(
        "alter_before_bind",
        "alters before any bind",
        PROTOCOL_NOT_EXECUTED,
        "Samba do_generic_bind, start_with_alter",
    ),
    case(
        "alter_sizes_and_group",
        "alters with other sizes and another group",
        "alter_context_resp 0/0 ndr32, open",
        "Samba neg_xmit_*: both are ignored",
    ),
    case("call", "asks in NDR32", GRANTED, "[C706] 12.6.4.9, 12.6.4.10"),
    case("call_ndr64", "asks in NDR64", GRANTED, "[MS-RPCE] 2.2.5"),
    case("call_big_endian", "asks in big-endian integers", GRANTED, "[C706] 14.1: the receiver makes it right"),
    case("call_with_object", "names an object", GRANTED, "[C706] 12.6.4.9"),
    case("call_id_high", "numbers its call 0xfffffffe", GRANTED, "[C706] 12.6.3.1: the id comes back"),
    case(
        "context_above_255",
        "calls in context 0x0203",
        GRANTED,
        "Samba do_single_request: the low octet comes back in a response",
    ),
    case("hint_too_high", "hints at a stub of 4 GiB", GRANTED, "Samba alloc_hint"),
    case("hint_too_low", "hints at a stub of one octet", GRANTED, "Samba alloc_hint"),
    case("fragments", "sends a request in three fragments", GRANTED, "[C706] 12.6.4.9; Samba fragmented_requests01"),
    case(
        "fragment_larger_than_agreed",
        "sends 3024 octets where 2048 were agreed",
        GRANTED,
        "Samba neg_xmit_*: 5840 octets are always taken",
    ),
    case("largest_fragment", "sends 5840 octets", GRANTED, "Samba neg_xmit_*"),
    case("fragment_too_large", "sends 5841 octets", PROTOCOL, "Samba neg_xmit_*"),
    case(
        "unaccepted_context",
        "calls in a context that was not accepted",
        "fault 0x1c010003 context 0 not executed, open",
        "Samba presentation_ctx_invalid1",
    ),
    case(
        "unknown_operation",
        "calls operation 1",
        "fault 0x1c010002 context 3 not executed, open",
        "Samba presentation_ctx_valid1",
    ),
    open(
        "sizes_that_lie",
        "sends a stub whose sizes do not fit it",
        "RPC_X_BAD_STUB_DATA is what the status is for ([MS-ERREF] 2.2)",
    ),
    open("empty_stub", "sends an empty stub", "as above"),
    open("call_before_bind", "calls before any bind", "as after other breaches of the protocol"),
    case(
        "call_with_authentication",
        "authenticates a call after a bind without",
        DENIED,
        "Samba auth_none_packet_request",
    ),
    case(
        "two_calls",
        "calls twice",
        "response 0x00000000 context 3; response 0x00000000 context 3, open",
        "[C706] chapter 9: an association serves many calls",
    ),
    case(
        "first_fragment_twice",
        "sends the first fragment of a call twice",
        "fault 0x1c01000b context 3, closed",
        "Samba first_only_requests",
    ),
    case("last_fragment_alone", "sends a last fragment alone", PROTOCOL, "Samba last_only_requests"),
    case("middle_fragment_alone", "sends a middle fragment alone", PROTOCOL, "Samba none_only_requests"),
    case(
        "another_call_inside",
        "begins call 51 inside call 50",
        "fault 0x1c01000b context 3 call 50, closed",
        "Samba mix_requests",
    ),
    case(
        "another_call_inside_multiplexed",
        "the same, with multiplexing",
        PROTOCOL,
        "Samba orphaned_request_after_first_mpx_no_last",
    ),
    case(
        "announced_too_large",
        "announces a stub of 4 MiB and an octet, in fragments",
        DENIED,
        "Samba fragmented_requests04",
    ),
    case(
        "cancelled_in_the_first_fragment",
        "cancels in the first fragment",
        "fault 0x000006bd context 0 not executed, closed",
        "Samba first_cancel_requests",
    ),
    case("cancelled_in_a_later_fragment", "cancels in the last fragment", GRANTED, "Samba last_cancel_requests"),
    case("co_cancel", "cancels a call that does not exist", GRANTED, "Samba co_cancel_no_request"),
    case("co_cancel_inside_a_call", "cancels between two fragments", GRANTED, "Samba co_cancel_request_after_first"),
    case("orphaned", "abandons a call that does not exist", GRANTED, "Samba orphaned_no_request"),
    case(
        "orphaned_and_finished",
        "abandons a call and sends its last fragment",
        GRANTED,
        "Samba orphaned_request_after_first_last",
    ),
    case(
        "orphaned_and_another_call",
        "abandons call 50 and begins call 51",
        "fault 0x1c01000b context 3 call 50, closed",
        "Samba orphaned_request_after_first_no_last",
    ),
    case(
        "orphaned_and_another_call_multiplexed",
        "the same, with multiplexing",
        PROTOCOL,
        "Samba orphaned_request_after_first_mpx_no_last",
    ),
    open(
        "endless_fragments",
        "sends 65 fragments of one call",
        "our own limit (64 fragments, 64 KiB); Windows refuses so above 4 MiB, Samba fragmented_requests05",
    ),
    open("shutdown_from_a_client", "sends a PDU that only servers send", "as after other breaches of the protocol"),
];

/// What stands above the table.
const HEAD: &str = "\
# RPC as Windows does it

A KMS client sees RPC before it sees KMS, so the simulated KMS host follows Windows' rules of RPC where they are known. Each row
is a conversation that another program holds with the host: Samba's raw DCE/RPC kit, which can break every rule, and impacket, a
client. \"We do\" is what Samba reads in the host's answers: the PDU with its results or its status, then whether the connection
is still open. The last column is what impacket tells its caller. Sources: [C706] is the standard, [MS-RPCE] what Microsoft adds to
it, \"Samba\" a test of `raw_protocol.py` that Samba's authors hold against Windows.

This file is generated by `tests/drivers.rs`, which holds \"We do\" against \"Windows\" (`KMSLAB_BLESS=1` rewrites it). Not in it: a
server may close a connection that is idle; ours does after 120 s without a shutdown PDU, and no document says what Windows does.

| The client | Windows | Source | We do | impacket says |
|---|---|---|---|---|
";

/// The table: the documents beside what the judges saw.
pub(crate) fn table(samba: &[(String, String)], impacket: &[(String, String)]) -> String {
    let seen = |list: &[(String, String)], name: &str| {
        list.iter().find(|(case, _)| case == name).map_or_else(String::new, |(_, outcome)| outcome.clone())
    };
    let mut text = HEAD.to_owned();
    for Case { name, does, windows, source } in &CASES {
        let we = seen(samba, name);
        let we = if *windows == Some(we.as_str()) { "the same".to_owned() } else { we };
        let cells = [*does, windows.unwrap_or("not documented"), *source, &we, &seen(impacket, name)];
        text.push_str(&format!("| {} |\n", cells.join(" | ")));
    }
    text
}
