"""Rows in which the clock steps or programs stand still, and nothing may happen."""
import os, signal, time

from table import row

HOUR, YEARS = 3600, 3653 * 86400


def clock_steps(s, seconds):
    """Bot and monitor see the wall clock step; a launcher that is a static file is not affected."""
    s.run(environment=s.shimmed("casino-bot"))
    bot = s.map
    s.watch(retries=3, environment=s.shimmed("health-monitor"))
    monitor = s.map
    def step(by):
        for s.map in (bot, monitor):
            s.sabotage(0, int(by * 1e9))
    def during():
        for by in (seconds, 0):
            time.sleep(3)
            step(by)
            time.sleep(3)
            s.must_answer(10, f"answers nobody after a step of {by} s")
    s.quiet(16, during)


@row("the clock steps by +1 h and back", takes=25)
def clock_plus_1_h(s):
    clock_steps(s, HOUR)


@row("the clock steps by -1 h and back", takes=25)
def clock_minus_1_h(s):
    clock_steps(s, -HOUR)


@row("the clock steps by +10 years and back", takes=25)
def clock_plus_10_years(s):
    clock_steps(s, YEARS)


@row("the clock steps by -10 years and back", takes=25)
def clock_minus_10_years(s):
    clock_steps(s, -YEARS)


@row("a leap second: the clock repeats a second", takes=25)
def leap_second(s):
    s.run(environment=s.shimmed("casino-bot"))
    bot = s.map
    s.watch(retries=3, environment=s.shimmed("health-monitor"))
    maps = (bot, s.map)
    def during():
        for number in range(1, 6):
            for s.map in maps:
                s.sabotage(0, -number * 10 ** 9)
            time.sleep(2)
    s.quiet(12, during)


def pause(s, pids, seconds):
    """Stops these processes for so long. Until 2 s after they go on nobody expects a good answer of them."""
    s.paused = True
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    time.sleep(seconds)
    for pid in pids:
        os.kill(pid, signal.SIGCONT)
    time.sleep(2)
    s.paused = False


@row("suspend (simulated: every program is stopped for 40 s, the clock goes on)", takes=65)
def suspend(s):
    s.run()
    s.watch(retries=3, checkInterval=4)
    time.sleep(1)
    s.quiet(50, lambda: pause(s, [s.launcher.pid, s.bot(), s.monitor.pid], 40), allow="was suspended|stood still|no answer came within", degraded=True)


@row("the bot is stopped for 2 s", takes=20)
def short_stop(s):
    s.run()
    s.watch(retries=3)
    s.quiet(12, lambda: pause(s, [s.bot()], 2), allow="stopped|paused|stood still")


@row("the launcher is stopped for 20 s, longer than each limit of the bot", takes=40)
def launcher_stopped(s):
    s.run()
    s.watch(retries=3)
    s.quiet(30, lambda: pause(s, [s.launcher.pid], 20), allow="stood still|paused|stopped")


@row("the monitor is stopped for 20 s", takes=40)
def monitor_stopped(s):
    s.run()
    s.watch(retries=3)
    s.quiet(30, lambda: pause(s, [s.monitor.pid], 20), allow="stood still|paused|stopped|behind")
