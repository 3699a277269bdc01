#!/usr/bin/env python3
"""Calls a monitor's push paths from this machine and prints what came back.
  load.py PORT TOKENS COUNT PARALLEL [RATE] [--kept] [--answered]
  TOKENS    how many tokens there are: load-token-0, load-token-1, ...
  COUNT     how many calls
  PARALLEL  how many connections at once
  RATE      calls a second; without it as fast as they are answered
  --kept    each connection makes one call after the other; without it each call has a connection of its own
  --answered  print the number of each answered call
"""
import resource
import selectors
import socket
import sys
import time

kept, lists = "--kept" in sys.argv, "--answered" in sys.argv
numbers = [argument for argument in sys.argv[1:] if not argument.startswith("--")]
port, tokens, count, parallel = map(int, numbers[:4])
rate = float(numbers[4]) if len(numbers) > 4 else None
hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
selector = selectors.DefaultSelector()
answered = failed = 0
times = []
start = time.monotonic()
waiting = list(range(count - 1, -1, -1))


class Call:
    def __init__(self, number):
        self.number = number
        self.begun = time.monotonic()
        self.answer = b""
        close = "" if kept else "Connection: close\r\n"
        self.text = (f"GET /api/push/load-token-{number % tokens}/0?msg=call+{number} HTTP/1.1\r\nHost: a\r\n{close}\r\n").encode()

    def is_whole(self):
        head, blank, body = self.answer.partition(b"\r\n\r\n")
        if not blank:
            return False
        length = [line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
        return bool(length) and len(body) >= int(length[0].split(b":")[1])


def connect():
    sock = socket.socket()
    sock.setblocking(False)
    try:
        sock.connect(("127.0.0.1", port))
    except BlockingIOError:
        pass
    selector.register(sock, selectors.EVENT_WRITE, Call(waiting.pop()))


def end(sock, call, why=""):
    """Notes the call's outcome; the connection makes the next call if it is kept."""
    global answered, failed
    good = call.answer.startswith(b"HTTP/1.1 200")
    if good:
        answered += 1
        times.append(time.monotonic() - call.begun)
        if lists:
            print(f"answered {call.number}", flush=True)
    else:
        failed += 1
        if failed < 5:
            print(f"call {call.number}: {why or call.answer[:80]!r}", file=sys.stderr)
    if kept and good and waiting:
        selector.modify(sock, selectors.EVENT_WRITE, Call(waiting.pop()))
        return
    selector.unregister(sock)
    sock.close()


while answered + failed < count:
    now = time.monotonic()
    # A hundred, then a look at the others: a client such as curl sends as soon as it has connected.
    for _ in range(100):
        if not waiting or len(selector.get_map()) >= parallel or (rate and count - len(waiting) >= (now - start) * rate):
            break
        connect()
    for key, _ in selector.select(0.001 if rate or waiting else 0.1):
        sock, call = key.fileobj, key.data
        try:
            if call.text:
                sock.send(call.text)
                call.text = b""
                selector.modify(sock, selectors.EVENT_READ, call)
                continue
            part = sock.recv(4096)
            call.answer += part
            if not part or call.is_whole():
                end(sock, call)
        except BlockingIOError:
            pass
        except OSError as error:
            end(sock, call, str(error))
length = time.monotonic() - start
times.sort()
middle = times[len(times) // 2] * 1000 if times else 0
last = times[int(len(times) * 0.99)] * 1000 if times else 0
print(f"{answered} answered, {failed} not, {answered / length:.0f} a second, median {middle:.1f} ms, 99th percentile {last:.1f} ms")
sys.exit(1 if failed else 0)
