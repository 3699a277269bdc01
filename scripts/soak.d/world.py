"""The whole setting: services, Telegram, channels, two bots under launchers, two monitors; one of each pair gets the faults."""
import asyncio
import json
import os
import random
import sqlite3
import time

import oracle
import programs
from net import Link, Port, get, http
from oracle import Call, Episode, Span
from targets import INTERVAL, PUSH, RETRY, THRESHOLD, TIMEOUT, Targets
from telegram import TOKEN, Telegram

CHANNELS = ("pager", "chat")
# A target rests so long after a failure: six changes within 20 checks would be flapping, which is an alert of its own.
REST = 130
BOT_WATCHDOG = 10


class Monitor:
    """A monitor, and what is known of it: what its channels got, and when it could not do its work."""

    def __init__(self, world, name):
        self.world, self.name = world, name
        self.folder = os.path.join(world.folder, f"monitor-{name}")
        self.program = programs.Program(
            f"health-monitor, {name}", [f"{world.programs}/health-monitor", "--config", "monitor.json5"], self.folder)
        self.receiver = Port(http(self.receive))
        self.api = Port(None)
        self.calls, self.disturbed, self.kills, self.extra = [], [], [], False
        self.modes, self.outages = dict.fromkeys(CHANNELS, "ok"), {channel: [] for channel in CHANNELS}
        self.tries = 0

    def write(self, wrong=False):
        """Its file; `wrong` has an error."""
        world = self.world
        targets = [world.targets.configured(target) for target in world.targets.all]
        targets += [{"name": bot.name, "type": "bot", "url": f"http://127.0.0.1:{bot.port}", "critical": True} for bot in world.bots]
        if self.extra:
            targets.append({"name": "extra", "type": "tcp", "host": "127.0.0.1", "port": world.targets.web.number})
        configuration = {
            "checkInterval": "soon" if wrong else INTERVAL, "timeout": TIMEOUT, "retries": 1, "failureThreshold": THRESHOLD,
            "api": {"port": self.api.number}, "database": "health.db", "stateDir": ".",
            "connectivity": {"host": "127.0.0.1", "port": world.targets.network.number, "timeout": 2}, "targets": targets,
            "channels": [{"type": "webhook", "name": channel, "url": f"http://127.0.0.1:{self.receiver.number}/{channel}"} for channel in CHANNELS]}
        with open(os.path.join(self.folder, "new"), "w") as file:
            json.dump(configuration, file)
        os.rename(os.path.join(self.folder, "new"), os.path.join(self.folder, "monitor.json5"))

    async def receive(self, method, path, headers, body):
        channel, now = path.strip("/"), time.time()
        mode = self.modes[channel]
        self.tries += 1
        if mode == "close":
            return None
        if mode == "hang":
            await asyncio.sleep(40)
            return None
        event = json.loads(body)
        happened = oracle.seconds(event["happened_at"])
        self.calls.append(Call(channel, headers["idempotency-key"], event["alert_id"], event["event"], event["service"], happened, now, mode == "ok"))
        if mode == "no answer":
            return None
        return (200, {}, b"") if mode == "ok" else (int(mode), {"Retry-After": "7"} if mode == "429" else {}, b"not now")

    async def disturb(self, action):
        """Does what interrupts its checks, and notes from when to when it does not answer."""
        start = time.time()
        place = len(self.disturbed)
        self.disturbed.append(Span(start, None))
        try:
            await action()
            if not await until(60, self.answers):
                self.world.findings.append(f"{self.program.name} did not answer within 60 s after a fault")
        finally:
            self.disturbed[place] = Span(start, time.time())

    async def answers(self):
        """Also degraded, which it is while a channel refuses."""
        return (await get(self.api.number))[0] == 200

    async def status(self, wanted):
        status, body = await get(self.api.number)
        try:
            return json.loads(body)["status"] == wanted
        except (ValueError, KeyError):
            return False

    def judged(self, episodes, now):
        return oracle.judge(episodes, self.calls, CHANNELS, self.disturbed, self.outages, self.kills, now)


