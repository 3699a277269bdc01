"""Rows in which the bot or its launcher ends."""
import os, signal, time

from stage import Missed, until
from table import row

AGAIN = "restart after the backoff delay"


def shell(script):
    return ["/bin/sh", "-c", script]


@row("the bot is killed (SIGKILL, as by the kernel when memory is short)", "launcher", AGAIN)
def killed(s):
    s.run()
    s.kill(signal.SIGKILL)
    s.seen(r"the bot died: .*SIGKILL", default="at once")
    s.restarted(1, 0.9)


@row("the bot crashes (SIGSEGV)", "launcher", "crash report with backtrace; " + AGAIN, takes=25)
def segmentation_fault(s):
    s.run()
    s.kill(signal.SIGSEGV)
    at = s.seen(r"the bot died: .*SIGSEGV", most=8, default="once its backtrace is written")
    s.restarted(1, 0.9, since=at)
    reports(s, "signal: 11")


def reports(s, *texts):
    """The newest crash report has to hold these texts and a backtrace."""
    folder = os.path.join(s.folder, "state", "crashes")
    files = sorted(os.path.join(folder, name) for name in os.listdir(folder))
    s.must(files, "no crash report")
    report = open(files[-1], errors="replace").read()
    for text in (*texts, "Thread"):
        s.must(text in report, f"the crash report lacks “{text}”: {report[:200]!r}")


def ends(s, code):
    """A bot that exits with this code, once, at time zero."""
    flag = os.path.join(s.folder, "flag")
    s.launch(bot=shell(f"until [ -e {flag} ]; do sleep 0.05; done; rm {flag}; exit {code}"))
    s.must(s.launcher.wait("as process", 20), "no start")
    s.begin()
    open(flag, "w").close()


@row("the bot exits with 1", "launcher", AGAIN)
def exit_1(s):
    ends(s, 1)
    s.seen("the bot died: exit code 1", default="at once")
    s.restarted(1, 0.9, answers=False)


@row("the bot exits with 0", "launcher", "stops too")
def exit_0(s):
    ends(s, 0)
    s.seen("the bot ended with exit code 0", default="at once")
    s.ends(0)


@row("the bot gives up (exit 70)", "launcher", "stops too; systemd starts neither")
def exit_70(s):
    ends(s, 70)
    s.seen(r"exit code 70", default="at once")
    s.ends(70)


@row("the machine is short of something for now (exit 71)", "launcher", AGAIN + "; counts toward no limit", takes=20)
def exit_71(s):
    s.launch(bot=shell("exit 71"), settings=dict(MAX_RESTARTS=2, RESTART_DELAY_SEC=0.5, RESTART_MAX_DELAY_SEC=1))
    s.seen("exit code 71", default="at once")
    s.must(s.launcher.wait("as process", 20, s.zero), "no restart")
    starts = lambda: sum("as process" in line for _, line in list(s.launcher.lines))
    end = time.monotonic() + 20
    while starts() < 6 and time.monotonic() < end:
        time.sleep(0.1)
    s.must(starts() >= 6, f"{starts()} starts although 71 counts toward no limit: {s.launcher.tail()}")
    s.result.cured = "6 starts, MAX_RESTARTS 2"


@row("crash loop: the bot ends before it is ready, again and again", "launcher", "backoff, then stops with 70", takes=20)
def crash_loop(s):
    s.launch(bot=shell("exit 3"), settings=dict(MAX_RESTARTS=4, RESTART_DELAY_SEC=0.5, RESTART_MAX_DELAY_SEC=2))
    s.must(s.launcher.wait("the bot died", 20), "no start")
    s.zero = s.launcher.find("the bot died")[0]
    # 0.5 + 1 + 2 s between four failures.
    s.seen(r"gave up after 4 failures", most=3.5, least=3.5, default="10 failures")
    s.ends(70)


@row("the bot's program is missing", "launcher", "does not start (78)")
def missing_program(s):
    s.launch(bot=[os.path.join(s.folder, "no-such-bot")])
    s.seen("no-such-bot", default="at once")
    s.ends(78)


