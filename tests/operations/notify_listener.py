"""Listens on a datagram socket as a service manager does: prints each datagram as a line of JSON with the time it came."""
import json
import os
import socket
import sys
import time

name = sys.argv[1]
listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
listener.bind("\0" + name[1:] if name.startswith("@") else name)
print(json.dumps({"listening": os.getpid()}), flush=True)
while True:
    text = listener.recv(4096).decode()
    print(json.dumps({"at": time.time() * 1000, "lines": text.split("\n")}), flush=True)
