"""The unit casino-bot in the booted machine, as the steps see it: systemctl, its processes, its log."""
import os, re, subprocess

from steps import children, health, need, process, until

STATE, LOG, DROP_IN = "/var/lib/casino-bot", "/var/log/casino-bot/bot_launcher.log", "/etc/systemd/system/casino-bot.service.d/verify.conf"
SERVICE = ("[Service]\nLoadCredential=BOT_TOKEN:/etc/casino-bot/bot-token\nRestartSec=1\n"
           "Environment=RESTART_DELAY_SEC=1 RESTART_MAX_DELAY_SEC=2 BOT_WATCHDOG_SEC=6\n")


def run(*command, seconds=120):
    """Exit code and output of a command."""
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=seconds,
                          env=os.environ | dict(DEBIAN_FRONTEND="noninteractive", LC_ALL="C.UTF-8", SYSTEMD_PAGER=""))
    return done.returncode, done.stdout.strip()


def shows(name, unit="casino-bot"):
    return run("systemctl", "show", "-P", name, unit)[1]


def state(unit="casino-bot"):
    return f'{shows("ActiveState", unit)} ({shows("SubState", unit)}), result {shows("Result", unit)}'


def active(unit="casino-bot"):
    return shows("ActiveState", unit) == "active"


def launcher():
    return int(shows("MainPID"))


def bot():
    """The bot's process id, or 0 where the launcher has none."""
    main = launcher()
    found = [child for child in children(main) if process(child) and process(child)[1] != "Z"] if main else []
    return found[0] if found else 0


def healthy():
    return health()[0] == 200


def start(drop_in="", unit="casino-bot"):
    """Starts the unit anew with more lines for its drop-in."""
    run("systemctl", "stop", unit)
    if unit == "casino-bot":
        os.makedirs(os.path.dirname(DROP_IN), exist_ok=True)
        with open(DROP_IN, "w") as file:
            file.write(SERVICE + drop_in)
        run("systemctl", "daemon-reload")
        run("rm", "-f", f"{STATE}/restart_backoff.json")
    run("systemctl", "reset-failed", unit)
    return run("systemctl", "start", unit)


def log(since=0):
    with open(LOG, errors="replace") as file:
        file.seek(since)
        return file.read()


def line(pattern, since=0, seconds=30):
    """The last part of the log's first line that matches."""
    found = until(seconds, lambda: re.search(pattern, log(since)))
    return need(found, f"no line with {pattern} in {seconds} s; the last is: {log().splitlines()[-1:]}")[0]


def size():
    return os.path.getsize(LOG) if os.path.exists(LOG) else 0


def explain():
    """The unit's state and the journal's last lines."""
    return "\n".join(run(*command)[1] for command in (
        ("systemctl", "status", "--no-pager", "--lines=0", "casino-bot"), ("journalctl", "--no-pager", "-o", "cat", "-n", "40", "-u", "casino-bot", "-u", "health-monitor"), ("df", "/var", "/run")))
