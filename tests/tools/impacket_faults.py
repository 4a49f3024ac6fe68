"""Calls faulty KMS hosts with impacket, all at once, and prints for each how far it came and what stopped it.

A conversation is a bind, an alter_context, and two calls. Arguments: host, the stub of a request in NDR in hexadecimal, and one
port for each fault. The lines have the order of the ports. Exit code 77: impacket is not installed.
"""

import sys
from concurrent.futures import ThreadPoolExecutor

try:
    from impacket.dcerpc.v5 import transport
    from impacket.dcerpc.v5.rpcrt import DCERPCException
    from impacket.uuid import uuidtup_to_bin
except ImportError as error:
    print(error, file=sys.stderr)
    sys.exit(77)

HOST, STUB, PORTS = sys.argv[1], bytes.fromhex(sys.argv[2]), sys.argv[3:]
KMS = uuidtup_to_bin(("51c82175-844e-4750-b0d8-ec255555bc06", "1.0"))
# Seconds for each step: an honest answer takes milliseconds, and every silence costs as much.
PATIENCE = 6


def steps(port):
    """What it does, one after the other; each gives what came of it."""
    tower = transport.DCERPCTransportFactory("ncacn_ip_tcp:%s[%s]" % (HOST, port))
    tower.set_connect_timeout(PATIENCE)
    rpc = tower.get_dce_rpc()
    rpc.connect()
    rpc.bind(KMS)
    yield "bound"
    rpc = rpc.alter_ctx(KMS)
    yield "altered"
    for _ in range(2):
        rpc.call(0, STUB)
        yield "0x%08x" % int.from_bytes(rpc.recv()[-4:], "little")


def told(port):
    said = []
    try:
        for step in steps(port):
            said.append(step)
    except DCERPCException as refused:
        # What stands in brackets is advice of some versions only; the name of a status stands last, and a bare number
        # only says something with the words before it.
        words = str(refused).split(" (")[0].split(": ")
        name = words[-1].strip().split(" - ")[-1]
        said.append(": ".join(words[-2:]) if name.isdigit() else name)
    except Exception as broken:
        # Text of the operating system is short and the same everywhere; that of other failures quotes the octets.
        text = ": " + str(broken).split("] ")[-1] if isinstance(broken, OSError) else ""
        kind = type(broken)
        said.append(("%s.%s" % (kind.__module__, kind.__name__)).removeprefix("builtins.") + text)
    return ", ".join(said)


with ThreadPoolExecutor(max_workers=len(PORTS)) as pool:
    for line in pool.map(told, PORTS):
        print(" ".join(line.split()))
