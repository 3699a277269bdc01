#!/usr/bin/env python3
"""Asks for /health on fresh connections, one after the other, as a health check does.

Arguments: port, number of requests, time-out of each in seconds. Prints, with tabs: answered with 200, asked,
milliseconds in the middle, and at most (of those answered; `-` when none was).
With `--keys` before them, also demands that the answer holds the eight keys.
"""

import json
import socket
import statistics
import sys
import time

KEYS = {
    "status", "uptime_seconds", "last_update_ago", "total_updates", "total_errors", "error_rate", "timestamp",
    "bot_version",
}  # fmt: skip


def ask(port, timeout):
    """One GET on a connection of its own; the body, or None."""
    end = time.monotonic() + timeout
    try:
        with socket.create_connection(("127.0.0.1", port), timeout) as connection:
            connection.sendall(b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
            answer = b""
            while True:
                connection.settimeout(max(0.001, end - time.monotonic()))
                part = connection.recv(65536)
                if not part:
                    break
                answer += part
    except OSError:
        return None
    head, _, body = answer.partition(b"\r\n\r\n")
    return body if head.startswith(b"HTTP/1.1 200 ") else None


def main():
    arguments = sys.argv[1:]
    needs_keys = arguments[0] == "--keys"
    port, count, timeout = int(arguments[-3]), int(arguments[-2]), float(arguments[-1])
    times = []
    for _ in range(count):
        start = time.monotonic()
        body = ask(port, timeout)
        if body is None or (needs_keys and not KEYS <= json.loads(body).keys()):
            time.sleep(0.1)
            continue
        times.append((time.monotonic() - start) * 1000)
        time.sleep(0.02)
    middle = f"{statistics.median(times):.3f}" if times else "-"
    most = f"{max(times):.3f}" if times else "-"
    print(len(times), count, middle, most, sep="\t")
    sys.exit(0 if times else 1)


if __name__ == "__main__":
    main()
