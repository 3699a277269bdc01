"""The faults of services and of the network between them and the monitors."""
import asyncio
import time

import oracle
from faults import fault
from oracle import Span
from targets import MODES


def long_enough(world, mode):
    return mode.detect + oracle.SLACK + world.random.uniform(5, 40)


@fault("1 to 8 services fail for 45 to 130 s", "one alert for each, and its end", 8)
async def services_fail(world):
    chosen = world.free(world.random.randint(1, 8))
    modes = [world.random.choice(MODES[target.kind]) for target in chosen]
    await asyncio.gather(*(world.fail(t, m, long_enough(world, m), True) for t, m in zip(chosen, modes)))


@fault("40 services fail at once", "one alert for each, and its end", 1)
async def many_fail(world):
    chosen = world.free(40, ("http", "tcp"))
    modes = [world.random.choice(MODES[target.kind][:3]) for target in chosen]
    await asyncio.gather(*(world.fail(t, m, long_enough(world, m), True) for t, m in zip(chosen, modes)))


@fault("1 to 8 services fail for 2 to 8 s", "no alert", 5)
async def services_blink(world):
    chosen = [t for t in world.free(world.random.randint(1, 8)) if t.kind != "log"]
    modes = [next(m for m in MODES[t.kind] if m.name not in ("down", "gone")) for t in chosen]
    await asyncio.gather(*(world.fail(t, m, world.random.uniform(2, 8), False, f"a blink ({m.name})") for t, m in zip(chosen, modes)))


@fault("the monitors' network is cut, and services fail meanwhile", "no alert", 2, ["network"])
async def network(world):
    await asyncio.sleep(1)
    world.targets.network.refuse()
    world.cuts.append(Span(time.time() - 2, None))
    try:
        chosen = world.free(8, ("exec", "push"))
        modes = [next(m for m in MODES[t.kind] if m.name in ("critical", "silence")) for t in chosen]
        await asyncio.gather(*(world.fail(t, m, m.begins + world.random.uniform(30, 60), False, "an outage without a network") for t, m in zip(chosen, modes)))
        # Checks that have seen the failure end before the network is back.
        await asyncio.sleep(15)
    finally:
        await world.targets.network.open()
        # For five seconds more a monitor may take the network for cut.
        world.cuts[-1] = Span(world.cuts[-1].start, time.time() + 5)
