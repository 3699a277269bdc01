#!/usr/bin/env python3
"""Calls a monitor's push paths from this machine and prints what came back.
  load.py PORT TOKENS COUNT PARALLEL [RATE] [--answered]
  TOKENS    how many tokens there are: load-token-0, load-token-1, ...
  COUNT     how many calls, each on its own connection
  PARALLEL  how many connections at once
  RATE      calls a second; without it as fast as they are answered
  --answered  print the number of each answered call
"""
import errno
import selectors
import socket
import sys
import time

lists = "--answered" in sys.argv
numbers = [argument for argument in sys.argv[1:] if argument != "--answered"]
port, tokens, count, parallel = map(int, numbers[:4])
rate = float(numbers[4]) if len(numbers) > 4 else None
selector = selectors.DefaultSelector()
begun = answered = failed = 0
slowest = 0.0
retries = 0
times = []
start = time.monotonic()
waiting = list(range(count - 1, -1, -1))


def begin(number):
    sock = socket.socket()
    sock.setblocking(False)
    try:
        sock.connect(("127.0.0.1", port))
    except BlockingIOError:
        pass
    text = f"GET /api/push/load-token-{number % tokens}/0?msg=call+{number} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    selector.register(sock, selectors.EVENT_WRITE, [number, text.encode(), b"", time.monotonic()])


def end(sock, data):
    global answered, failed
    selector.unregister(sock)
    sock.close()
    if data[2].startswith(b"HTTP/1.1 200"):
        answered += 1
        if lists:
            print(f"answered {data[0]}")
        times.append(time.monotonic() - data[3])
    else:
        failed += 1
        print(f"call {data[0]}: {data[2][:80]!r}", file=sys.stderr) if failed < 5 else None


while answered + failed < count:
    now = time.monotonic()
    while waiting and len(selector.get_map()) < parallel and (rate is None or begun < (now - start) * rate):
        begin(waiting.pop())
        begun += 1
    for key, _ in selector.select(0.001 if rate else 0.1):
        sock, data = key.fileobj, key.data
        try:
            if data[1]:
                sock.send(data[1])
                data[1] = b""
                selector.modify(sock, selectors.EVENT_READ, data)
            else:
                part = sock.recv(4096)
                if part:
                    data[2] += part
                else:
                    end(sock, data)
        except OSError as error:
            if error.errno != errno.EAGAIN:
                data[2] = data[2] or str(error).encode()
                end(sock, data)
length = time.monotonic() - start
times.sort()
middle = times[len(times) // 2] * 1000 if times else 0
last = times[int(len(times) * 0.99)] * 1000 if times else 0
print(f"{answered} answered, {failed} not, {answered / length:.0f} a second, median {middle:.1f} ms, 99th percentile {last:.1f} ms")
sys.exit(1 if failed else 0)
