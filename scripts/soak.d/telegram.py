"""The Bot API as far as casino-bot needs it, with users who write all the time."""
import asyncio
import json
import time
import urllib.parse

from net import Port, http

TOKEN = "123456789:AAaaBBbbCCccDDddEEeeFFffGGggHHhhIIi"
BOT = {"id": 123456789, "is_bot": True, "first_name": "Soak", "username": "soak_bot"}
# As many that no chat gets more than a message a second, which is what Telegram allows.
PEOPLE = 40


class Telegram:
    """One long poll at a time; updates stay until an offset confirms them."""

    def __init__(self):
        self.port = Port(http(self.answer))
        self.waiting, self.next, self.poll, self.said, self.replies = {}, 1000, 0, 0, 0
        self.changed = asyncio.Condition()
        self.answered = asyncio.Event()

    async def say(self, text):
        """A user writes; returns the update's id."""
        async with self.changed:
            number, self.next, self.said = self.next, self.next + 1, self.said + 1
            person = {"id": 100 + number % PEOPLE, "first_name": "P"}
            self.waiting[number] = {"update_id": number, "message": {
                "message_id": number, "date": int(time.time()), "text": text, "from": dict(person, is_bot=False),
                "chat": dict(person, type="private")}}
            self.changed.notify_all()
            return number

    async def updates(self, values):
        async with self.changed:
            self.poll += 1
            own, offset = self.poll, int(values.get("offset") or 0)
            self.changed.notify_all()
            for number in [number for number in self.waiting if number < offset]:
                del self.waiting[number]
            try:
                async with asyncio.timeout(min(float(values.get("timeout") or 0), 20)):
                    await self.changed.wait_for(lambda: self.waiting or self.poll != own)
            except TimeoutError:
                pass
            if self.poll != own:
                return 409, {"ok": False, "error_code": 409, "description": "Conflict: terminated by other getUpdates request"}
            return 200, {"ok": True, "result": list(self.waiting.values())[:100]}

    async def answer(self, method, path, headers, body):
        url = urllib.parse.urlsplit(path)
        values = dict(urllib.parse.parse_qsl(url.query))
        if body[:1] == b"{":
            values.update(json.loads(body))
        call, status, result = url.path.split("/")[-1], 200, True
        if call == "getUpdates":
            status, answer = await self.updates(values)
            return status, {}, json.dumps(answer).encode()
        if call == "getMe":
            result = BOT
        elif call == "getWebhookInfo":
            result = {"url": "", "has_custom_certificate": False, "pending_update_count": 0}
        elif call in ("sendMessage", "sendDice"):
            self.replies += 1
            self.answered.set()
            result = {"message_id": self.replies, "date": int(time.time()), "chat": {"id": 1, "type": "private"}, "text": "x"}
        return status, {}, json.dumps({"ok": True, "result": result}).encode()
