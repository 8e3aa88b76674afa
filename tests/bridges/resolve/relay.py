"""The child that a bridge under test starts in the panel's place: passes its pipe on to a socket of the test's."""

import os
import socket
import sys
import threading


def main() -> None:
    link = socket.socket(socket.AF_UNIX)
    link.connect(sys.argv[1])

    def send() -> None:
        while content := os.read(0, 65536):
            link.sendall(content)
        link.shutdown(socket.SHUT_WR)

    threading.Thread(target=send, daemon=True).start()
    while content := link.recv(65536):
        os.write(1, content)


if __name__ == "__main__":
    main()
