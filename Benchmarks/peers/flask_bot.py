#!/usr/bin/env python3
"""A Python bot with a health page: Flask, served by Waitress in a background thread. Argument: the port.

The JSON of the same eight keys, computed for each request. Waitress runs with its defaults (4 threads, 100 connections).
"""

import datetime
import logging
import sys
import threading
import time

from flask import Flask, jsonify
from waitress import serve

app = Flask(__name__)
start = time.monotonic()


class Health:
    """What the bot counts."""

    def __init__(self):
        self.lock = threading.Lock()
        self.updates = 0
        self.errors = 0
        self.last_update = start

    def record_update(self):
        with self.lock:
            self.updates += 1
            self.last_update = time.monotonic()


health_state = Health()


@app.route("/health")
def health():
    now = time.monotonic()
    with health_state.lock:
        updates, errors, last = health_state.updates, health_state.errors, health_state.last_update
    answer = jsonify(
        status="healthy" if now - last <= 300 else "unhealthy",
        uptime_seconds=round(now - start, 6),
        last_update_ago=round(now - last, 6),
        total_updates=updates,
        total_errors=errors,
        error_rate=errors / updates if updates else 0.0,
        timestamp=datetime.datetime.utcnow().isoformat() + "Z",
        bot_version="2.0.1",
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


def main():
    port = int(sys.argv[1])
    logging.getLogger("waitress").setLevel(logging.CRITICAL)
    threading.Thread(target=serve, args=(app,), kwargs={"host": "127.0.0.1", "port": port}, daemon=True).start()
    while True:  # the bot: 50 updates a second
        time.sleep(0.02)
        health_state.record_update()


if __name__ == "__main__":
    main()