@row("the bot ignores SIGTERM", "launcher", "SIGKILL after SHUTDOWN_TIMEOUT_SEC + 2 s", takes=20)
def ignores_stop(s):
    s.launch(bot=shell("trap '' TERM; while :; do sleep 0.1; done"), settings=dict(SHUTDOWN_TIMEOUT_SEC=1))
    s.must(s.launcher.wait("as process", 20), "no start")
    time.sleep(0.5)
    s.begin()
    s.launcher.signal(signal.SIGTERM)
    s.seen("did not stop in time", most=3, least=3, default="8 s")
    s.ends(137)


@row("the bot leaves processes behind", "launcher", "ends them; " + AGAIN)
def leaves_children(s):
    flag = os.path.join(s.folder, "flag")
    s.launch(bot=shell(f"setsid sleep 1234 & until [ -e {flag} ]; do sleep 0.05; done; rm {flag}; exit 1"))
    s.must(s.launcher.wait("as process", 20), "no start")
    child = until_child(s, s.bot(), "sleep")
    s.begin()
    open(flag, "w").close()
    s.seen("left running", default="at once")
    s.must(not s.alive(child), "a process of the bot lives on")
    s.restarted(1, 0.9, answers=False)


def until_child(s, parent, name):
    def look():
        for entry in os.listdir("/proc"):
            if entry.isdigit():
                try:
                    stat = open(f"/proc/{entry}/stat").read()
                except OSError:
                    continue
                if int(stat.rsplit(")", 1)[1].split()[1]) == parent and f"({name})" in stat and "1234" in open(f"/proc/{entry}/cmdline").read():
                    return int(entry)
    found = until(10, look)
    if not found:
        raise Missed(f"the stage's own process {name} did not start")
    s.pids.add(found)
    return found


@row("orphans of the bot end (launcher as PID 1)", "launcher", "reaps them: no zombies", needs=("root",))
def zombies(s):
    # Each short-lived process loses its parent and comes to PID 1.
    script = "for i in 1 2 3 4 5 6 7 8 9 10; do (sleep 0.2 & ); done; sleep 2; ls /proc | grep -c '^[0-9]' >seen; grep -l '^State:.Z' /proc/[0-9]*/status >zombies; sleep 60"
    s.launch(bot=shell(script), before=("unshare", "--pid", "--fork", "--mount-proc", "--kill-child"))
    s.must(s.launcher.wait("as process", 20), "no start")
    s.begin()
    path = os.path.join(s.folder, "zombies")
    s.must(until(15, lambda: os.path.exists(path)), "the bot did not look")
    time.sleep(0.5)
    zombies = open(path).read().split()
    s.must(not zombies, f"{len(zombies)} zombies are left")
    s.result.promised.append("at once")
    s.result.measured.append("0 zombies of 10 orphans")
    s.result.default = "at once"


@row("the launcher is killed (SIGKILL)", "the kernel", "stops the bot; the next launcher starts it", takes=25)
def launcher_killed(s):
    s.run()
    pid = s.bot()
    s.begin()
    s.launcher.signal(signal.SIGKILL)
    s.must(until(15, lambda: not s.alive(pid)), "the bot outlives its launcher by 15 s")
    s.measured(time.monotonic(), 0, 0)
    s.result.default = "at once"
    s.launcher.ended(5)
    s.result.named = "PR_SET_PDEATHSIG"
    began = time.monotonic()
    s.launcher = None
    s.launcher = s.launch(name="launcher2")
    s.must(s.launcher.wait("connected to Telegram", 30), f"the next launcher starts no bot: {s.launcher.tail()}")
    s.must_answer()
    s.result.cured = f"answers {time.monotonic() - began:.1f} s later"


@row("a second launcher starts with the same state folder", "launcher", "the second one is refused")
def second_launcher(s):
    s.run()
    first = s.bot()
    s.begin()
    second = s.launch(name="launcher2")
    s.seen(r"another launcher|already", by=second, default="at once")
    code = second.ended(10)
    s.must(code == 78, f"the second launcher ends with {code}: {second.tail()}")
    s.must(s.alive(first), "the first bot died")
    s.must_answer()
    s.result.cured = "exit 78; the first bot runs on"
