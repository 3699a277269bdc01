"""Rows in which Telegram, the network between, or the token is the trouble."""
import os, signal, time

from parts import certificate
from stage import until
from table import row
from telegram import Telegram

WAITS = "retries after 1, 2, 4, 8 s; counts toward no limit"


def trouble(s, mode, pattern, cure=True, **more):
    """The bot names a trouble of its connection, is degraded meanwhile, keeps its process, and answers afterwards."""
    s.run(**more)
    pid = s.bot()
    s.begin()
    s.telegram.be(mode)
    s.seen(pattern, default="at once")
    degraded = until(6, lambda: (lambda a: a if a and a.get("status") != "healthy" else None)(s.get()[1]))
    s.must(degraded, "/health stays healthy")
    if cure:
        time.sleep(2)
        s.telegram.be("ok")
        began = time.monotonic()
        s.must_answer(20)
        s.result.cured = f"answers after {time.monotonic() - began:.1f} s"
        s.must(s.bot() == pid, "the bot was restarted")
        s.must(until(6, lambda: s.get()[1].get("status") == "healthy"), "not healthy again")
    return degraded


@row("the bot has a wrong token", "the bot", "exit 78: the launcher does not restart it")
def wrong_token(s):
    s.telegram = Telegram()
    s.telegram.be("unauthorized")
    launcher = s.launch()
    s.must(launcher.wait("bot body started", 30), f"no start: {launcher.tail()}")
    s.zero = launcher.find("bot body started")[0]
    s.seen("rejects the token", default="at once")
    s.ends(78)


@row("the bot's token is revoked while it runs", "the bot", "exit 78: the launcher does not restart it")
def revoked_token(s):
    s.run()
    s.telegram.be("unauthorized")
    s.begin()
    s.seen("rejects the token", most=2, default="at the next poll")
    s.ends(78)


@row("the bot is duplicated: two processes use one token", "the bot", "/health 503; backoff, so that the fight ends", takes=85)
def duplicate(s):
    s.run()
    time.sleep(max(0, s.launcher.started + 62 - time.monotonic()))
    second = s.program("second", [os.path.join(s.programs, "casino-bot")],
                       s.environment(PORT=s.port + 3, DATABASE_PATH=os.path.join(s.folder, "second.db")))
    s.must(second.wait("connected to Telegram", 20), f"the second bot does not start: {second.tail()}")
    s.zero = second.find("connected to Telegram")[0]
    s.seen(r"duplicate bot \(409\)", default="at once")
    s.must(until(5, lambda: s.get()[0] == 503), "/health never answers 503")
    second.signal(signal.SIGTERM)
    second.ended(10)
    began = time.monotonic()
    s.must_answer(30)
    s.result.cured = f"answers {time.monotonic() - began:.1f} s after the second one's end"


@row("Telegram sends the updates to a webhook", "the bot", "/health 503; backoff")
def webhook(s):
    s.run()
    s.telegram.be("webhook")
    s.begin()
    s.seen("webhook at other.example", default="at once")
    s.must(until(5, lambda: s.get()[0] == 503), "/health never answers 503")
    s.telegram.be("ok")
    began = time.monotonic()
    s.must_answer(30)
    s.result.cured = f"answers {time.monotonic() - began:.1f} s after deleteWebhook"


@row("Telegram asks the bot to wait (429 with retry_after)", "the bot", "waits as long as asked")
def limited(s):
    s.run()
    s.telegram.retry_after = 4
    s.telegram.be("limited")
    s.begin()
    at = s.seen(r"limits the rate \(429\)", most=1.5, default="at once")
    s.telegram.be("ok")
    before = len(s.telegram.polls)
    s.must(until(20, lambda: len(s.telegram.polls) > before), "no further poll")
    waited = s.telegram.polls[before] - at
    s.result.cured = f"polled after {waited:.1f} of 4 s"
    s.must(3.7 < waited < 4 + 2, f"polled after {waited:.1f} s, asked for 4 s")
    s.must_answer()


@row("one chat has to wait (429)", "the bot", "that chat waits alone", takes=20)
def one_chat_limited(s):
    s.run()
    s.telegram.retry_after, answer = 4, s.telegram.answer

    def refuse(handler, url, body):
        if b"4711" in body and url.path.endswith("sendMessage") and time.monotonic() < s.zero + 3:
            return s.telegram.fail(429, "Too Many Requests: retry after 4", parameters={"retry_after": 4})
        return answer(handler, url, body)
    s.telegram.answer = refuse
    s.begin()
    s.telegram.say("/balance", person=4711)
    time.sleep(0.3)
    others = [s.telegram.say() for _ in range(5)]
    s.must(until(10, lambda: all(s.telegram.answered(chat) for chat in others)), "other chats wait too")
    slowest = max(s.telegram.answered(chat) for chat in others)
    s.measured(slowest - 0.3, 0, 0, "others answered")
    s.must(until(15, lambda: s.telegram.answered(4711)), "the chat that was told to wait never gets its reply")
    s.result.cured = f"its reply comes after {s.telegram.answered(4711) - s.zero:.1f} of 4 s"
    found = s.launcher.find("429", since=s.zero)
    s.named(found[1] if found else "/health: replies wait")
    s.result.default = "at once"


@row("a player has blocked the bot (403)", "the bot", "logged, counted; the bot goes on")
def refused_reply(s):
    s.run()
    answer = s.telegram.answer
    s.telegram.answer = lambda handler, url, body: s.telegram.fail(403, "Forbidden: bot was blocked by the user") \
        if b"4711" in body and "send" in url.path else answer(handler, url, body)
    s.begin()
    s.telegram.say("/balance", person=4711)
    s.seen("blocked by the user", default="at once")
    s.must_answer()
    s.must(s.get()[1].get("total_errors", 0) >= 1, "not counted in total_errors")


