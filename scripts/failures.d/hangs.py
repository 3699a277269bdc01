"""Rows in which the bot's process lives, but does nothing."""
import os, signal, time

from deaths import reports
from stage import until
from table import row


@row("the bot hangs with every thread stuck", "launcher", "SIGABRT, so that the report shows where; restart", takes=40)
def hangs(s):
    s.run(environment=s.shimmed())
    s.begin()
    s.sabotage(1, 2)
    limit = s.settings["BOT_WATCHDOG_SEC"]
    at = s.seen("no WATCHDOG=1 in time", most=limit, least=limit / 2, default="about 60 s")
    died = s.launcher.wait("the bot died", 30, since=at)
    s.must(died, f"the bot did not end: {s.launcher.tail()}")
    s.sabotage(1, 0)
    s.restarted(1, 0.9, since=died[0])
    reports(s, "WATCHDOG=1")


@row("the bot is stopped (SIGSTOP) and stays so", "launcher", "SIGABRT, then SIGKILL; restart", takes=40)
def stopped(s):
    s.run()
    s.kill(signal.SIGSTOP)
    limit = s.settings["BOT_WATCHDOG_SEC"]
    s.seen("no WATCHDOG=1 in time", most=limit, least=limit / 2, default="60 s")
    died = s.launcher.wait("the bot died", 30, since=s.zero)
    s.must(died, f"the bot did not end: {s.launcher.tail()}")
    s.restarted(1, 0.9, since=died[0])


@row("the bot blocks Swift's executor: every thread of the pool waits", "watchdog in the bot", "/health 503; SIGABRT; restart", takes=50)
def blocks_executor(s):
    s.run(environment=s.shimmed())
    limit, poll = s.settings["EXECUTOR_STALL_SEC"], s.settings["HEALTH_INTERVAL_SEC"]
    s.begin()
    s.sabotage(1, 1)
    status = until(limit + 20, lambda: (lambda answer: answer if answer[0] == 503 else None)(s.get()))
    s.must(status, "/health never answers 503")
    at = time.monotonic()
    s.measured(at, limit, limit * 5 / 4 + 1, "503")
    s.zero = at
    s.seen("restarting the bot: .*executor is stalled", most=3 * poll, least=2 * poll, what="restart", default="30 to 40 s, 60 to 90 s")
    died = s.launcher.wait("the bot died", 30, since=at)
    s.must(died, f"the bot did not end: {s.launcher.tail()}")
    s.sabotage(1, 0)
    s.restarted(1, 0.9, since=died[0])
    reports(s, "executor is stalled")


@row("the bot's executor is blocked for a quarter of the limit", "", "nothing: late is not stopped", takes=30)
def executor_late(s):
    s.run(environment=s.shimmed())
    def during():
        s.sabotage(1, 1)
        time.sleep(s.settings["EXECUTOR_STALL_SEC"] / 4)
        s.sabotage(1, 0)
    s.quiet(12, during)


@row("the bot goes deaf: connected, but nothing arrives", "watchdog in the bot", "exit 75; restart", takes=50)
def deaf(s):
    s.run(settings=dict(WATCHDOG_STALL_SEC=12, WATCHDOG_DISCONNECT_GRACE_SEC=12, KEEPALIVE_INTERVAL_SEC=360))
    s.telegram.be("silent")
    s.begin()
    # It looks three times per WATCHDOG_USEC of its launcher.
    look = s.settings["BOT_WATCHDOG_SEC"] / 3
    s.seen("zombie connection", most=12 + look, least=12 - 4, default="1110 to 1130 s")
    left = s.launcher.wait("exit code 75", 20, since=s.zero)
    s.must(left, "no exit with 75")
    s.telegram.be("ok")
    s.restarted(1, 0.9, since=left[0])


@row("the bot goes deaf, without the launcher", "watchdog in the bot", "exit 75, for the supervisor to restart it", takes=30)
def deaf_alone(s):
    limit, look = 10, 4
    s.settings.update(WATCHDOG_STALL_SEC=limit, WATCHDOG_DISCONNECT_GRACE_SEC=limit, KEEPALIVE_INTERVAL_SEC=look)
    bot = s.program("bot", [os.path.join(s.programs, "casino-bot")], s.environment())
    s.must(bot.wait("connected to Telegram", 30), f"no start: {bot.tail()}")
    s.must_answer(20)
    s.telegram.be("silent")
    s.begin()
    # The last sign of life came at most one poll before.
    s.seen("zombie connection", most=limit + look, least=limit - 4, by=bot, default="1110 to 1470 s")
    s.ends(75, program=bot)


@row("the bot loses its connection and does not get it back", "watchdog in the bot", "exit 75; restart", takes=50)
def disconnected(s):
    s.run(settings=dict(WATCHDOG_STALL_SEC=12, WATCHDOG_DISCONNECT_GRACE_SEC=12))
    s.telegram.close()
    s.begin()
    look = s.settings["BOT_WATCHDOG_SEC"] / 3
    s.seen(r"watchdog: disconnected for", most=12 + look, least=12, default="1110 to 1130 s")
    left = s.launcher.wait("exit code 75", 20, since=s.zero)
    s.must(left, "no exit with 75")
    s.telegram.be("ok")
    s.telegram.listen()
    s.restarted(1, 0.9, since=left[0])


@row("the bot is half-deaf: polls are empty while updates wait", "the bot", "degraded, with the number; one line", takes=160)
def half_deaf(s):
    s.run(settings=dict(WATCHDOG_STALL_SEC=12, WATCHDOG_DISCONNECT_GRACE_SEC=12))
    # A poll waits a third of the limit, and it looks after twice as long.
    look = 8
    s.telegram.be("empty")
    s.begin()
    over = []
    import threading
    def talk():
        while not over:
            s.telegram.say(person=777)
            time.sleep(1.5)
    threading.Thread(target=talk, daemon=True).start()
    try:
        s.seen("half-deaf", most=3 * look + 4, least=2 * look - 4, default="1 to 3 min")
        s.must(s.get()[1].get("status") == "degraded" or until(5, lambda: s.get()[1].get("status") == "degraded"), "not degraded")
    finally:
        over.append(1)
        s.telegram.be("ok")
    s.must_answer(30)
