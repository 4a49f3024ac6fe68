"""Calls a simulated KMS host with Samba's raw DCE/RPC test kit and prints what Samba makes of its answers.

Arguments: host, port, and the stub of a request in NDR and in NDR64, in hexadecimal.
Exit code 77: the kit is not installed.
"""

import sys

try:
    from samba.dcerpc import dcerpc, misc
    from samba.tests.dcerpc.raw_testcase import RawDCERPCTest
except ImportError as error:
    print(error, file=sys.stderr)
    sys.exit(77)

HOST, PORT, NDR_STUB, NDR64_STUB = sys.argv[1], sys.argv[2], bytes.fromhex(sys.argv[3]), bytes.fromhex(sys.argv[4])

FIRST, LAST = dcerpc.DCERPC_PFC_FLAG_FIRST, dcerpc.DCERPC_PFC_FLAG_LAST
WHOLE = FIRST | LAST
CALL_ID = 7
CONTEXT = 3


def syntax(uuid, major, minor=0):
    """An interface or a transfer syntax."""
    made = misc.ndr_syntax_id()
    made.uuid = misc.GUID(uuid)
    made.if_version = minor << 16 | major
    return made


KMS = syntax("51c82175-844e-4750-b0d8-ec255555bc06", 1)
UNKNOWN = syntax("11111111-2222-3333-4444-555555555555", 1)
NDR = syntax("8a885d04-1ceb-11c9-9fe8-08002b104860", 2)
NDR64 = syntax("71710533-beba-4937-8319-b5dbef9ccc36", 1)


class Raw(RawDCERPCTest):
    """The kit with a connection to our host, and without Samba's environment."""

    def setUp(self):
        self.do_ndr_print = self.do_hexdump = False
        self.ignore_random_pad = None
        self.host = self.target_hostname = HOST
        self.primary_address, self.secondary_address = PORT, None
        self.s = None
        self.connect()

    def bound(self, abstract, transfer):
        """Binds one context; the result and the reason."""
        context = dcerpc.ctx_list()
        context.context_id = CONTEXT
        context.num_transfer_syntaxes = 1
        context.abstract_syntax = abstract
        context.transfer_syntaxes = [transfer]
        self.send_pdu(self.generate_bind(call_id=0, ctx_list=[context]))
        ack = self.recv_pdu()
        self.verify_pdu(ack, dcerpc.DCERPC_PKT_BIND_ACK, 0, auth_length=0)
        self.assertEqual(ack.u.num_results, 1)
        self.assertNotEqual(ack.u.assoc_group_id, 0)
        answer = ack.u.ctx_list[0]
        if answer.result == 0:
            self.assertNDRSyntaxEquals(answer.syntax, transfer)
        return answer.result, answer.reason

    def asked(self, parts, opnum=0, uuid=None):
        """Sends a request in parts; the answer."""
        for number, part in enumerate(parts):
            flags = (FIRST if number == 0 else 0) | (LAST if number == len(parts) - 1 else 0)
            if uuid is not None:
                flags |= dcerpc.DCERPC_PFC_FLAG_OBJECT_UUID
            rest = sum(len(part) for part in parts[number:])
            self.send_pdu(self.generate_request(call_id=CALL_ID, pfc_flags=flags, alloc_hint=rest, context_id=CONTEXT,
                                                opnum=opnum, object=uuid, stub=part))
        return self.recv_pdu()

    def result(self, parts, **more):
        """The return value of a call."""
        answer = self.asked(parts, **more)
        self.verify_pdu(answer, dcerpc.DCERPC_PKT_RESPONSE, CALL_ID, auth_length=0)
        self.assertEqual(answer.u.context_id, CONTEXT)
        self.assertEqual(answer.u.alloc_hint, len(answer.u.stub_and_verifier))
        return "0x%08x" % int.from_bytes(answer.u.stub_and_verifier[-4:], "little")

    def accepted_bind(self):
        return self.bound(KMS, NDR)

    def unknown_interface(self):
        return self.bound(UNKNOWN, NDR)

    def call(self):
        self.bound(KMS, NDR)
        return self.result([NDR_STUB])

    def opnum_out_of_range(self):
        self.bound(KMS, NDR)
        fault = self.asked([NDR_STUB], opnum=1)
        self.verify_pdu(fault, dcerpc.DCERPC_PKT_FAULT, CALL_ID, pfc_flags=fault.pfc_flags, auth_length=0)
        return "0x%08x" % fault.u.status

    def fragmented_request(self):
        self.bound(KMS, NDR)
        return self.result([NDR_STUB[:100], NDR_STUB[100:101], NDR_STUB[101:]])

    def object_uuid(self):
        self.bound(KMS, NDR)
        return self.result([NDR_STUB], uuid=misc.GUID("99999999-8888-7777-6666-555555555555"))

    def ndr64(self):
        self.bound(KMS, NDR64)
        return self.result([NDR64_STUB])


for case in ["accepted_bind", "unknown_interface", "call", "opnum_out_of_range", "fragmented_request", "object_uuid", "ndr64"]:
    raw = Raw(case)
    raw.setUp()
    print("%s: %s" % (case, getattr(raw, case)()))
    raw._disconnect("done")
