"""Calls a simulated KMS host with impacket and prints what impacket makes of its answers.

Arguments: host, port, and the stub of a request in NDR and in NDR64, in hexadecimal.
Exit code 77: impacket is not installed.
"""

import sys

try:
    from impacket.dcerpc.v5 import transport
    from impacket.dcerpc.v5.rpcrt import DCERPCException
    from impacket.uuid import string_to_bin, uuidtup_to_bin
except ImportError as error:
    print(error, file=sys.stderr)
    sys.exit(77)

HOST, PORT, NDR_STUB, NDR64_STUB = sys.argv[1], sys.argv[2], bytes.fromhex(sys.argv[3]), bytes.fromhex(sys.argv[4])

KMS = uuidtup_to_bin(("51c82175-844e-4750-b0d8-ec255555bc06", "1.0"))
UNKNOWN = uuidtup_to_bin(("11111111-2222-3333-4444-555555555555", "1.0"))
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


def bound(**more):
    rpc = connected()
    rpc.bind(KMS, **more)
    return rpc


def result(rpc, stub, opnum=0, uuid=None):
    """The return value of a call."""
    rpc.call(opnum, stub, uuid)
    return "0x%08x" % int.from_bytes(rpc.recv()[-4:], "little")


def refusal(attempt):
    """How impacket words a refusal."""
    try:
        return "not refused: %s" % attempt()
    except DCERPCException as refused:
        return str(refused)


def fragmented_request():
    rpc = bound()
    rpc.set_max_fragment_size(FRAGMENT)
    return result(rpc, NDR_STUB)


CASES = {
    "accepted_bind": lambda: bound() and "bound",
    "unknown_interface": lambda: refusal(lambda: connected().bind(UNKNOWN)),
    "call": lambda: result(bound(), NDR_STUB),
    # The name of the status stands last, whatever the version of impacket puts before it.
    "opnum_out_of_range": lambda: refusal(lambda: result(bound(), NDR_STUB, opnum=1)).split()[-1],
    "fragmented_request": fragmented_request,
    "object_uuid": lambda: result(bound(), NDR_STUB, uuid=OBJECT),
    "ndr64": lambda: result(bound(transfer_syntax=NDR64), NDR64_STUB),
}

for name, case in CASES.items():
    print("%s: %s" % (name, case()))
