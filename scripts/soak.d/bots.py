"""The faults of bots, launchers and their link to Telegram, and crowds of clients."""
import asyncio
import os
import signal
import time

from faults import fault
from net import get
from oracle import Span
from world import until


async def restarted(bot, act, wait=60):
    """Does what has to restart the bot once, and waits until it is healthy."""
    before, place = bot.program.bot, len(bot.expected)
    bot.expected.append(Span(time.time(), None))
    try:
        await act()
        if not await until(wait, lambda: bot.program.bot not in (None, before)):
            return f"{bot.name} was not restarted within {wait} s"
        if not await until(wait, lambda: not bot.is_down and bot.look()):
            return f"{bot.name} was not healthy {wait} s after its restart"
        await asyncio.sleep(1)
    finally:
        bot.expected[place] = Span(bot.expected[place].start, time.time())


async def left_alone(bot, act):
    """Does what must not restart the bot."""
    before = bot.program.bot
    await act()
    await asyncio.sleep(5)
    if bot.program.bot != before:
        return f"{bot.name} was restarted"


def send(pid, number):
    async def act():
        if pid:
            os.kill(pid, number)
    return act


@fault("kill -9 of the bot", "one restart, no alert", 3, ["bot"])
async def bot_killed(world):
    bot = world.bots[1]
    return await restarted(bot, send(bot.program.bot, signal.SIGKILL))


@fault("SIGSTOP of the bot, for good", "one restart", 2, ["bot"])
async def bot_frozen(world):
    bot = world.bots[1]
    return await restarted(bot, send(bot.program.bot, signal.SIGSTOP), 90)


@fault("SIGSTOP of the bot for 3 s", "no restart, no alert", 2, ["bot"])
async def bot_paused(world):
    bot = world.bots[1]

    async def act():
        os.kill(pid := bot.program.bot, signal.SIGSTOP)
        await asyncio.sleep(3)
        os.kill(pid, signal.SIGCONT)
    return await left_alone(bot, act)


@fault("SIGHUP of the launcher", "one restart, no alert", 1, ["bot"])
async def launcher_reloads(world):
    bot = world.bots[1]
    return await restarted(bot, send(bot.program.pid, signal.SIGHUP))


@fault("kill -9 of the launcher, restarted after 1 s", "its bot ends; one restart", 2, ["bot"])
async def launcher_killed(world):
    bot = world.bots[1]

    async def act():
        old = bot.program.bot
        bot.program.kill()
        await asyncio.sleep(1)
        bot.program.start()
        if not await until(30, lambda: not is_alive(old)):
            world.findings.append(f"{bot.name} outlived its launcher by 30 s")
    return await restarted(bot, act)


def is_alive(pid):
    """A zombie that nobody has reaped has ended."""
    try:
        os.waitpid(pid, os.WNOHANG)
    except OSError:
        pass
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


async def link(world, mode, seconds):
    bot = world.bots[1]

    async def act():
        await bot.link.set(mode)
        await asyncio.sleep(seconds)
        await bot.link.set("pass")
        if not await until(90, bot.look):
            world.findings.append(f"{bot.name} was not healthy 90 s after Telegram was back ({mode})")
    return await left_alone(bot, act)


@fault("the bot's link to Telegram is cut for 5 s", "no restart", 2, ["bot"])
async def link_blinks(world):
    return await link(world, "cut", 5)


@fault("the bot's link to Telegram is cut for 60 to 120 s", "no restart; an alert if a client measures an outage as long", 2, ["bot"])
async def link_cut(world):
    return await link(world, "cut", world.random.uniform(60, 120))


@fault("nothing passes between bot and Telegram for 10 to 90 s", "no restart; an alert if a client measures an outage as long", 2, ["bot"])
async def link_holds(world):
    return await link(world, "hold", world.random.uniform(10, 90))


@fault("300 stalled connections to the bot and to the monitor", "every client is answered", 1, ["crowd"])
async def stalled(world):
    writers = []
    try:
        for port in [world.bots[0].port, world.monitors[0].api.number]:
            for _ in range(150):
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writers.append(writer)
                writer.write(b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Ag")
        await asyncio.sleep(world.random.uniform(5, 20))
    except OSError:
        pass
    finally:
        for writer in writers:
            writer.transport.abort()


@fault("200 clients at once", "every client is answered", 1, ["crowd"])
async def rush(world):
    for port in (world.bots[0].port, world.monitors[0].api.number):
        answers = await asyncio.gather(*(get(port, timeout=20) for _ in range(200)))
        if wrong := [status for status, _ in answers if status != 200]:
            return f"{len(wrong)} of 200 clients at once were not answered: {sorted(set(wrong))}"
