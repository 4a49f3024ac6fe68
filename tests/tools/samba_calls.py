"""Calls a simulated KMS host with Samba's raw DCE/RPC test kit and prints, case by case, what Samba reads in its answers.

Each case is a conversation of our own; what Windows is documented to do in it stands in tests/drivers/cases.rs.
Arguments: host, port, and the stub of a request in NDR and in NDR64, in hexadecimal.
Exit code 77: the kit is not installed.
"""

import struct
import sys

try:
    from samba.dcerpc import base, dcerpc, misc
    from samba.ndr import ndr_pack
    from samba.tests.dcerpc.raw_testcase import RawDCERPCTest
except ImportError as error:
    print(error, file=sys.stderr)
    sys.exit(77)

HOST, PORT, NDR_STUB, NDR64_STUB = sys.argv[1], sys.argv[2], bytes.fromhex(sys.argv[3]), bytes.fromhex(sys.argv[4])

FIRST, LAST = dcerpc.DCERPC_PFC_FLAG_FIRST, dcerpc.DCERPC_PFC_FLAG_LAST
WHOLE = FIRST | LAST
CANCEL = dcerpc.DCERPC_PFC_FLAG_PENDING_CANCEL
SIGNING = dcerpc.DCERPC_PFC_FLAG_SUPPORT_HEADER_SIGN
MULTIPLEXING = dcerpc.DCERPC_PFC_FLAG_CONC_MPX
NOT_EXECUTED = dcerpc.DCERPC_PFC_FLAG_DID_NOT_EXECUTE
OBJECT = dcerpc.DCERPC_PFC_FLAG_OBJECT_UUID

# What the host tells clients about its port, whatever port it was given for the test.
TOLD_PORT = "1688"
CALL_ID = 7
CONTEXT = 3
LARGEST_FRAGMENT = 5840
REQUEST_HEADER = 24


def syntax(uuid, major, minor=0):
    """An interface or a transfer syntax."""
    made = misc.ndr_syntax_id()
    made.uuid = misc.GUID(uuid)
    made.if_version = minor << 16 | major
    return made


def kms(major=1, minor=0):
    return syntax("51c82175-844e-4750-b0d8-ec255555bc06", major, minor)


def features(mask):
    return base.bind_time_features_syntax(mask)


UNKNOWN = syntax("11111111-2222-3333-4444-555555555555", 1)
NDR = base.transfer_syntax_ndr()
NDR64 = base.transfer_syntax_ndr64()
NAMES = {str(NDR.uuid): " ndr32", str(NDR64.uuid): " ndr64"}


def context(number, transfer, interface=None):
    made = dcerpc.ctx_list()
    made.context_id = number
    made.num_transfer_syntaxes = len(transfer)
    made.abstract_syntax = interface or kms()
    made.transfer_syntaxes = transfer
    return made


