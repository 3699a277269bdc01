#!/usr/bin/env python3
"""Holds connections that send half a request, and opens those again that get closed.

Arguments: port, number of connections, the most seconds it runs, file to write the number of reopened ones to.
It says `ready` once all are open, and ends at SIGTERM. Bounded in time and in the number of connections it ever opens.
"""

import select
import signal
import socket
import sys
import time

HALF = b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Ag"


def main():
    port, wanted, seconds, report = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), sys.argv[4]
    end = time.monotonic() + seconds
    most = wanted * 20
    opened = 0
    held = {}
    poller = select.poll()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))

    def fill():
        nonlocal opened
        while len(held) < wanted and opened < most:
            opened += 1
            one = socket.socket()
            one.settimeout(2)
            try:
                one.connect(("127.0.0.1", port))
                one.send(HALF)
            except OSError:
                one.close()
                return
            held[one.fileno()] = one
            poller.register(one, select.POLLIN)

    try:
        fill()
        print("ready", flush=True)
        while time.monotonic() < end:
            # Whatever comes is an end: the server answers half a request with nothing but 408.
            for number, _ in poller.poll(250):
                poller.unregister(number)
                held.pop(number).close()
            time.sleep(0.25)
            fill()
    finally:
        with open(report, "w", encoding="utf-8") as file:
            file.write(f"{max(0, opened - wanted)}\n")


if __name__ == "__main__":
    main()
