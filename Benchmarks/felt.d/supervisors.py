"""The launcher beside a loop, runsv, s6-supervise and supervisord: memory, and how long a killed bot's users wait."""
import asyncio
import os
import shutil
import signal
import statistics
import subprocess
import sys
import time

from measures import ROOT, end, free_port, memory

sys.path.insert(0, os.path.join(ROOT, "scripts", "soak.d"))
from programs import children  # noqa: E402
from telegram import TOKEN, Telegram  # noqa: E402

# s6-supervise and runsv wait a second when the service has run for less.
PAUSE = 1.5


class Supervisor:
    """One supervisor with one bot. Its bot is its only child."""

    def __init__(self, name, argv, folder, environment):
        self.name, self.folder = name, folder
        with open(os.path.join(folder, "log"), "ab") as log:
            self.process = subprocess.Popen(
                argv, cwd=folder, env=dict(os.environ, **environment), stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True)

    @property
    def bot(self):
        found = children(self.process.pid)
        return found[0] if found else None

    def wait_for_bot(self):
        deadline = time.monotonic() + 20
        while not self.bot:
            if time.monotonic() > deadline:
                raise RuntimeError(f"{self.name} starts no bot; see {self.folder}/log")
            time.sleep(0.01)
        return self.bot

    def end(self):
        bot = self.bot
        end(self.process)
        try:
            if bot:
                os.kill(bot, signal.SIGKILL)
        except ProcessLookupError:
            pass


def script(path, text):
    with open(path, "w") as file:
        file.write("#!/bin/sh\n" + text)
    os.chmod(path, 0o755)
    return path


def kinds(run, command):
    """By name: a function that starts that supervisor with this command, in a folder, with variables."""
    line = " ".join(command)
    found = {}

    def launcher(delay):
        def begin(folder, environment):
            # The default delay doubles with each failure; a second of health makes each of ours the first.
            more = {"RESTART_RESET_AFTER_SEC": "1"} if delay is None else {"RESTART_DELAY_SEC": delay, "RESTART_MAX_DELAY_SEC": delay}
            return Supervisor(
                "launcher", [run.program("launcher"), "--bot", command[0], "--require", "PATH", "--state-dir", "state", "--", *command[1:]],
                folder, {**environment, **more, "MAX_RESTARTS": "100000", "KEEPALIVE_INTERVAL_SEC": "60"})
        return begin

    found["launcher, RESTART_DELAY_SEC=0"] = launcher("0")
    found["launcher, default of 5 s"] = launcher(None)
    found["sh loop, 0.1 s as systemd's RestartSec"] = lambda folder, environment: Supervisor(
        "loop", ["/bin/bash", "-c", f"while :; do {line}; sleep 0.1; done"], folder, environment)
    if path := shutil.which("runsv"):
        def runsv(folder, environment):
            script(os.path.join(folder, "run"), f"exec {line}\n")
            return Supervisor("runsv", [path, folder], folder, environment)
        found["runsv"] = runsv
    if s6 := shutil.which("s6-supervise"):
        def supervise(folder, environment):
            script(os.path.join(folder, "run"), f"exec {line}\n")
            return Supervisor("s6-supervise", [s6, folder], folder, environment)
        found["s6-supervise"] = supervise
    if supervisord := shutil.which("supervisord"):
        def supervisor(folder, environment):
            path = os.path.join(folder, "conf")
            with open(path, "w") as file:
                file.write(
                    f"[supervisord]\nnodaemon=true\nlogfile={folder}/supervisord.log\npidfile={folder}/pid\nchildlogdir={folder}\n"
                    f"[program:bot]\ncommand={line}\nautorestart=true\nstartretries=1000\n")
            return Supervisor("supervisord", [supervisord, "-n", "-c", path], folder, environment)
        found["supervisord"] = supervisor
    return found


def resident(run):
    """Memory of each supervisor with a bot that sleeps."""
    found = kinds(run, ["/bin/sleep", "1000"])
    found = {"launcher": found.pop("launcher, RESTART_DELAY_SEC=0"), **found}
    del found["launcher, default of 5 s"]
    for number, name in run.turns(list(found)):
        supervisor = found[name](run.place("memory", f"{number}-{list(found).index(name)}"), {})
        try:
            supervisor.wait_for_bot()
            time.sleep(1.5)
            for figure, value in zip(("resident", "proportional", "private and dirty"), memory(supervisor.process.pid)):
                run.note(f"memory of a supervisor, {figure}", name, number, value, "MiB")
        finally:
            supervisor.end()


def replaced(run):
    """From SIGKILL of a bot that does nothing to the first sign of its replacement; a round is the median of some kills."""
    folder = run.place("replaced")
    # The replacement writes its process id as soon as it runs.
    bot = script(os.path.join(folder, "bot"), 'echo $$ > fifo\nexec sleep 1000\n')
    found = kinds(run, [bot])
    del found["launcher, default of 5 s"]
    running, pids = {}, {}
    try:
        for index, (name, begin) in enumerate(found.items()):
            place = run.place("replaced", str(index))
            os.mkfifo(os.path.join(place, "fifo"))
            running[name] = begin(place, {})
            pids[name] = sign(place)
        for number in range(1, run.rounds + 1):
            times = {name: [] for name in running}
            for _ in range(3 if run.quick else 8):
                time.sleep(PAUSE)
                for name, supervisor in running.items():
                    begun = time.perf_counter()
                    os.kill(pids[name], signal.SIGKILL)
                    pids[name] = sign(supervisor.folder)
                    times[name].append((time.perf_counter() - begun) * 1000)
            for name, values in times.items():
                run.note("from kill -9 of a bot to the first sign of its replacement", name, number, statistics.median(values), "ms")
    finally:
        for supervisor in running.values():
            supervisor.end()


def sign(folder):
    """Waits for a bot to start; its process id."""
    with open(os.path.join(folder, "fifo")) as file:
        return int(file.read())


def answered(run):
    """From SIGKILL of casino-bot to the answer to a message that a user wrote at that moment."""
    asyncio.run(answer_times(run))


async def answer_times(run):
    command = [run.program("casino-bot")]
    found = kinds(run, command)
    running = {}
    try:
        for index, (name, begin) in enumerate(found.items()):
            telegram = Telegram()
            await telegram.port.open()
            environment = dict(
                BOT_TOKEN=TOKEN, OWNER_USER_ID="100", TELEGRAM_API_URL=f"http://127.0.0.1:{telegram.port.number}", HOST="127.0.0.1",
                PORT=str(free_port()), BOT_ENV="test", LOG_LEVEL="error")
            running[name] = (begin(run.place("answered", str(index)), environment), telegram)
        for name, (supervisor, telegram) in running.items():
            supervisor.wait_for_bot()
            await reply(telegram, name)
        for number, name in run.turns(list(running)):
            supervisor, telegram = running[name]
            await asyncio.sleep(PAUSE)
            bot, begun = supervisor.bot, time.monotonic()
            os.kill(bot, signal.SIGKILL)
            await reply(telegram, name)
            run.note("from kill -9 of a bot to its first answer", name, number, time.monotonic() - begun, "s")
    finally:
        for supervisor, _ in running.values():
            supervisor.end()


async def reply(telegram, name):
    """A user writes; returns when the reply has left."""
    wanted = telegram.replies + 1
    await telegram.say("/balance")
    try:
        async with asyncio.timeout(60):
            while telegram.replies < wanted:
                telegram.answered.clear()
                await telegram.answered.wait()
    except TimeoutError:
        raise RuntimeError(f"the bot under {name} answers nobody") from None