class Raw(RawDCERPCTest):
    """The kit with a connection to our host, and without Samba's environment."""

    def setUp(self):
        self.do_ndr_print = self.do_hexdump = False
        self.ignore_random_pad = None
        self.host = self.target_hostname = HOST
        self.primary_address, self.secondary_address = PORT, None
        self.s = None
        self.call_id = None
        self.is_bound = False
        self.connect()

    def another(self):
        """A second connection to the same host."""
        made = Raw("another")
        made.setUp()
        return made

    # What is sent.

    def sends(self, pdu):
        self.call_id = pdu.call_id
        self.send_pdu(pdu)

    def binds(self, *contexts, **more):
        self.sends(self.generate_bind(call_id=more.pop("call_id", 0), ctx_list=list(contexts), **more))
        return self.answer()

    def alters(self, *contexts, **more):
        self.sends(self.generate_alter(call_id=1, ctx_list=list(contexts), **more))
        return self.answer()

    def requests(self, stub=NDR_STUB, flags=WHOLE, call_id=CALL_ID, number=CONTEXT, opnum=0, **more):
        """Sends a request or a fragment of one; reads nothing."""
        self.sends(self.generate_request(call_id=call_id, pfc_flags=flags, context_id=number, opnum=opnum, stub=stub,
                                         **more))

    def bound(self, transfer=NDR, number=CONTEXT, **more):
        answer = self.binds(context(number, [transfer]), **more)
        self.assertTrue(answer.startswith("bind_ack 0/0"), answer)

    # What is read.

    def answer(self):
        """The next PDU in words; "nothing" when the host closes instead."""
        pdu = self.recv_pdu()
        if pdu is None:
            return "nothing"
        self.assertEqual((pdu.rpc_vers, pdu.rpc_vers_minor, pdu.auth_length), (5, 0, 0))
        self.assertEqual(pdu.drep, [dcerpc.DCERPC_DREP_LE, 0, 0, 0])
        if pdu.ptype in (dcerpc.DCERPC_PKT_BIND_ACK, dcerpc.DCERPC_PKT_ALTER_RESP):
            words = self.acknowledged(pdu)
        elif pdu.ptype == dcerpc.DCERPC_PKT_BIND_NAK:
            self.assertEqual([(v.rpc_vers, v.rpc_vers_minor) for v in pdu.u.versions], [(5, 0)])
            self.assertPadding(pdu.u._pad, 3)
            words = "bind_nak %d" % pdu.u.reject_reason
        elif pdu.ptype == dcerpc.DCERPC_PKT_FAULT:
            self.assertNotEqual(pdu.u.alloc_hint, 0)
            self.assertEqual((pdu.u.cancel_count, pdu.u.flags, pdu.u.reserved), (0, 0, 0))
            self.assertEqual(len(pdu.u.error_and_verifier), 0)
            words = "fault 0x%08x context %d" % (pdu.u.status, pdu.u.context_id)
        elif pdu.ptype == dcerpc.DCERPC_PKT_RESPONSE:
            self.assertEqual(pdu.u.alloc_hint, len(pdu.u.stub_and_verifier))
            self.assertEqual(pdu.u.cancel_count, 0)
            words = "response 0x%08x context %d" % (struct.unpack("<I", pdu.u.stub_and_verifier[-4:])[0],
                                                    pdu.u.context_id)
        else:
            words = "PDU of type %d" % pdu.ptype
        self.assertEqual(pdu.pfc_flags & WHOLE, WHOLE)
        for flag, word in [(MULTIPLEXING, " multiplexing"), (SIGNING, " header signing"), (NOT_EXECUTED, " not executed")]:
            if pdu.pfc_flags & flag:
                words += word
        if pdu.call_id != self.call_id:
            words += " call %d" % pdu.call_id
        return words

    def acknowledged(self, pdu):
        is_bind = pdu.ptype == dcerpc.DCERPC_PKT_BIND_ACK
        self.assertEqual(pdu.u.max_xmit_frag, pdu.u.max_recv_frag)
        self.assertNotEqual(pdu.u.assoc_group_id, 0)
        self.assertEqual(pdu.u.secondary_address, TOLD_PORT if is_bind else "")
        self.assertEqual(pdu.u.num_results, len(pdu.u.ctx_list))
        self.is_bound = True
        self.group, self.fragment = pdu.u.assoc_group_id, pdu.u.max_xmit_frag
        words = "bind_ack" if is_bind else "alter_context_resp"
        for result in pdu.u.ctx_list:
            words += " %d/%d" % (result.result, result.reason)
            if result.result == dcerpc.DCERPC_BIND_ACK_RESULT_ACCEPTANCE:
                words += NAMES[str(result.syntax.uuid)]
            else:
                self.assertNDRSyntaxEquals(result.syntax, misc.ndr_syntax_id())
        return words

    def state(self):
        """Whether the host still listens: it answers one more alter_context, or its end of the stream comes."""
        try:
            if self.is_bound:
                self.send_pdu(self.generate_alter(call_id=99, ctx_list=[context(98, [UNKNOWN])]))
            return "open" if self.recv_pdu() is not None else "closed"
        except OSError:
            return "closed"

    def and_then(self, words):
        return "%s, %s" % (words, self.state())

    def asked(self, **more):
        self.requests(**more)
        return self.and_then(self.answer())

    # bind

    def bind(self):
        return self.and_then(self.binds(context(0, [NDR])))

    def bind_of_windows_10(self):
        return self.and_then(self.binds(context(0, [NDR]), context(1, [NDR64]), context(2, [features(3)]),
                                        pfc_flags=WHOLE | MULTIPLEXING))

    def unknown_interface(self):
        return self.and_then(self.binds(context(0, [NDR], UNKNOWN)))

    def other_interface_version(self):
        return self.and_then(self.binds(context(0, [NDR], kms(2))))

    def newer_minor_version(self):
        return self.and_then(self.binds(context(0, [NDR], kms(1, 1))))

    def unknown_encoding(self):
        return self.and_then(self.binds(context(0, [UNKNOWN])))

    def several_encodings(self):
        return self.and_then(self.binds(context(0, [NDR, NDR64])))

    def unknown_encodings_first(self):
        return self.and_then(self.binds(context(0, [UNKNOWN, UNKNOWN, NDR])))

    def two_contexts_alike(self):
        return self.and_then(self.binds(context(0, [NDR]), context(1, [NDR])))

    def features_asked(self):
        return self.and_then(self.binds(context(0, [NDR]), context(1, [features(3)])))

    def features_unknown(self):
        return self.and_then(self.binds(context(0, [NDR]), context(1, [features(0xffff)])))

    def features_and_an_encoding(self):
        return self.and_then(self.binds(context(0, [features(2), NDR]), context(1, [NDR])))

    def features_not_first(self):
        return self.and_then(self.binds(context(0, [NDR, features(3)])))

    def two_feature_contexts(self):
        return self.and_then(self.binds(context(0, [NDR]), context(1, [features(3)]), context(2, [features(3)])))

    def no_context(self):
        return self.and_then(self.binds())

    def context_without_encoding(self):
        return self.and_then(self.binds(context(0, [])))

    def second_bind(self):
        self.bound()
        self.is_bound = False
        return self.and_then(self.binds(context(0, [NDR])))

    def unknown_group(self):
        return self.and_then(self.binds(context(0, [NDR]), assoc_group_id=77))

    def group_joined(self):
        self.bound()
        other = self.another()
        other.bound(assoc_group_id=self.group)
        self.assertEqual(other.group, self.group)
        return other.asked()

    def group_shares_no_context(self):
        self.bound()
        other = self.another()
        other.bound(assoc_group_id=self.group, number=CONTEXT + 1)
        return other.asked()

    def group_left_by_all(self):
        self.bound()
        self.s.shutdown(1)
        self.assertEqual(self.s.recv(1), b"")
        other = self.another()
        return other.and_then(other.binds(context(0, [NDR]), assoc_group_id=self.group))

    def groups_differ(self):
        self.bound()
        other = self.another()
        other.bound()
        return "differ" if self.group != other.group else "the same"

    def old_rpc_version(self):
        pdu = self.generate_bind(call_id=0, ctx_list=[context(0, [NDR])])
        pdu.rpc_vers = 4
        self.sends(pdu)
        return self.and_then(self.answer())

    def unknown_minor_rpc_version(self):
        pdu = self.generate_bind(call_id=0, ctx_list=[context(0, [NDR])])
        pdu.rpc_vers_minor = 9
        self.sends(pdu)
        return self.and_then(self.answer())

    def authenticated(self, level):
        auth = self.generate_auth(auth_type=dcerpc.DCERPC_AUTH_TYPE_KRB5, auth_level=level, auth_context_id=1,
                                  auth_blob=b"nobody knows")
        return self.and_then(self.binds(context(0, [NDR]), auth_info=auth))

    def authenticated_bind(self):
        return self.authenticated(dcerpc.DCERPC_AUTH_LEVEL_CONNECT)

    def authenticated_bind_unknown_level(self):
        return self.authenticated(7)

    def authentication_longer_than_the_bind(self):
        pdu = self.generate_bind(call_id=0, ctx_list=[])
        pdu.auth_length = 8
        self.sends(pdu)
        return self.and_then(self.answer())

    def flags(self, flags):
        return self.and_then(self.binds(context(0, [NDR]), pfc_flags=flags))

    def flag_multiplexing(self):
        return self.flags(WHOLE | MULTIPLEXING)

    def flag_header_signing(self):
        return self.flags(WHOLE | SIGNING)

    def flags_all_others(self):
        return self.flags(0xe8)

    def sizes(self, transmit, receive):
        self.bound(max_xmit_frag=transmit, max_recv_frag=receive)
        return self.fragment

    def fragment_sizes(self):
        asked = [(5840, 5840), (0xffff, 0xffff), (0, 0xffff), (0xffff, 0), (3199, 0xffff), (0xffff, 3199), (3199, 0)]
        return " ".join(str(self.another().sizes(*pair)) for pair in asked)

    # alter_context

    def alter_adds(self):
        self.bound()
        return self.and_then(self.alters(context(4, [NDR])))

    def alter_of_windows_10(self):
        self.binds(context(0, [NDR]), context(1, [NDR64]), context(2, [features(3)]), pfc_flags=WHOLE | MULTIPLEXING)
        return self.and_then(self.alters(context(0, [NDR]), pfc_flags=WHOLE | MULTIPLEXING))

    def alter_unknown_interface(self):
        self.bound()
        return self.and_then(self.alters(context(4, [NDR], UNKNOWN)))

    def alter_two_contexts(self):
        self.bound()
        return self.and_then(self.alters(context(4, [NDR]), context(5, [NDR])))

    def alter_no_context(self):
        self.bound()
        return self.and_then(self.alters())

    def alter_context_without_encoding(self):
        self.bound()
        return self.and_then(self.alters(context(4, [])))

    def alter_other_encoding(self):
        self.bound()
        return self.and_then(self.alters(context(CONTEXT, [NDR64])))

    def alter_unknown_encoding(self):
        self.bound()
        return self.and_then(self.alters(context(CONTEXT, [UNKNOWN])))

    def alter_before_bind(self):
        return self.and_then(self.alters(context(0, [NDR])))

    def alter_sizes_and_group(self):
        self.bound()
        group = self.group
        words = self.alters(context(4, [NDR]), max_xmit_frag=2048, max_recv_frag=2048, assoc_group_id=group ^ 1)
        self.assertEqual((self.group, self.fragment), (group, LARGEST_FRAGMENT))
        return self.and_then(words)

    # request

    def call(self):
        self.bound()
        return self.asked()

    def call_ndr64(self):
        self.bound(NDR64)
        return self.asked(stub=NDR64_STUB)

    def call_big_endian(self):
        self.bound()
        request = self.generate_request(call_id=CALL_ID, context_id=CONTEXT, opnum=0, stub=NDR_STUB)
        octets = ndr_pack(request)
        # frag_length, auth_length, call_id; alloc_hint, p_cont_id, opnum; requestSize and its conformance.
        numbers = struct.unpack_from("<HHIIHHII", octets, 8)
        self.call_id = CALL_ID
        self.s.sendall(octets[:4] + bytes(4) + struct.pack(">HHIIHHII", *numbers) + octets[32:])
        return self.and_then(self.answer())

    def call_with_object(self):
        self.bound()
        return self.asked(flags=WHOLE | OBJECT, object=misc.GUID("99999999-8888-7777-6666-555555555555"))

    def call_id_high(self):
        self.bound()
        return self.asked(call_id=0xfffffffe)

    def context_above_255(self):
        self.bound(number=0x0203)
        return self.asked(number=0x0203)

    def hint_too_high(self):
        self.bound()
        return self.asked(alloc_hint=0xffffffff)

    def hint_too_low(self):
        self.bound()
        return self.asked(alloc_hint=1)

    def fragments(self):
        self.bound()
        self.requests(NDR_STUB[:100], FIRST)
        self.requests(NDR_STUB[100:101], 0)
        return self.asked(stub=NDR_STUB[101:], flags=LAST)

    def fragment_larger_than_agreed(self):
        self.bound(max_xmit_frag=2048, max_recv_frag=2048)
        self.assertEqual(self.fragment, 2048)
        return self.asked(stub=NDR_STUB + bytes(3000 - len(NDR_STUB)))

    def largest_fragment(self):
        self.bound()
        return self.asked(stub=NDR_STUB + bytes(LARGEST_FRAGMENT - REQUEST_HEADER - len(NDR_STUB)))

    def fragment_too_large(self):
        self.bound()
        return self.asked(stub=bytes(LARGEST_FRAGMENT - REQUEST_HEADER + 1))

    def unaccepted_context(self):
        self.bound()
        return self.asked(number=12345)

    def unknown_operation(self):
        self.bound()
        return self.asked(opnum=1)

    def sizes_that_lie(self):
        self.bound()
        return self.asked(stub=struct.pack("<I", 0xffffffff) + NDR_STUB[4:])

    def empty_stub(self):
        self.bound()
        return self.asked(stub=b"")

    def call_before_bind(self):
        return self.asked()

    def call_with_authentication(self):
        self.bound()
        auth = self.generate_auth(auth_type=dcerpc.DCERPC_AUTH_TYPE_KRB5, auth_level=dcerpc.DCERPC_AUTH_LEVEL_PACKET,
                                  auth_context_id=1, auth_blob=b"nobody knows")
        return self.asked(auth_info=auth)

    def two_calls(self):
        self.bound()
        self.requests()
        first = self.answer()
        return "%s; %s" % (first, self.asked(call_id=8))

    def first_fragment_twice(self):
        self.bound()
        self.requests(flags=FIRST)
        return self.asked(flags=FIRST)

    def last_fragment_alone(self):
        self.bound()
        return self.asked(flags=LAST)

    def middle_fragment_alone(self):
        self.bound()
        return self.asked(flags=0)

    def another_call_inside(self):
        self.bound()
        self.requests(flags=FIRST, call_id=50)
        return self.asked(flags=FIRST, call_id=51)

    def another_call_inside_multiplexed(self):
        self.bound(pfc_flags=WHOLE | MULTIPLEXING)
        self.requests(flags=FIRST, call_id=50)
        return self.asked(call_id=51)

    def announced_too_large(self):
        self.bound()
        return self.asked(flags=FIRST, alloc_hint=0x400001)

    def cancelled_in_the_first_fragment(self):
        self.bound()
        return self.asked(flags=FIRST | CANCEL)

    def cancelled_in_a_later_fragment(self):
        self.bound()
        self.requests(NDR_STUB[:100], FIRST)
        return self.asked(stub=NDR_STUB[100:], flags=LAST | CANCEL)

    # co_cancel, orphaned and what a client never sends

    def co_cancel(self):
        self.bound()
        self.send_pdu(self.generate_co_cancel(call_id=3))
        return self.asked()

    def co_cancel_inside_a_call(self):
        self.bound()
        self.requests(NDR_STUB[:100], FIRST)
        self.send_pdu(self.generate_co_cancel(call_id=CALL_ID))
        return self.asked(stub=NDR_STUB[100:], flags=LAST)

    def orphaned(self):
        self.bound()
        self.send_pdu(self.generate_orphaned(call_id=3))
        return self.asked()

    def orphaned_and_finished(self):
        self.bound()
        self.requests(NDR_STUB[:100], FIRST)
        self.send_pdu(self.generate_orphaned(call_id=CALL_ID))
        return self.asked(stub=NDR_STUB[100:], flags=LAST)

    def orphaned_and_another_call(self):
        self.bound()
        self.requests(NDR_STUB[:100], FIRST, call_id=50)
        self.send_pdu(self.generate_orphaned(call_id=50))
        return self.asked(call_id=51)

    def orphaned_and_another_call_multiplexed(self):
        self.bound(pfc_flags=WHOLE | MULTIPLEXING)
        self.requests(NDR_STUB[:100], FIRST, call_id=50)
        self.send_pdu(self.generate_orphaned(call_id=50))
        return self.asked(call_id=51)

    def endless_fragments(self):
        self.bound()
        self.requests(b"", FIRST)
        for _ in range(63):
            self.requests(b"", 0)
        return self.asked(stub=b"", flags=0)

    def shutdown_from_a_client(self):
        self.bound()
        self.sends(self.generate_shutdown(call_id=3))
        return self.and_then(self.answer())


# In the order in which they stand above, which is that of the document.
CASES = [name for name in vars(Raw) if name not in {
    "setUp", "another", "sends", "binds", "alters", "requests", "bound", "answer", "acknowledged", "state", "and_then",
    "asked", "authenticated", "flags", "sizes"} and not name.startswith("_")]

for case in CASES:
    raw = Raw(case)
    raw.setUp()
    print("%s: %s" % (case, getattr(raw, case)()))
    raw._disconnect("done")
