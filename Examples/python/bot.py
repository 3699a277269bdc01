"""A polling bot that reports by sd_notify to the launcher that it is ready and alive."""
import contextlib
import json
import os
import signal
import socket
import sys
import time
import urllib.request
from http.client import HTTPException

API = os.environ.get("API_URL", "http://127.0.0.1:8080")


def notify(*lines):
    address = os.environ.get("NOTIFY_SOCKET", "")
    if address:
        name = "\0" + address[1:] if address[0] == "@" else address
        # A socket that is gone, or stays full, must not end or stop the bot.
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            sender.settimeout(1)
            sender.connect(name)
            sender.send("\n".join(lines).encode())


def ask(path, message=None):
    body = json.dumps(message).encode() if message else None
    # A timeout below BOT_WATCHDOG_SEC (60): a poll that hangs ends before the launcher takes it for a dead bot.
    with urllib.request.urlopen(API + path, body, timeout=40) as answer:
        return json.load(answer)


def is_outage(error):  # and so not the fault of one message
    status = getattr(error, "code", 503 if isinstance(error, OSError) else 0)
    return status in (401, 429) or status >= 500


def reply(update):
    try:
        while update["text"] == "hang":  # a mistake that no exception ends; the launcher sees that WATCHDOG=1 stops
            pass
        ask("/sendMessage", {"text": f"you said {update['text']}"})
    except Exception as error:
        if is_outage(error):
            raise
        print(f"update {update['update_id']}: no reply, {error}; going on with the next", flush=True)


signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # asked to stop: 0, not 143
offset = 0
notify("READY=1", "STATUS=polling", "WATCHDOG=1")  # from the first WATCHDOG=1 on, the launcher waits for the next
while True:
    try:
        for update in ask(f"/getUpdates?offset={offset}")["result"]:
            reply(update)
            offset = update["update_id"] + 1  # the next poll confirms it
            notify("WATCHDOG=1")
        notify("STATUS=polling", "WATCHDOG=1")  # where the work is done, not on a timer of its own
    except (OSError, ValueError, HTTPException) as error:  # an outage: wait here, because an exit 1 counts as a failure
        if getattr(error, "code", 0) == 401:
            sys.exit(78)  # a wrong token: no restart helps
        print(f"no answer: {error}; next poll in 2 s", flush=True)
        notify(f"STATUS=no answer: {error}", "WATCHDOG=1")
        time.sleep(2)