class Bot:
    """A launcher with its casino-bot, and the link of both to Telegram."""

    def __init__(self, world, name):
        self.world, self.name = world, f"bot {name}"
        self.folder = os.path.join(world.folder, f"bot-{name}")
        self.telegram = Telegram()
        self.link = Link(self.telegram.port.number)
        self.held = Port(None)
        self.port, self.expected, self.bad, self.asked, self.failed = self.held.number, [], [], 0, []
        self.program = programs.Launcher(f"launcher, {name}", [f"{world.programs}/launcher", "--state-dir", "state"], self.folder, dict(
            BOT_TOKEN=TOKEN, OWNER_USER_ID="100", TELEGRAM_API_URL=f"http://127.0.0.1:{self.link.port.number}", PORT=str(self.port),
            PORT_FALLBACKS="0", HOST="127.0.0.1", BOT_ENV="test", UNHEALTHY_AFTER_SEC="45", KEEPALIVE_INTERVAL_SEC="60",
            WATCHDOG_DISCONNECT_GRACE_SEC="600", RESTART_DELAY_SEC="1", RESTART_MAX_DELAY_SEC="2", MAX_RESTARTS="100000",
            HEALTH_INTERVAL_SEC="5", HEALTH_GRACE_SEC="10", BOT_WATCHDOG_SEC=str(BOT_WATCHDOG)))

    async def look(self):
        """One /health as a client asks for it; what is not healthy becomes an episode of this service."""
        begun = time.time()
        self.asked += 1
        status, body = await get(self.port, timeout=5)
        try:
            healthy = status == 200 and json.loads(body)["status"] == "healthy"
        except (ValueError, KeyError):
            healthy = False
        now = time.time()
        if healthy and self.bad and self.bad[-1].end is None:
            self.bad[-1] = Span(self.bad[-1].start, now)
        elif not healthy:
            self.failed.append((begun, status))
            if not self.bad or self.bad[-1].end is not None:
                self.bad.append(Span(begun, None))
        return healthy

    def episodes(self):
        """Failures that lie close together are one, because a check may not see the moment between them."""
        joined = []
        for span in self.bad:
            if joined and span.start - joined[-1][-1].end < 2 * INTERVAL:
                joined[-1].append(span)
            else:
                joined.append([span])
        for spans in joined:
            start, end = spans[0].start, spans[-1].end
            alone = max((s.end or time.time()) - s.start for s in spans)
            detect = 2 * INTERVAL + THRESHOLD * (INTERVAL + RETRY + 2 * (TIMEOUT + 1))
            must = True if alone > detect + oracle.SLACK else False if len(spans) == 1 and alone < 1.5 * INTERVAL else None
            yield Episode(self.name, "a failure that a client measured", start, detect, 2 * INTERVAL + TIMEOUT, must, end, loose=True)

    @property
    def is_down(self):
        return bool(self.bad) and self.bad[-1].end is None

    def books(self):
        """What is wrong with the ledger, at the end."""
        wrong, said = [], self.telegram.said
        base = sqlite3.connect(f"file:{self.folder}/casino.db?mode=ro", uri=True)
        count = base.execute("SELECT count(*) FROM updates").fetchone()[0]
        if count != said:
            wrong.append(f"{self.name}: {said} messages, but {count} in the ledger")
        if base.execute("SELECT user_id, balance FROM accounts ORDER BY 1").fetchall() != base.execute("SELECT user_id, sum(amount) FROM entries GROUP BY 1 ORDER BY 1").fetchall():
            wrong.append(f"{self.name}: balances are not the sums of their entries")
        base.close()
        return wrong


async def until(seconds, test, step=0.2):
    """Waits until the test, a coroutine function or a function, is true; its last value."""
    end = time.monotonic() + seconds
    while True:
        found = test()
        found = await found if asyncio.iscoroutine(found) else found
        if found or time.monotonic() > end:
            return found
        await asyncio.sleep(step)


