"""The same casino-bot, without its launcher, under other supervisors, each configured as its own manual or package shows
it. One table: what each does about a failure, when, and what it writes."""
import concurrent.futures, contextlib, os, re, shutil, signal, subprocess, sys, tempfile, time

import table
from managers import MANAGERS
from stage import Missed, Skipped, Stage, until, words

# How long a supervisor has to notice: monit needs four looks of up to 13 s, and ours at most 20 s.
PATIENCE = 90


def start(s, manager, script='exec "$BOT"', settings=None, healthy=True):
    """Starts the bot under a manager. Each start leaves a line with process id and time in `starts`."""
    s.settings.update(settings or {})
    environment = s.environment(**s.shimmed())
    # The shim is for the bot alone.
    preload = {name: environment.pop(name) for name in ("LD_PRELOAD", "FAILURE_IN", "FAILURE_MAP")}
    s.script, s.starts = os.path.join(s.folder, "run-bot"), os.path.join(s.folder, "starts")
    with open(s.script, "w") as file:
        quoted = lambda values: "".join(f"export {name}='{value}'\n" for name, value in values.items())
        file.write(f"#!/bin/sh\ncd {s.folder}\necho $$ $(date +%s.%N) >>{s.starts}\n{quoted(environment)}"
                   f"BOT={s.programs}/casino-bot\n{quoted(preload) if 'BOT' in script else ''}{script}\n")
    os.chmod(s.script, 0o755)
    s.manager = manager(s)
    s.manager.start()
    if healthy and not until(60, lambda: s.telegram.calls["getUpdates"]):
        raise Missed(f"the bot does not start: {s.manager.written()[-300:]}")
    if healthy:
        s.must_answer(20)


def begun(s):
    """(process id, time) of each start of the bot."""
    with contextlib.suppress(OSError):
        return [(int(line.split()[0]), float(line.split()[1])) for line in open(s.starts) if len(line.split()) == 2]
    return []


def outcome(s, why=""):
    """What the manager did about the failure that has just begun: (words, what it wrote)."""
    count, zero, offset = len(begun(s)), time.time(), len(s.manager.written())
    s.fault()
    again = until(PATIENCE, lambda: len(begun(s)) > count)
    text = f"restart after {words(max(0, begun(s)[count][1] - zero))}" if again else f"nothing in {PATIENCE} s"
    if again:
        s.heal()
        time.sleep(1)
    return text + (f" ({why})" if again and why else ""), s.manager.written()[offset:]


def dies(s, manager):
    start(s, manager)
    s.fault, s.heal = (lambda: os.kill(s.manager.host(begun(s)[-1][0]), signal.SIGKILL)), (lambda: None)
    return outcome(s)


def stuck(who):
    def stage(s, manager):
        start(s, manager)
        s.fault, s.heal = (lambda: s.sabotage(1, who)), (lambda: s.sabotage(1, 0))
        found = outcome(s)
        s.sabotage(1, 0)
        return found
    return stage


def deaf(s, manager):
    start(s, manager, settings=dict(WATCHDOG_STALL_SEC=12, WATCHDOG_DISCONNECT_GRACE_SEC=12, KEEPALIVE_INTERVAL_SEC=2))
    s.fault, s.heal = (lambda: s.telegram.be("silent")), (lambda: s.telegram.be("ok"))
    return outcome(s, "by the kit")


def duplicate(s, manager):
    # Longer than the patience: a bot that polls nothing for so long asks for a restart, by default after 1110 s.
    start(s, manager, settings=dict(WATCHDOG_STALL_SEC=300, WATCHDOG_DISCONNECT_GRACE_SEC=300))
    time.sleep(62)
    s.fault, s.heal = (lambda: s.telegram.be("conflict")), (lambda: None)
    text, wrote = outcome(s)
    return text if "restart" in text else "nothing: the bot itself backs off", wrote


def counted(seconds, code):
    def stage(s, manager):
        if code == 78:
            s.environment()
            s.telegram.be("unauthorized")
        start(s, manager, 'exec "$BOT"' if code == 78 else f"exit {code}", healthy=False)
        time.sleep(seconds)
        starts = begun(s)
        late = [at for _, at in starts if at > time.time() - 12]
        count = f"{len(starts)} start" + ("s" if len(starts) != 1 else "")
        return f"{count} in {seconds} s, " + ("goes on" if late else "then it stops"), s.manager.written()
    return stage


def memory(s, manager):
    start(s, manager, settings=dict(MAX_MEMORY_MB=200, MAX_MEMORY_FOR_SEC=4))
    s.fault, s.heal = (lambda: s.sabotage(3, 250)), (lambda: s.sabotage(3, 0))
    return outcome(s)


