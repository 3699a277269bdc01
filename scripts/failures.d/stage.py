"""A stage: one row's folder, ports, Telegram and programs, and what is measured on it."""
import contextlib, http.client, json, mmap, os, re, shutil, signal, struct, threading, time

from process import Program, free_ports, plain, until, words
from telegram import Telegram

KEY = "staged-key-of-the-monitor"
TOKEN, OWNER = "123456789:AAaaBBbbCCccDDddEEeeFFffGGggHHhhIIi", 100
# A machine under load starts processes late: a promise may be kept this much later, in seconds.
SLACK = 2.0
# The settings of every row: short, so that the table takes minutes. A promise is computed from these.
SCALED = dict(
    RESTART_DELAY_SEC=1, RESTART_MAX_DELAY_SEC=8, RESTART_RESET_AFTER_SEC=300, MAX_RESTARTS=10, BOT_WATCHDOG_SEC=6,
    HEALTH_INTERVAL_SEC=2, HEALTH_GRACE_SEC=4, HEALTH_FAILURES=3, EXECUTOR_STALL_SEC=4, UNHEALTHY_AFTER_SEC=30,
    KEEPALIVE_INTERVAL_SEC=360, WATCHDOG_STALL_SEC=60, WATCHDOG_DISCONNECT_GRACE_SEC=60)


class Missed(Exception):
    """The row's promise is not kept."""


class Skipped(Exception):
    """The row cannot be staged here."""