class World:
    def __init__(self, folder, place, seed):
        self.folder, self.programs, self.random = folder, place, random.Random(seed)
        os.makedirs(os.path.join(folder, "files"))
        self.targets = Targets(os.path.join(folder, "files"))
        self.bots = [Bot(self, "steady"), Bot(self, "struck")]
        self.monitors = [Monitor(self, "steady"), Monitor(self, "struck")]
        self.episodes, self.findings, self.cuts, self.pushed = [], [], [], 0
        self.asked = self.refused = 0

    @property
    def all_programs(self):
        return [bot.program for bot in self.bots] + [monitor.program for monitor in self.monitors]

    async def start(self):
        programs.become_subreaper()
        await self.targets.start()
        for bot in self.bots:
            await bot.telegram.port.open()
            await bot.link.port.open()
            bot.held.held.close()
            bot.program.start()
        for monitor in self.monitors:
            await monitor.receiver.open()
            monitor.write()
            monitor.api.held.close()
            monitor.program.start()
        for test in [lambda b=b: b.look() for b in self.bots] + [lambda m=m: m.status("healthy") for m in self.monitors]:
            if not await until(60, test):
                raise RuntimeError(f"a program does not become healthy; see {self.folder}/*/log")
        for bot in self.bots:
            bot.bad.clear()
            bot.failed.clear()

    def begin(self):
        """What goes on all the time, as tasks."""
        every = asyncio.create_task
        tasks = [every(self.again(PUSH, self.push)), every(self.again(PUSH, self.files)), every(self.again(2, self.crowd))]
        for bot in self.bots:
            tasks += [every(self.again(0.5, bot.look)), every(self.again(0.5, lambda bot=bot: self.talk(bot))), every(self.again(0.2, lambda bot=bot: self.watch(bot)))]
        return tasks

    async def again(self, seconds, action):
        while True:
            try:
                await action()
            except (OSError, RuntimeError) as error:
                self.findings.append(f"SCRIPT {action}: {error!r}")
            await asyncio.sleep(seconds)

    async def push(self):
        calls = []
        for target in self.targets.all:
            if target.kind == "push" and target.mode != "silence":
                query = "?status=down&msg=disk+full" if target.mode == "down" else ""
                calls += [get(monitor.api.number, f"/api/push/soak-token-{target.number}{query}", timeout=8) for monitor in self.monitors]
        self.pushed += sum(status == 200 for status, _ in await asyncio.gather(*calls))

    async def files(self):
        self.targets.tend_files()

    async def talk(self, bot):
        if len(bot.telegram.waiting) < 40:
            await bot.telegram.say(self.random.choice(("/dice 1", "/balance", "/flip heads 1", "/bonus", "/slots 1", "hello")))

    async def watch(self, bot):
        bot.program.watch()

    async def crowd(self):
        """Clients of bots and monitors: Prometheus, a page, an API. Refusals count where nobody has a fault."""
        calls = []
        for bot in self.bots:
            calls += [(get(bot.port, "/metrics"), bot is self.bots[0]), (get(bot.port, "/"), bot is self.bots[0]), (get(bot.port), bot is self.bots[0])]
        for monitor in self.monitors:
            steady = monitor is self.monitors[0]
            calls += [(get(monitor.api.number, path), steady) for path in ("/metrics", "/api/health/status", "/health")]
            if self.random.random() < 0.2:
                calls.append((get(monitor.api.number, "/"), steady))
        for (status, _), (_, counts) in zip(await asyncio.gather(*(call for call, _ in calls)), calls):
            self.asked += 1
            if counts and status != 200:
                self.refused += 1
                self.findings.append(f"NO ANSWER at {oracle.clock(time.time())}: status {status} to a client of a program without a fault")

    # Services that fail

    def free(self, count, kinds=None):
        """So many services that have rested, of these kinds."""
        now = time.time()
        ready = [t for t in self.targets.all if t.free_at <= now and (not kinds or t.kind in kinds)]
        return self.random.sample(ready, min(count, len(ready)))

    async def fail(self, target, mode, seconds, must, what=None):
        """Lets one service fail for so long, as an episode."""
        target.free_at = float("inf")
        episode = Episode(target.name, what or f"{target.kind} {mode.name}", time.time(), mode.detect, mode.recover, must)
        if must and target.kind in ("exec", "push"):
            # A monitor without a network does not judge them.
            episode.excused = self.cuts
        self.episodes.append(episode)
        await target.set(mode.name)
        try:
            await asyncio.sleep(seconds)
        finally:
            await target.set(None)
            episode.end = time.time()
            target.free_at = time.time() + mode.ends + REST

    # The verdict

    def judge(self, now):
        """(findings, events as expected)."""
        findings, good = list(self.findings), 0
        findings += [f"NOT HEALTHY: {self.bots[0].name} from {oracle.clock(span.start)} to {oracle.clock(span.end)}" for span in self.bots[0].bad]
        episodes = self.episodes + list(self.bots[1].episodes())
        for monitor in self.monitors:
            found, count = monitor.judged(episodes, now)
            findings += [f"{monitor.program.name}: {finding}" for finding in found]
            good += count
        for bot in self.bots:
            for moment, pid in bot.program.bots[1:]:
                if not any(span.start <= moment <= (span.end or moment) for span in bot.expected):
                    findings.append(f"UNEXPLAINED RESTART of {bot.name} at {oracle.clock(moment)}")
            for span in bot.expected:
                count = sum(span.start <= moment <= (span.end or now) for moment, _ in bot.program.bots[1:])
                if span.end and count != 1:
                    findings.append(f"RESTARTS of {bot.name} between {oracle.clock(span.start)} and {oracle.clock(span.end)}: {count} instead of 1")
        return findings, good
