"""The faults of monitors, of their files and of their channels."""
import asyncio
import signal
import time

from faults import fault
from net import get
from oracle import Span
from services import long_enough
from targets import MODES
from world import CHANNELS, until


@fault("kill -9 of the monitor, restarted after 0 to 10 s", "as without: nothing lost, nothing invented", 3, ["monitor"])
async def monitor_killed(world):
    monitor = world.monitors[1]

    async def act():
        monitor.kills.append(time.time())
        monitor.program.kill()
        await asyncio.sleep(world.random.uniform(0, 10))
        monitor.program.start()
    await monitor.disturb(act)


@fault("kill -9 of the monitor while 8 services are down", "one alert for each, and its end", 2, ["monitor"])
async def monitor_killed_in_trouble(world):
    chosen = world.free(8)
    modes = [world.random.choice(MODES[target.kind]) for target in chosen]

    async def kill():
        await asyncio.sleep(world.random.uniform(5, 80))
        await monitor_killed(world)
    await asyncio.gather(kill(), *(world.fail(t, m, long_enough(world, m) + world.random.uniform(0, 150), True) for t, m in zip(chosen, modes)))


@fault("SIGSTOP of the monitor for 5 to 60 s", "as without: nothing lost, nothing invented", 2, ["monitor"])
async def monitor_paused(world):
    monitor = world.monitors[1]

    async def act():
        monitor.program.signal(signal.SIGSTOP)
        await asyncio.sleep(world.random.uniform(5, 60))
        monitor.program.signal(signal.SIGCONT)
    await monitor.disturb(act)


@fault("SIGHUP of both monitors, with a target more or less", "as without: states and alerts stay", 3, ["file"])
async def reload(world):
    async def one(monitor):
        monitor.extra = not monitor.extra
        monitor.write()

        async def act():
            monitor.program.signal(signal.SIGHUP)
            # One that is killed or paused now reads it later.
            if not await until(120, lambda: has_extra(monitor)):
                world.findings.append(f"{monitor.program.name} did not take its file within 120 s")
        await monitor.disturb(act)
    await asyncio.gather(*(one(monitor) for monitor in world.monitors))


async def has_extra(monitor):
    status, body = await get(monitor.api.number, "/api/health/status")
    return status == 200 and (b'"extra"' in body) == monitor.extra


@fault("SIGHUP with a wrong file, then with a correct one", "/health is degraded meanwhile; the earlier file stays", 1, ["file"])
async def wrong_file(world):
    monitor = world.monitors[0]
    monitor.write(wrong=True)
    try:
        monitor.program.signal(signal.SIGHUP)
        if not await until(30, lambda: monitor.status("degraded")):
            return "a wrong file did not make /health degraded within 30 s"
        await asyncio.sleep(world.random.uniform(5, 30))
    finally:
        monitor.write()

        async def act():
            monitor.program.signal(signal.SIGHUP)
        await monitor.disturb(act)


@fault("a channel refuses for 20 to 90 s while services fail", "every event reaches it afterwards, once", 4, ["channel"])
async def channel_refuses(world):
    monitor, channel = world.random.choice(world.monitors), world.random.choice(CHANNELS)
    mode = world.random.choice(("503", "429", "401", "close", "hang", "no answer"))
    chosen = world.free(6, ("http", "tcp", "exec"))
    modes = [MODES[target.kind][0] for target in chosen]

    async def refuse():
        await asyncio.sleep(world.random.uniform(0, 45))
        outages = monitor.outages[channel]
        outages.append(Span(time.time(), None))
        monitor.modes[channel] = mode
        await asyncio.sleep(world.random.uniform(20, 90))
        monitor.modes[channel] = "ok"
        outages[-1] = Span(outages[-1].start, time.time())
    await asyncio.gather(refuse(), *(world.fail(t, m, long_enough(world, m), True) for t, m in zip(chosen, modes)))