@row("the bot's body fails (Telegram rejects a poll with 400)", "the bot", "/health 503; restart of the body after the backoff delay")
def body_fails(s):
    s.run()
    pid = s.bot()
    s.begin()
    s.telegram.be("rejects")
    s.seen(r"bot body failed \(1 of 10 in a row\), restart in 1 s", default="at once")
    s.must(until(5, lambda: s.get()[0] == 503), "/health never answers 503")
    s.telegram.be("ok")
    began = time.monotonic()
    s.must_answer(20)
    s.result.cured = f"answers after {time.monotonic() - began:.1f} s"
    s.must(s.bot() == pid, "the launcher restarted it")


@row("Telegram answers 502", "the bot", WAITS)
def server_error(s):
    trouble(s, "broken", "502")


@row("a login page answers instead of Telegram", "the bot", WAITS)
def garbage(s):
    trouble(s, "garbage", "is not the Bot API's")


@row("Telegram closes each connection", "the bot", WAITS)
def hangs_up(s):
    trouble(s, "hangup", "cannot be reached")


@row("the bot loses its network (connection refused)", "the bot", "degraded, then 503; " + WAITS, takes=30)
def no_network(s):
    # More retries than MAX_RESTARTS allows: none of them counts.
    s.run(settings=dict(UNHEALTHY_AFTER_SEC=8, MAX_RESTARTS=1))
    s.telegram.close()
    s.begin()
    s.seen("cannot be reached", default="at once, 503 after 300 s")
    s.must(until(5, lambda: s.get()[1].get("status") == "degraded"), "not degraded at once")
    s.must(until(15, lambda: s.get()[0] == 503), "/health never answers 503")
    # The last sign of life came at most one poll before.
    s.measured(time.monotonic(), 4, 8.5, "503")
    s.telegram.listen()
    began = time.monotonic()
    s.must_answer(30)
    s.result.cured = f"answers after {time.monotonic() - began:.1f} s"
    starts = sum("as process" in line for _, line in s.launcher.lines)
    s.must(starts == 1, "the launcher restarted a bot that has no network")


@row("packets vanish: a connection that is open on one side only", "the bot", WAITS, takes=40)
def packets_vanish(s):
    # A poll waits a third of this, and 15 s more for its answer.
    s.run(settings=dict(WATCHDOG_STALL_SEC=30, WATCHDOG_DISCONNECT_GRACE_SEC=30, UNHEALTHY_AFTER_SEC=60))
    s.telegram.be("silent")
    s.begin()
    s.seen("cannot be reached", most=25, least=15, default="45 s")
    s.telegram.be("ok")
    began = time.monotonic()
    s.must_answer(30)
    s.result.cured = f"answers after {time.monotonic() - began:.1f} s"


def bad_certificate(s, days, trusted, name, pattern):
    pair, authority = certificate(s, name, days)
    s.telegram = Telegram(pair)
    # The system's own list of authorities, in a mount namespace of this row's.
    mount = ("unshare", "-m", "sh", "-c", f'mount --bind {authority} /etc/ssl/certs/ca-certificates.crt && exec "$@"', "sh")
    launcher = s.launch(
        environment=dict(TELEGRAM_API_URL=f"https://localhost:{s.telegram.port}"), before=mount if trusted else ())
    s.must(launcher.wait("bot body started", 30), f"no start: {launcher.tail()}")
    s.zero = launcher.find("bot body started")[0]
    s.seen(pattern, most=1, default="at once")
    s.must(launcher.process.poll() is None, "the launcher ended although the trouble may pass")


@row("Telegram's certificate has expired", "the bot", WAITS, needs=("root",))
def certificate_expired(s):
    bad_certificate(s, -1, True, "localhost", "certificate has expired")


@row("Telegram's certificate comes from a stranger", "the bot", WAITS)
def certificate_untrusted(s):
    bad_certificate(s, 20, False, "localhost", "issuer is not trusted|self-signed")


@row("Telegram's certificate is for another host", "the bot", WAITS, needs=("root",))
def certificate_of_another(s):
    bad_certificate(s, 20, True, "other.example", "for another host")


@row("no name server answers", "the bot", WAITS, needs=("root",), takes=40)
def no_name_server(s):
    hosts, resolver = os.path.join(s.folder, "hosts"), os.path.join(s.folder, "resolv.conf")
    open(hosts, "w").write("127.0.0.1 localhost\n")
    open(resolver, "w").write("nameserver 127.0.0.1\noptions timeout:1 attempts:1\n")
    s.telegram = Telegram()
    launcher = s.launch(
        environment=dict(TELEGRAM_API_URL=f"http://telegram.test:{s.telegram.port}"),
        before=("unshare", "-m", "sh", "-c", f'mount --bind {hosts} /etc/hosts && mount --bind {resolver} /etc/resolv.conf && exec "$@"', "sh"))
    s.must(launcher.wait("bot body started", 30), f"no start: {launcher.tail()}")
    s.zero = launcher.find("bot body started")[0]
    s.seen("telegram.test", most=3, default="at once")
    # In place: the file that is mounted stays the same one.
    open(hosts, "w").write("127.0.0.1 localhost\n127.0.0.1 telegram.test\n")
    began = time.monotonic()
    s.must_answer(30)
    s.result.cured = f"answers after {time.monotonic() - began:.1f} s"
