"""The faults, each with what has to follow. A fault is one coroutine that ends when the world is well again.

It may return a finding. What it holds (a bot, a monitor, the network) no other fault touches meanwhile."""
import asyncio
import time

FAULTS = []


class Fault:
    def __init__(self, name, expectation, weight, holds, act):
        self.name, self.expectation, self.weight, self.holds, self.act = name, expectation, weight, holds, act
        self.times, self.findings = 0, []


def fault(name, expectation, weight=1, holds=()):
    def note(act):
        FAULTS.append(Fault(name, expectation, weight, set(holds), act))
        return act
    return note


class Schedule:
    """Begins faults at random times, by the seed of the world, until `enough`; holds keep apart what would spoil each other."""

    def __init__(self, world, gap, log):
        self.world, self.gap, self.log, self.held, self.tasks, self.count = world, gap, log, {}, set(), 0
        self.enough = asyncio.Event()

    async def run(self, seconds):
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0 and not self.enough.is_set():
            await self.rest(min(left, self.world.random.expovariate(1 / self.gap)))
            ready = [fault for fault in FAULTS if not fault.holds & self.held.keys()]
            if ready and time.monotonic() < end and not self.enough.is_set():
                # Each fault once, as far as there is time, before chance decides.
                fresh = [fault for fault in ready if not fault.times]
                self.begin(self.world.random.choice(fresh) if fresh else self.world.random.choices(ready, [fault.weight for fault in ready])[0])

    async def rest(self, seconds):
        try:
            async with asyncio.timeout(seconds):
                await self.enough.wait()
        except TimeoutError:
            pass

    def begin(self, fault):
        fault.times += 1
        self.count += 1
        for thing in fault.holds:
            self.held[thing] = fault
        task = asyncio.create_task(self.carry_out(fault))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def carry_out(self, fault):
        self.log({"begins": fault.name})
        try:
            finding = await fault.act(self.world)
        except (OSError, RuntimeError, TypeError) as error:
            finding = f"the script failed: {error!r}"
        if finding:
            fault.findings.append(finding)
            self.world.findings.append(f"{fault.name}: {finding}")
        self.log({"ends": fault.name, "finding": finding})
        # A bot's status changes with each fault; without a rest its alert would be about flapping.
        if "bot" in fault.holds:
            await asyncio.sleep(60)
        for thing in fault.holds:
            self.held.pop(thing, None)
