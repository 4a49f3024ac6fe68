"""Calls a simulated KMS host with impacket and prints, case by case, what impacket makes of its answers.

The cases have the names of those of samba_calls.py; impacket is a client and cannot break every rule.
Arguments: host, port, and the stub of a request in NDR and in NDR64, in hexadecimal.
Exit code 77: impacket is not installed.
"""

import sys

try:
    from impacket.dcerpc.v5 import transport
    from impacket.dcerpc.v5.rpcrt import DCERPCException, RPC_C_AUTHN_LEVEL_CONNECT, RPC_C_AUTHN_WINNT
    from impacket.uuid import string_to_bin, uuidtup_to_bin
except ImportError as error:
    print(error, file=sys.stderr)
    sys.exit(77)

HOST, PORT, NDR_STUB, NDR64_STUB = sys.argv[1], sys.argv[2], bytes.fromhex(sys.argv[3]), bytes.fromhex(sys.argv[4])

KMS_ID = "51c82175-844e-4750-b0d8-ec255555bc06"
UNKNOWN_ID = "11111111-2222-3333-4444-555555555555"
KMS = uuidtup_to_bin((KMS_ID, "1.0"))
NDR64 = ("71710533-beba-4937-8319-b5dbef9ccc36", "1.0")
OBJECT = string_to_bin("99999999-8888-7777-6666-555555555555")

PATIENCE = 10
FRAGMENT = 100


def connected():
    """A connection of its own for each case."""
    tower = transport.DCERPCTransportFactory("ncacn_ip_tcp:%s[%s]" % (HOST, PORT))
    tower.set_connect_timeout(PATIENCE)
    rpc = tower.get_dce_rpc()
    rpc.connect()
    return rpc


def bound(interface=KMS, **more):
    rpc = connected()
    rpc.bind(interface, **more)
    return rpc


def result(rpc, stub=NDR_STUB, opnum=0, uuid=None):
    """The return value of a call."""
    rpc.call(opnum, stub, uuid)
    return "0x%08x" % int.from_bytes(rpc.recv()[-4:], "little")


def fragments():
    rpc = bound()
    rpc.set_max_fragment_size(FRAGMENT)
    return result(rpc)


def second_bind():
    rpc = bound()
    rpc.bind(KMS)
    return "bound twice"


def unaccepted_context():
    rpc = bound()
    # The presentation context of the next request; impacket numbers its own from 0.
    rpc._ctx = 77
    return result(rpc)


def authenticated_bind():
    rpc = connected()
    rpc.set_credentials("nobody", "nothing")
    rpc.set_auth_type(RPC_C_AUTHN_WINNT)
    rpc.set_auth_level(RPC_C_AUTHN_LEVEL_CONNECT)
    rpc.bind(KMS)
    return "authenticated"


def two_calls():
    rpc = bound()
    return "%s %s" % (result(rpc), result(rpc))


CASES = {
    "bind": lambda: bound() and "bound",
    "unknown_interface": lambda: bound(uuidtup_to_bin((UNKNOWN_ID, "1.0"))) and "bound",
    "other_interface_version": lambda: bound(uuidtup_to_bin((KMS_ID, "2.0"))) and "bound",
    "unknown_encoding": lambda: bound(transfer_syntax=(UNKNOWN_ID, "1.0")) and "bound",
    "two_contexts_alike": lambda: bound(bogus_binds=2) and "bound",
    "second_bind": second_bind,
    "authenticated_bind": authenticated_bind,
    "alter_adds": lambda: result(bound().alter_ctx(KMS)),
    "alter_unknown_interface": lambda: bound().alter_ctx(uuidtup_to_bin((UNKNOWN_ID, "1.0"))) and "altered",
    "call": lambda: result(bound()),
    "call_ndr64": lambda: result(bound(transfer_syntax=NDR64), NDR64_STUB),
    "call_with_object": lambda: result(bound(), uuid=OBJECT),
    "fragments": fragments,
    "unaccepted_context": unaccepted_context,
    "unknown_operation": lambda: result(bound(), opnum=1),
    "sizes_that_lie": lambda: result(bound(), b"\xff\xff\xff\xff" + NDR_STUB[4:]),
    "two_calls": two_calls,
}

for name, case in CASES.items():
    try:
        outcome = case()
    except DCERPCException as refused:
        # What stands in brackets is advice of some versions only; the name of a status stands last.
        outcome = str(refused).split(" (")[0].split(": ")[-1].strip()
        outcome = outcome.split(" - ")[-1]
    except Exception as broken:
        outcome = "%s: %s" % (type(broken).__name__, broken)
    print("%s: %s" % (name, outcome))