FAILURES = [
    ("dies (SIGKILL)", dies), ("hangs, every thread stuck", stuck(2)), ("blocks Swift's executor", stuck(1)), ("is deaf", deaf),
    ("is duplicated (409)", duplicate), ("has a wrong token (exit 78)", counted(75, 78)),
    ("crash loop (exit 3 at once)", counted(75, 3)), ("leaks 250 MiB", memory),
]


def one(options, failure, stage, name):
    number = [words for words, _ in FAILURES].index(failure)
    row = table.Row(f"{name}-{number}", failure, name, "", 60, False, (), stage)
    result = table.Result(row)
    s = Stage(options, result)
    s.manager = None
    try:
        text, wrote = stage(s, MANAGERS[name])
    except Skipped as error:
        text, wrote = f"skipped: {error}", ""
    except (Missed, OSError, subprocess.SubprocessError) as error:
        text, wrote = f"not staged: {error}", ""
    finally:
        if hasattr(s, "map"):
            s.sabotage(1, 0)
        if s.manager:
            s.manager.stop()
        s.close()
    own = [re.sub(r"/\S*/([\w.-]+)", r"\1", line.strip()) for line in wrote.splitlines() if tells(line)]
    print(f"  {name:<12} {failure:<30} {text}", file=sys.stderr, flush=True)
    return text, own


def tells(line):
    """Whether a supervisor's line says something of the failure. The bot's own lines are no merit of the supervisor's."""
    of_the_bot = ("Casino Bot", "health server listens", "bot body", "connected to Telegram", "watchdog checks", "rejects the token",
                  "duplicate bot", "cannot be reached", "zombie connection", "swift-runtime", "stopped")
    usual = ("Supervisor is running as root", "supervisord started", "entered RUNNING", "Monit", "Stored in", "plugin:flapping", "Started bot",
             "Starting", "Failed to kill control group", "process is running", "SIG_TERM", "Arbiter")
    return not any(word in line for word in of_the_bot + usual) and re.search(
        r"exit|died|kill|gave up|[Ff]ail|not running|timeout|[Ww]atchdog|restart|abort|held more|too |FATAL|flapping|unmonitor|bot started", line)


def main(options):
    names = [name for name in (["launcher"] + options.beside.split(","))]
    if unknown := [name for name in names if name not in MANAGERS]:
        sys.exit(f"scripts/failures: unknown supervisor {', '.join(unknown)}; known are {', '.join(MANAGERS)}")
    chosen = [(failure, stage) for failure, stage in FAILURES if not options.only or any(word in failure for word in options.only)]
    if not chosen:
        sys.exit("scripts/failures: beside others, --only takes a word of: " + "; ".join(failure for failure, _ in FAILURES))
    options.folder = os.path.abspath(options.keep) if options.keep else tempfile.mkdtemp(prefix="beside-")
    os.makedirs(options.folder, exist_ok=True)
    options.shim = options.build_shim(options.folder)
    missing = {name: why for name in names if (why := MANAGERS[name].missing(options))}
    for name, why in missing.items():
        print(f"scripts/failures: {name} is skipped: {why}", file=sys.stderr)
    names = [name for name in names if name not in missing]
    found = {}
    try:
        with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
            jobs = {(failure, name): pool.submit(one, options, failure, stage, name)
                    for failure, stage in sorted(chosen, key=lambda pair: pair[1] is not duplicate) for name in names}
            found = {key: job.result() for key, job in jobs.items()}
    finally:
        if not options.keep:
            shutil.rmtree(options.folder, ignore_errors=True)
    text = "\n".join(lines(chosen, names, found, missing))
    print(text)
    if options.record:
        made = f"Made by `scripts/failures --build {options.build} --beside {options.beside}` on {options.about['date']}: {options.about['machine']}."
        table.record(os.path.join(os.path.dirname(__file__), "../../docs/failures.md"), "beside", made + "\n\n" + text)
    return 0


def lines(chosen, names, found, missing):
    yield "| the bot … | " + " | ".join(names) + " |"
    yield "|---" * (len(names) + 1) + "|"
    for failure, _ in chosen:
        yield f"| {failure} | " + " | ".join(found[failure, name][0] for name in names) + " |"
    yield ""
    yield "What each writes: the first two lines that say something, or the first and the last one of many starts. Who is missing writes nothing."
    yield ""
    yield "| the bot … | supervisor | lines |"
    yield "|---|---|---|"
    for failure, _ in chosen:
        for name in names:
            if not (own := found[failure, name][1]):
                continue
            own = own[:1] + (own[-1:] if "starts" in found[failure, name][0] and len(own) > 1 else own[1:2])
            yield f"| {failure} | {name} | " + (" · ".join("`" + line.replace("|", "\\|")[:150] + "`" for line in own)) + " |"
    for name, why in missing.items():
        yield f"\n{name} was skipped: {why}"
