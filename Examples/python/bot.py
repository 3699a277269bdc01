"""A polling bot that tells the launcher, by sd_notify, that it is ready and alive."""
import json
import os
import signal
import socket
import sys
import urllib.request

API = os.environ.get("API_URL", "http://127.0.0.1:8080")


def notify(*lines):
    address = os.environ.get("NOTIFY_SOCKET", "")
    if address:
        name = "\0" + address[1:] if address[0] == "@" else address
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            sender.sendto("\n".join(lines).encode(), name)


def ask(path, message=None):
    body = json.dumps(message).encode() if message else None
    # A timeout below BOT_WATCHDOG_SEC (60): a poll that hangs ends before the launcher takes it for a dead bot.
    with urllib.request.urlopen(API + path, body, timeout=40) as answer:
        return json.load(answer)


signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # asked to stop: 0, not 143
offset = 0
notify("READY=1", "STATUS=polling")
while True:
    for update in ask(f"/getUpdates?offset={offset}")["result"]:
        offset = update["update_id"] + 1
        if update["text"] == "hang":
            while True:  # a mistake that no exception ends; the launcher sees that WATCHDOG=1 stops
                pass
        ask("/sendMessage", {"text": f"you said {update['text']}"})
    notify("WATCHDOG=1")  # where the work is done, not on a timer of its own