class Stage:
    """Everything that one row may use. Its helpers note what was promised and measured in `result`."""

    def __init__(self, options, result):
        self.options, self.result, self.programs, self.pids = options, result, options.programs, set()
        self.folder = os.path.join(options.folder, result.row.name)
        os.makedirs(self.folder)
        self.settings, self.started, self.cleanup, self.zero = dict(SCALED), [], [], 0.0
        self.telegram, self.port, self.launcher, self.monitor, self.paused = None, free_ports(), None, None, False

    # Programs

    def environment(self, **more):
        self.telegram = self.telegram or Telegram()
        values = dict(
            PATH=os.environ["PATH"], HOME=self.folder, TZ="UTC", BOT_TOKEN=TOKEN, OWNER_USER_ID=OWNER, BOT_ENV="prod",
            TELEGRAM_API_URL=f"http://127.0.0.1:{self.telegram.port}", PORT=self.port, HOST="127.0.0.1")
        values.update(self.settings)
        values.update(more)
        return {name: str(value) for name, value in values.items() if value is not None}

    def program(self, name, command, environment, **more):
        program = Program(self, name, command, environment, **more)
        self.started.append(program)
        return program

    def shimmed(self, name="casino-bot"):
        """The variables by which the shim makes a program fail from inside."""
        path = os.path.join(self.folder, f"{name}.map")
        if not os.path.exists(path):
            open(path, "wb").write(bytes(64))
        file = open(path, "r+b")
        self.map = mmap.mmap(file.fileno(), 64)
        return dict(LD_PRELOAD=self.options.shim, FAILURE_IN=name, FAILURE_MAP=path)

    def sabotage(self, field, value):
        """Fields: 0 clock offset in ns, 1 stuck threads, 2 delay of each fsync in ms, 3 MiB to leak, 4 take descriptors."""
        self.map[field * 8:field * 8 + 8] = struct.pack("q", value)

    def launch(self, *arguments, bot=None, environment=None, before=(), settings=None, name="launcher", state="state"):
        """The launcher with the casino-bot beside it, or with `bot`, a command; that is time zero."""
        self.settings.update(settings or {})
        command = [os.path.join(self.programs, "launcher"), "--state-dir", os.path.join(self.folder, state), *arguments]
        if bot:
            command += ["--bot", bot[0], *(["--", *bot[1:]] if bot[1:] else [])]
        program = self.program(name, command, self.environment(**(environment or {})), before=before)
        self.launcher, self.zero = self.launcher or program, program.started
        return program

    def run(self, *arguments, **more):
        """Launches the bot and waits until it has answered a player."""
        launcher = self.launch(*arguments, **more)
        if not launcher.wait("connected to Telegram", 40):
            raise Missed(f"the bot does not start: {launcher.tail()}")
        self.must_answer(20)
        return launcher

    def watch(self, targets=None, channels=None, environment=None, before=(), **settings):
        """health-monitor with a check each second and a webhook for alerts; watches the bot if no targets are given."""
        self.telegram = self.telegram or Telegram()
        port = free_ports(1)
        self.monitor_port = port
        config = dict(
            checkInterval=1, timeout=2, retries=0, failureThreshold=3, stateDir=self.folder,
            database=os.path.join(self.folder, "health.db"), api=dict(host="127.0.0.1", port=port, key=KEY),
            targets=targets or [dict(name="casino", type="bot", url=f"http://127.0.0.1:{self.port}", critical=True)],
            channels=channels if channels is not None else [dict(type="webhook", url=f"http://127.0.0.1:{self.telegram.port}/alert")])
        config.update(settings)
        self.config_path = os.path.join(self.folder, "monitor.json5")
        json.dump(config, open(self.config_path, "w"))
        return self.start_monitor(environment, before)

    def start_monitor(self, environment=None, before=()):
        values = dict(PATH=os.environ["PATH"], HOME=self.folder, TZ="UTC", **(environment or {}))
        command = [os.path.join(self.programs, "health-monitor"), "--config", self.config_path]
        self.monitor = self.program("monitor" if not self.monitor else "monitor2", command, values, before=before)
        if not until(30, lambda: self.get("/ping", self.monitor_port)[0] == 200):
            raise Missed(f"health-monitor does not start: {self.monitor.tail()}")
        return self.monitor

    def service(self, status=200, body=b"fine"):
        """A small HTTP service of our own, for the monitor to look at. Returns it; `status` may be changed."""
        import http.server
        class Handler(http.server.BaseHTTPRequestHandler):
            def log_message(self, *_): pass
            def do_GET(self):
                self.send_response(server.status); self.send_header("Content-Length", str(len(body))); self.end_headers(); self.wfile.write(body)
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads, server.status, server.url = True, status, f"http://127.0.0.1:{server.server_address[1]}/"
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        self.cleanup.append(server.shutdown)
        return server

    # Looks

    def get(self, path="/health", port=None, timeout=3):
        """(status, JSON), or (None, None) if nobody answers."""
        connection = http.client.HTTPConnection("127.0.0.1", port or self.port, timeout=timeout)
        try:
            connection.request("GET", path, headers={"X-API-Key": KEY} if port else {})
            answer = connection.getresponse()
            body = answer.read()
            with contextlib.suppress(ValueError):
                body = json.loads(body)
            return answer.status, body
        except (OSError, http.client.HTTPException):
            return None, None
        finally:
            connection.close()

    def bot(self, launcher=None):
        """The bot's process id, as the launcher logged it."""
        launcher = launcher or self.launcher
        found = [re.search(r"as process (\d+)", line) for _, line in list(launcher.lines)]
        ids = [int(match.group(1)) for match in found if match]
        self.pids.update(ids)
        return ids[-1] if ids else None

    def alive(self, pid):
        try:
            return open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()[0] not in "ZX"
        except OSError:
            return False

    def kill(self, number, pid=None):
        """Signals the bot; that is time zero."""
        pid = pid or self.bot()
        self.zero = time.monotonic()
        os.kill(pid, number)

    def begin(self):
        """Time zero."""
        self.zero = time.monotonic()

    def must(self, condition, why):
        if not condition:
            raise Missed(why)

    def must_answer(self, within=15, why="the bot answers no player"):
        chat = self.telegram.say()
        self.must(until(within, lambda: self.telegram.answered(chat)), why)

    # Measuring

    def measured(self, at, least, most, what=""):
        """Compares a moment with what was promised, both in seconds after time zero."""
        took, prefix = at - self.zero, f"{what} " if what else ""
        span = "at once" if most == 0 else plain(most) if least == most else f"{plain(least)[:-2]} to {plain(most)}"
        self.result.promised.append(prefix + (span if least or not most else f"at most {plain(most)}"))
        self.result.measured.append(prefix + words(max(0.0, took)))
        if took > most + SLACK:
            self.result.miss(f"{prefix}after {words(took)}, promised {most:g} s")
        if took < least - 0.3:
            self.result.miss(f"{prefix}after {words(took)}, promised not before {least:g} s")

    def seen(self, pattern, most=0.0, least=0.0, by=None, what="", default=""):
        """The line that names the failure has to come in this time."""
        program = by or self.launcher
        found = program.wait(pattern, most + 20, since=self.zero)
        self.must(found, f"no line like “{pattern}” within {most + 20:g} s: {program.tail()}")
        self.measured(found[0], least, most, what)
        self.named(found[1])
        if default:
            self.result.default = default
        return found[0]

    def named(self, line):
        """Keeps the words of a line without its time and level."""
        line = re.sub(r"^\d{4}-\d\d-\d\dT[\d:.]+Z?\s*", "", line)
        line = re.sub(r"^(\[?(DEBUG|INFO|WARN|WARNING|ERROR)\]?\s+)", "", line)
        line = re.sub(r"^(launcher|health-monitor|casino-bot): |^  - ", "", line)
        line = re.sub(r"^(network error, restart in [^:]*|cannot run, and a restart will not help): ", "", line)
        line = re.sub(r"; (failure \d+ of|restart in|report:|retrying in).*", "", line)
        self.result.named = re.sub(r"(?<![\w:/])/\S*/([\w.-]+)", r"\1", line)

    def restarted(self, most, least=0.0, since=None, answers=True):
        """A new bot has to be started in this time after `since`, and answer a player."""
        since = since or self.zero
        found = self.launcher.wait(r"started .* as process", most + 20, since=since)
        self.must(found, f"no restart: {self.launcher.tail()}")
        took = found[0] - since
        self.result.cured = f"{words(took)} here, {plain(most)} promised"
        if took > most + SLACK or took < least - 0.3:
            self.result.miss(f"restarted after {words(took)}, promised {least:g} to {most:g} s")
        if answers:
            self.must_answer(30, "the restarted bot answers no player")

    def ends(self, code, within=5, program=None):
        """The launcher has to end with this code."""
        program = program or self.launcher
        got = program.ended(within + 10)
        self.must(got == code, f"exit code {got}, promised {code}: {program.tail()}")
        self.result.cured = f"exit {code}"

    def alert(self, event="opened", within=0.0, least=0.0, what="alert", service=None):
        """The alert has to arrive in this time."""
        hit = lambda: next((entry for entry in list(self.telegram.alerts) if entry[1].get("event") == event and
                            entry[0] >= self.zero and (not service or entry[1].get("service") == service)), None)
        found = until(within + 20, hit)
        self.must(found, f"no alert “{event}” within {within + 20:g} s: {self.monitor.tail()}")
        self.measured(found[0], least, within, what)
        if event == "opened":
            self.result.named = found[1].get("text", "").split(" (since")[0]
        return found[1]

    def no_alert(self):
        self.must(not self.telegram.alerts, f"an alert: {self.telegram.alerts and self.telegram.alerts[0][1].get('text')}")

    def quiet(self, seconds, during=None, allow=None, answer=10, degraded=False):
        """Nothing may happen: no restart, no 503, no alert, no warning; afterwards a player is answered. `allow` is a
        pattern of lines that may come, `degraded` allows that status."""
        self.begin()
        pid, over, found, looks = self.bot(), threading.Event(), [], [0]

        def look():
            while not over.wait(0.2):
                status, body = self.get(timeout=5)
                looks[0] += 1
                good = ("healthy", "degraded") if degraded else ("healthy",)
                if self.paused:
                    continue
                if status != 200 or not isinstance(body, dict) or body.get("status") not in good:
                    found.append(f"/health {status} {body.get('reasons') if isinstance(body, dict) else body}")
        watcher = threading.Thread(target=look, daemon=True)
        watcher.start()
        if during:
            during()
        time.sleep(max(0, self.zero + seconds - time.monotonic()))
        over.set()
        watcher.join(10)
        self.must_answer(answer)
        took = time.monotonic() - self.zero
        self.result.promised.append("nothing")
        for program in (self.launcher, self.monitor):
            for at, line in list(program.lines) if program else []:
                if at >= self.zero and re.search(r"\b(WARN|WARNING|ERROR)\b", line) and not (allow and re.search(allow, line)):
                    found.append(line)
        if self.bot() != pid or not self.alive(pid):
            found.append("the bot was restarted")
        if self.telegram.alerts:
            found.append("alert: " + self.telegram.alerts[0][1].get("text", ""))
        self.result.measured.append(f"nothing in {took:.0f} s" if not found else found[0])
        if found:
            self.result.miss(f"{len(found)} times: {found[0]}")

    def close(self):
        for program in self.started:
            if self.launcher:
                self.bot()
            for number in (signal.SIGCONT, signal.SIGTERM):
                program.signal(number)
        for program in self.started:
            if program.ended(3) is None:
                with contextlib.suppress(OSError):
                    os.killpg(program.pid, signal.SIGKILL)
            for at, line in program.lines:
                if match := re.search(r"as process (\d+)", line):
                    self.pids.add(int(match.group(1)))
        for pid in self.pids:
            with contextlib.suppress(OSError):
                if os.path.basename(os.readlink(f"/proc/{pid}/cwd")) and os.readlink(f"/proc/{pid}/cwd").startswith(self.folder):
                    os.kill(pid, signal.SIGKILL)
        for step in reversed(self.cleanup):
            with contextlib.suppress(Exception):
                step()
        if self.telegram:
            self.telegram.be("hangup")
            self.telegram.close()
        if not self.options.keep:
            shutil.rmtree(self.folder, ignore_errors=True)
