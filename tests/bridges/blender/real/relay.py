"""Stands where the panel would: what it is told goes to a socket, what comes from there is said. relay.py SOCKET"""

from __future__ import annotations

import os
import socket
import sys
import threading

link = socket.socket(socket.AF_UNIX)
link.connect(sys.argv[1])


def listen() -> None:
    while told := os.read(0, 1 << 16):
        link.sendall(told)
    link.shutdown(socket.SHUT_WR)


threading.Thread(target=listen, daemon=True).start()
while said := link.recv(1 << 16):
    os.write(1, said)
os._exit(0)
