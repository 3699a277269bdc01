"""Runs beside the containers of scripts/verify-deployment, in a network namespace of its own, as root.
usage: in-image.py ROWS FOLDER. The folder has a bundle for runc for each image (bot, monitor) with its size in it."""
import glob, http.server, json, os, re, signal, subprocess, sys, threading, time

from steps import Steps, children, health, need, process, until
from telegram import TOKEN, Telegram

rows, folder = sys.argv[1:]
step, telegram = Steps(), Telegram()
USER = 10001


class Container:
    """One container of runc: read-only root, no capabilities, this network. Its only writable places are /data and a
    tmpfs on /tmp."""

    def __init__(self, image, environment, hosts=True, token=None):
        self.name, self.folder = f"keepalivekit-{os.getpid()}-{image}-{len(containers)}", f"{folder}/{image}"
        with open(f"{self.folder}/image.json") as file:
            self.image = json.load(file)
        settings = self.image["config"]
        self.bundle = f"{folder}/{self.name}"
        self.data, self.output = f"{self.bundle}/data", f"{self.bundle}/output"
        os.makedirs(self.data)
        os.chown(self.data, USER, USER)
        if token:
            with open(f"{self.data}/token", "w") as file:
                file.write(token + "\n")
                os.fchmod(file.fileno(), 0o400)
                os.fchown(file.fileno(), USER, USER)
        subprocess.run(["runc", "spec", "--bundle", self.bundle], check=True)
        with open(f"{self.bundle}/config.json") as file:
            spec = json.load(file)
        values = dict(entry.split("=", 1) for entry in settings.get("Env") or []) | environment
        spec["process"] |= dict(
            terminal=False, args=settings["Entrypoint"], cwd=settings["WorkingDir"], user=dict(uid=USER, gid=USER),
            env=[f"{key}={value}" for key, value in values.items()], noNewPrivileges=True,
            capabilities=dict.fromkeys(("bounding", "effective", "permitted"), []))
        spec["process"].pop("rlimits", None)
        spec["root"] = dict(path=f"{self.folder}/rootfs", readonly=True)
        spec["linux"]["namespaces"] = [dict(type=kind) for kind in ("pid", "mount", "ipc", "uts")]
        spec["mounts"] = [mount for mount in spec["mounts"] if mount["destination"] != "/sys/fs/cgroup"] + [
            dict(destination="/data", type="bind", source=self.data, options=["rbind", "rw"]),
            dict(destination="/tmp", type="tmpfs", source="tmpfs", options=["nosuid", "nodev", "mode=1777"])]
        if not hosts and os.path.lexists(f"{self.folder}/rootfs/etc/hosts"):
            os.remove(f"{self.folder}/rootfs/etc/hosts")
        if hosts:
            with open(f"{self.bundle}/hosts", "w") as file:
                file.write("127.0.0.1 localhost\n")
            spec["mounts"].append(dict(destination="/etc/hosts", type="bind", source=f"{self.bundle}/hosts", options=["rbind", "ro"]))
        with open(f"{self.bundle}/config.json", "w") as file:
            json.dump(spec, file)
        containers.append(self)
        with open(self.output, "w") as output:
            self.runner = subprocess.Popen(["runc", "run", "--bundle", self.bundle, self.name], stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT)

    def first(self):
        """The host's number of the container's PID 1, or 0."""
        done = subprocess.run(["runc", "state", self.name], capture_output=True, text=True)
        return json.loads(done.stdout).get("pid", 0) if done.returncode == 0 else 0

    def bot(self):
        found = [child for child in children(self.first()) if (process(child) or ("", ""))[0] == "casino-bot"] if self.first() else []
        return found[0] if found else 0

    def execute(self, *command):
        done = subprocess.run(["runc", "exec", self.name, *command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60)
        return done.returncode, done.stdout.strip()

    def words(self):
        with open(self.output, errors="replace") as file:
            return file.read()

    def stop(self):
        """SIGTERM to PID 1; exit code and seconds."""
        began = time.monotonic()
        subprocess.run(["runc", "kill", self.name, "TERM"], capture_output=True)
        return self.runner.wait(30), time.monotonic() - began

    def end(self):
        subprocess.run(["runc", "delete", "--force", self.name], capture_output=True)
        self.runner.wait(30)


containers = []
CHAT = dict(OWNER_USER_ID="42", TELEGRAM_API_URL=telegram.url, RESTART_DELAY_SEC="1", RESTART_MAX_DELAY_SEC="2")


def answered(seconds=30):
    chat = telegram.say("/balance")
    need(until(seconds, lambda: telegram.replies(chat)), f"no reply in {seconds} s; /health: {health()}; {containers[-1].words()[-300:]}")
    need(len(telegram.replies(chat)) == 1, f"{len(telegram.replies(chat))} replies")


def back(box, before):
    need(until(40, lambda: box.bot() not in (0, before) and health()[0] == 200), f"not back; {box.words()[-300:]}")
    answered()


for image in ("bot", "monitor"):
    @step(f"the image {image}", "below 100 MB on disk, user, HEALTHCHECK, labels")
    def _(image=image):
        with open(f"{folder}/{image}/image.json") as file:
            found = json.load(file)
        settings, size = found["config"], found["bytes"] / 1e6
        seen = f'{size:.1f} MB on disk, {found["packed"] / 1e6:.1f} MB to pull (packed by gzip), user {settings.get("User")}, {len(settings.get("Labels") or {})} labels, HEALTHCHECK {"is set" if settings.get("Healthcheck") else "is missing"}'
        need(size < 100 and settings.get("User") == "keepalive" and settings.get("Healthcheck") and "org.opencontainers.image.title" in settings["Labels"], seen)
        return seen


@step("a start without a token", "exit 78, BOT_TOKEN is named")
def _():
    box = Container("bot", CHAT)
    code = box.runner.wait(30)
    need(code == 78 and "BOT_TOKEN is not set" in box.words(), f"exit {code}: {box.words()[-300:]}")
    return f"exit {code}"


@step("a start with a read-only root, the token as a file", "PID 1 is the launcher; a person gets a reply")
def _():
    return started(Container("bot", CHAT | dict(BOT_TOKEN_FILE="/data/token"), token=TOKEN))


def started(box):
    need(until(30, lambda: health()[0] == 200), f"not healthy: {health()}; {box.words()[-400:]}")
    name = process(box.first())
    need(name and name[0] == "launcher", f"PID 1 is {name}")
    answered()
    return f"PID 1 is {name[0]}; {len(telegram.sent)} replies"


@step("HEALTHCHECK's own command in the container", "exit 0")
def _():
    box = containers[-1]
    test = box.image["config"]["Healthcheck"]["Test"]
    command = test[1:] if test[0] == "CMD" else ["/bin/sh", "-c", test[1]]
    code, output = box.execute(*command)
    need(code == 0, f"exit {code}: {output}")
    return f"exit {code}"


@step("writes outside /data and /tmp", "refused (read-only file system)")
def _():
    box = containers[-1]
    for place in ("/opt/casino-bot/x", "/etc/x", "/var/x", "/x"):
        code, output = box.execute("/bin/sh", "-c", f": >{place}")
        need(code != 0, f"{place} was written")
    need(box.execute("/bin/sh", "-c", ": >/data/x && : >/tmp/x")[0] == 0, "/data or /tmp cannot be written")
    options = [line.split()[3] for line in box.execute("cat", "/proc/mounts")[1].splitlines() if line.split()[1] == "/"]
    need("ro" in options[0].split(","), f"root is mounted {options}")
    return "4 places refused; /data and /tmp can be written"


@step("orphans in the container", "PID 1 reaps them")
def _():
    box = containers[-1]
    code, output = box.execute("/bin/sh", "-c", "for i in 1 2 3 4 5; do (sleep 2 >/dev/null 2>&1 &); done")
    orphans = lambda: [child for child in children(box.first()) if child != box.bot()]
    peak = len(orphans())
    need(peak == 5, f"{peak} orphans came to PID 1")
    need(until(10, lambda: not orphans()), f"left: {[process(child) for child in orphans()]}")
    return f"{peak} came to PID 1, none is left"


@step("SIGKILL of the bot", "another bot in the same container")
def _():
    box = containers[-1]
    first, main = box.bot(), box.first()
    os.kill(first, signal.SIGKILL)
    back(box, first)
    need(box.first() == main, "another PID 1")
    return re.search("the bot died: [^;]*", box.words())[0]


def crash(box):
    """SIGSEGV to the bot; what the new crash report has."""
    first, known = box.bot(), set(glob.glob(f"{box.data}/state/crashes/*"))
    os.kill(first, signal.SIGSEGV)
    back(box, first)
    new = set(glob.glob(f"{box.data}/state/crashes/crash-*")) - known
    need(len(new) == 1, f"{len(new)} reports")
    with open(new.pop()) as file:
        text = file.read()
    need("Thread 0" in text and " in casino-bot" in text, text[-400:])
    return f'{re.search("ended with: (.*)", text)[1]}, {len(re.findall(" in casino-bot", text))} frames of casino-bot'


@step("SIGSEGV of the bot", "a backtrace in /data/state/crashes")
def _():
    return crash(containers[-1])


@step("SIGTERM, as docker stop sends it", "exit 0 within 10 s, no process is left")
def _():
    box = containers[-1]
    first = box.bot()
    code, seconds = box.stop()
    need(code == 0 and seconds < 10 and not process(first), f"exit {code} after {seconds:.1f} s, bot {process(first)}")
    return f"exit {code} after {seconds:.1f} s"


@step("without /etc/hosts", "healthy; HEALTHCHECK's command exits with 0; a backtrace")
def _():
    box = Container("bot", CHAT | dict(BOT_TOKEN=TOKEN), hosts=False)
    started(box)
    need(box.execute("/bin/sh", "-c", "! [ -e /etc/hosts ]")[0] == 0, "/etc/hosts exists")
    code, output = box.execute("/opt/casino-bot/bin/health-check", "--quiet")
    need(code == 0, f"exit {code}: {output}")
    seen = crash(box)
    box.stop()
    return f"healthy, exit 0; {seen}"


for hosts in (True, False):
    @step("the image monitor" + ("" if hosts else " without /etc/hosts"), "answers; HEALTHCHECK's command exits with 0; SIGTERM ends it with 0")
    def _(hosts=hosts):
        box = Container("monitor", dict(MONITOR_API_KEY="verify-key-of-16-characters", DISCORD_BOT_URL="http://127.0.0.1:9/health"), hosts)
        need(until(30, lambda: health(8090)[0]), f"no answer: {box.words()[-400:]}")
        test = box.image["config"]["Healthcheck"]["Test"]
        code, output = box.execute("/bin/sh", "-c", test[1])
        need(code == 0, f"HEALTHCHECK exits with {code}: {output}")
        need(glob.glob(f"{box.data}/health.db"), "no history in /data")
        ended, seconds = box.stop()
        need(ended == 0, f"exit {ended}")
        return f"/health {code == 0 and 'passes'}; exit {ended} after {seconds:.1f} s"


@step("charsets and time zones in the image monitor", "a page in ISO 8859-2 is read; Europe/Berlin is known; certificates are there")
def _():
    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=iso-8859-2")
            self.end_headers()
            self.wfile.write("zażółć".encode("iso-8859-2"))

        def log_message(self, *_):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Page) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        # A monitor that stays up, for the commands beside it.
        box = Container("monitor", dict(DISCORD_BOT_URL="http://127.0.0.1:9/health"))
        need(until(30, lambda: health(8090)[0]), f"no answer: {box.words()[-400:]}")
        with open(f"{box.data}/once.json5", "w") as file:
            file.write('{ database: "/tmp/once.db", targets: [ { name: "page", type: "http", url: "http://127.0.0.1:%d/", expectBody: "zażółć" },'
                       ' { name: "job", type: "push", token: "a-token-of-many-characters", schedule: "0 3 * * *", timeZone: "Europe/Berlin" } ] }' % server.server_address[1])
        code, output = box.execute("/opt/health-monitor/bin/health-monitor", "--config", "/data/once.json5", "--check-config")
        need(code == 0, f"--check-config exits with {code}: {output}")
        output = box.execute("/opt/health-monitor/bin/health-monitor", "--config", "/data/once.json5", "--once")[1]
        need(re.search(r"^healthy +page", output, re.M), output)
        need(box.execute("test", "-s", "/etc/ssl/certs/ca-certificates.crt")[0] == 0, "no certificates")
        box.stop()
        server.shutdown()
    return "read, known, there"


def interrupted(*_):
    raise SystemExit(143)


signal.signal(signal.SIGTERM, interrupted)
try:
    step.run(rows)
finally:
    for box in containers:
        box.end()
