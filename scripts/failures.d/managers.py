"""How the bot is given to each supervisor. The configurations are those of the manuals and packages, not ours:

supervisord  [program] with autorestart, as in its manual's sample (supervisord.org/configuration.html)
runit        a service directory with a run script (runsv(8)), its output to a file
s6           a service directory with a run script (s6-supervise)
monit        check process with a test of /health, in the form of Debian's /etc/monit/conf-available/apache2
circus       [watcher] with the flapping plugin (circus.readthedocs.io)
systemd      Restart=on-failure (systemd.service(5)); "systemd-watchdog" has Type=notify and WatchdogSec= as well"""
import contextlib, os, shutil, signal, subprocess, sys

from stage import until

SPAWN = dict(stdin=subprocess.DEVNULL, stderr=subprocess.STDOUT, start_new_session=True)


class Manager:
    """Runs one command; its log is a file in the stage's folder."""
    tool = ""

    def __init__(self, stage):
        self.stage, self.folder, self.process = stage, stage.folder, None
        self.log = os.path.join(stage.folder, "manager.log")

    @classmethod
    def missing(cls, options):
        return None if shutil.which(cls.tool) else f"{cls.tool} is not installed: apt-get install {cls.package}"

    def write(self, name, text, mode=0o644):
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            file.write(text)
        os.chmod(path, mode)
        return path

    def spawn(self, *command, **more):
        environment = dict(PATH=os.environ["PATH"], HOME=self.folder, LANG="C.UTF-8", **more)
        self.process = subprocess.Popen(command, env=environment, cwd=self.folder, stdout=open(self.log, "a"), **SPAWN)

    def written(self):
        with contextlib.suppress(OSError):
            return open(self.log, errors="replace").read()
        return ""

    def host(self, pid):
        """The process id outside; the manager may have its own namespace."""
        return pid

    def stop(self):
        from beside import begun
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            until(4, lambda: self.process.poll() is not None)
        if self.process:
            with contextlib.suppress(OSError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        for pid, _ in begun(self.stage)[-3:]:
            with contextlib.suppress(OSError):
                # Only what is certainly this stage's.
                if os.readlink(f"/proc/{pid}/cwd") == self.folder:
                    os.kill(pid, signal.SIGKILL)


class Launcher(Manager):
    @classmethod
    def missing(cls, options):
        return None

    def start(self):
        more = {name: value for name, value in self.stage.environment().items() if name not in ("PATH", "HOME", "LANG")}
        self.spawn(f"{self.stage.programs}/launcher", "--state-dir", os.path.join(self.folder, "state"), "--bot", self.stage.script, **more)


class Supervisord(Manager):
    tool, package = "supervisord", "supervisor"

    def start(self):
        path = self.write("supervisord.conf", f"""[supervisord]
nodaemon=true
logfile={self.log}
pidfile={self.folder}/supervisord.pid
childlogdir={self.folder}
[program:bot]
command={self.stage.script}
autostart=true
autorestart=true
redirect_stderr=true
stdout_logfile={self.folder}/bot.out
""")
        self.log, log = os.path.join(self.folder, "discarded"), self.log
        self.spawn("supervisord", "-c", path)
        self.log = log


class Runit(Manager):
    tool, package = "runsv", "runit"

    def start(self):
        self.write("service/run", f"#!/bin/sh\nexec 2>&1\nexec {self.stage.script} >>{self.folder}/bot.out\n", 0o755)
        self.spawn("runsv", os.path.join(self.folder, "service"))


class S6(Manager):
    tool, package = "s6-supervise", "s6"

    def start(self):
        self.write("service/run", f"#!/bin/sh\nexec 2>&1\nexec {self.stage.script} >>{self.folder}/bot.out\n", 0o755)
        self.spawn("s6-supervise", os.path.join(self.folder, "service"))


class Monit(Manager):
    tool, package = "monit", "monit"

    def start(self):
        # Debian looks each 120 s; scaled as the launcher's polls are, 30 s to 2 s, that is 8 s.
        begin = self.write("begin", f"#!/bin/sh\necho $$ >{self.folder}/bot.pid\nexec {self.stage.script} >>{self.folder}/bot.out 2>&1\n", 0o755)
        start = self.write("start", f"#!/bin/sh\nsetsid {begin} &\n", 0o755)
        stop = self.write("stop", f"#!/bin/sh\nkill $(cat {self.folder}/bot.pid)\nsleep 1\nkill -9 $(cat {self.folder}/bot.pid) 2>&1\nexit 0\n", 0o755)
        path = self.write("monitrc", f"""set daemon 8
set log {self.log}
set pidfile {self.folder}/monit.pid
set idfile {self.folder}/monit.id
set statefile {self.folder}/monit.state
check process bot with pidfile {self.folder}/bot.pid
  start program = "{start}"
  stop program = "{stop}"
  if 4 restarts within 20 cycles then timeout
  if failed host 127.0.0.1 port {self.stage.port} with protocol http and request "/health" with timeout 5 seconds for 4 times within 5 cycles then restart
""", 0o600)
        self.log, log = os.path.join(self.folder, "discarded"), self.log
        self.spawn("monit", "-I", "-c", path)
        self.log = log


class Circus(Manager):
    package = "circus"

    @classmethod
    def missing(cls, options):
        cls.tool = shutil.which("circusd") or os.path.join(options.cache, "circus/bin/circusd")
        if not os.path.exists(cls.tool):
            venv = os.path.join(options.cache, "circus")
            done = subprocess.run([sys.executable, "-m", "venv", venv], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0 \
                and subprocess.run([f"{venv}/bin/pip", "-q", "install", "circus"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0
            return None if done else "circus cannot be installed from PyPI (python3-venv and a network are needed)"
        return None

    def start(self):
        path = self.write("circus.ini", f"""[circus]
endpoint = ipc://{self.folder}/endpoint
pubsub_endpoint = ipc://{self.folder}/pubsub
[watcher:bot]
cmd = {self.stage.script}
numprocesses = 1
stdout_stream.class = FileStream
stdout_stream.filename = {self.folder}/bot.out
stderr_stream.class = FileStream
stderr_stream.filename = {self.folder}/bot.out
[plugin:flapping]
use = circus.plugins.flapping.Flapping
retry_in = 3
max_retry = 2
""")
        self.spawn(self.tool, path)


class Systemd(Manager):
    """A booted systemd in a container, which shares the network of this machine."""
    tool, package, extra = "systemd-nspawn", "systemd-container debootstrap", ""

    @classmethod
    def missing(cls, options):
        if os.geteuid():
            return "needs root"
        if why := super().missing(options):
            return why
        if not shutil.which("debootstrap"):
            return "debootstrap is not installed: apt-get install debootstrap"
        cls.root = os.path.join(options.cache, "debian")
        if not os.path.exists(cls.root):
            # One that was broken off is not taken for a whole one.
            new = f"{cls.root}.new"
            shutil.rmtree(new, ignore_errors=True)
            os.makedirs(options.cache, exist_ok=True)
            packages = "systemd,systemd-sysv,dbus,libcurl4,libsqlite3-0,libpq5,libstdc++6,ca-certificates"
            done = subprocess.run(["debootstrap", "--variant=minbase", f"--include={packages}", "bookworm", new],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode
            if done:
                shutil.rmtree(new, ignore_errors=True)
                return "debootstrap cannot make a Debian (a network is needed)"
            os.rename(new, cls.root)
        return None

    def start(self):
        root, name = os.path.join(self.folder, "root"), "bot.service"
        subprocess.run(["cp", "-a", self.root, root], check=True)
        with open(f"{root}/etc/systemd/system/{name}", "w") as file:
            file.write(f"[Unit]\nDescription=bot\n[Service]\nExecStart={self.stage.script}\nRestart=on-failure\n"
                       f"StandardOutput=append:{self.folder}/bot.out\nStandardError=inherit\n{self.extra}[Install]\nWantedBy=multi-user.target\n")
        os.symlink(f"../{name}", f"{root}/etc/systemd/system/multi-user.target.wants/{name}")
        keep = [] if os.path.isdir("/run/systemd/system") else ["--keep-unit"]
        binds = [f"--bind={path}" for path in {self.folder, os.path.dirname(self.stage.options.shim), self.stage.programs}]
        for path in self.stage.options.libraries:
            binds.append(f"--bind-ro={path}")
        self.log, log = os.path.join(self.folder, "console"), self.log
        self.spawn("systemd-nspawn", "--quiet", "--register=no", *keep, *binds, f"--machine=failures{self.stage.port}", "--directory", root, "--boot",
                   "systemd.log_target=journal")
        self.log = log

    def leader(self):
        """The process id of the container's systemd."""
        with contextlib.suppress(OSError, IndexError):
            return int(open(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read().split()[0])

    def written(self):
        leader = self.leader()
        if not leader:
            return ""
        done = subprocess.run(["nsenter", "-t", str(leader), "-m", "-p", "-i", "-u", "journalctl", "-o", "cat", "--no-pager", "_PID=1", "UNIT=bot.service"],
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        return done.stdout

    def host(self, pid):
        for entry in os.listdir("/proc"):
            if entry.isdigit():
                with contextlib.suppress(OSError):
                    status = open(f"/proc/{entry}/status").read()
                    ids = next(line for line in status.splitlines() if line.startswith("NSpid:")).split()[1:]
                    if len(ids) > 1 and int(ids[-1]) == pid and os.readlink(f"/proc/{entry}/cwd").startswith(self.folder):
                        return int(entry)
        raise OSError(f"no process {pid} in the container")

    def stop(self):
        if self.process and self.process.poll() is None:
            leader = self.leader()
            with contextlib.suppress(OSError):
                os.kill(leader, signal.SIGRTMIN + 4)  # power off (systemd(1))
            if not until(10, lambda: self.process.poll() is not None):
                with contextlib.suppress(OSError):
                    os.kill(leader, signal.SIGKILL)
            until(5, lambda: self.process.poll() is not None)
        super().stop()


class SystemdWatchdog(Systemd):
    extra = "Type=notify\nNotifyAccess=all\nWatchdogSec=6\n"


MANAGERS = {
    "launcher": Launcher, "systemd": Systemd, "systemd-watchdog": SystemdWatchdog, "supervisord": Supervisord, "runit": Runit,
    "monit": Monit, "circus": Circus, "s6": S6,
}
