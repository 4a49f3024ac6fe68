"""Serves the interface of a KMS host with impacket's RPC server, to see how our client gets along with a server of others.

Argument: what it is to do. Prints its port, then serves until it is ended. Exit code 77: impacket is not installed.
- hresult: every call returns this HRESULT (given as a second argument) and no message
- other-interface: it has another interface than that of a KMS host
- other-operation: it has the interface without its operation
"""

import logging
import struct
import sys

try:
    from impacket.dcerpc.v5.rpcrt import DCERPCServer
except ImportError as error:
    print(error, file=sys.stderr)
    sys.exit(77)

KMS = ("51c82175-844e-4750-b0d8-ec255555bc06", "1.0")
OTHER = ("11111111-2222-3333-4444-555555555555", "1.0")

logging.disable(logging.CRITICAL)
does = sys.argv[1]
hresult = int(sys.argv[2], 16) if does == "hresult" else 0
# responseSize, a null pointer to the response, and the result of the call.
answer = {0: lambda request: struct.pack("<III", 0, 0, hresult)}

server = DCERPCServer()
server.addCallbacks(OTHER if does == "other-interface" else KMS, "", {} if does == "other-operation" else answer)
print(server.getListenPort(), flush=True)
server.run()
