"""The faults. Each takes the campaign, the leader and the standby, returns once it is over, and may return what is wrong."""
import collections, os, shutil, signal

from clock import now, until
from machine import KINDS, Machine, send

# changes: whether it may change the epoch; pause: whether a machine stands still as a whole, so that polls may overlap;
# takeover: whether the standby has to lead in time.
Fault = collections.namedtuple("Fault", "name act changes pause takeover short", defaults=(True, False, False, False))


def kill(*kinds):
    def act(c, leader, other):
        leader.signal(kinds, signal.SIGKILL)
    return act


def freeze(kinds, seconds, standby=False, link=None):
    def act(c, leader, other):
        ids = (other if standby else leader).signal(kinds, signal.SIGSTOP)
        if link:
            leader.telegram.set(link)
            leader.database.set(link)
        c.rest(seconds)
        send(ids, signal.SIGCONT)
        if link:
            # What was on its way arrives after all.
            c.rest(0.2)
            leader.telegram.set("pass")
            leader.database.set("pass")
    return act


def cut(which, mode, seconds, both=False):
    def act(c, leader, other):
        for machine in (leader, other) if both else (leader,):
            getattr(machine, which).set(mode)
        c.rest(seconds)
        for machine in (leader, other):
            getattr(machine, which).set("pass")
    return act


def freeze_database(seconds):
    def act(c, leader, other):
        c.database.signal(signal.SIGSTOP)
        c.rest(seconds)
        c.database.signal(signal.SIGCONT)
    return act


def handover(then=None):
    def act(c, leader, other):
        process = leader.handover()
        c.rest(c.random.uniform(0, 0.4))
        if then:
            then(c, leader, other)
        process.wait()
    return act


def step(seconds):
    def act(c, leader, other):
        c.database.step(seconds)
        c.rest(c.options.ttl / 2)
        c.database.step(0)
    return act


def fill(seconds):
    def act(c, leader, other):
        c.database.fill()
        c.rest(seconds)
        c.database.empty()
    return act


def promote(lag):
    def act(c, leader, other):
        c.database.promote(lag, c.links)
        c.settle()
        c.database.rejoin(c.links)
    return act


def die(c, machine, seconds):
    """Everything on a machine dies, and stays dead for so long."""
    machine.held = True
    machine.signal(KINDS, signal.SIGKILL)
    c.rest(seconds)
    machine.held = False


def die_for(seconds):
    return lambda c, leader, other: die(c, leader, seconds)


def unequal(c, leader, other):
    """The standby has twice the time to live. The row's counts: that of the leader before, both times."""
    wrong, ttl = [], c.options.ttl
    other.ttl = 2 * ttl
    other.signal(("launcher",), signal.SIGTERM)
    other.process.wait()
    c.settle()
    # It has to watch the leader's beat for a while.
    c.rest(2)
    for machine, heir, limit in ((leader, other, ttl + 2), (other, leader, 2 * ttl + 2)):
        start, began = len(c.events), now()
        machine.held = True
        machine.signal(KINDS, signal.SIGKILL)
        taken = c.first_of(heir, start, began, limit + 20)
        if taken is None or taken > limit:
            wrong.append(f"takeover after {taken and round(taken, 2)} s (limit {limit} s)")
        machine.held = False
        c.settle()
        c.rest(2)
    other.ttl = ttl
    other.signal(("launcher",), signal.SIGTERM)
    return wrong


def clone(c, leader, other):
    """A copy of the leader's machine, with its state and its name, wakes up beside it; then the original dies."""
    twin = Machine(c, f"{leader.name}-clone-{len(c.clones)}", leader.host)
    shutil.copytree(os.path.join(leader.folder, "state"), os.path.join(twin.folder, "state"), dirs_exist_ok=True,
                    ignore=lambda folder, names: [name for name in names if name.endswith((".sock", ".status"))])
    c.clones.append(twin)
    epoch = c.epoch()
    twin.start()
    until(20, lambda: "standby: " in twin.log)
    c.rest(c.options.ttl / 2)
    wrong = [] if c.epoch() == epoch else ["a clone of the leader has changed the epoch"]
    die(c, leader, c.options.ttl + 4)
    twin.end()
    return wrong


def faults(options, has_disk):
    """All that this machine can stage."""
    ttl = options.ttl
    result = [
        Fault("the whole machine dies", die_for(ttl + 4), takeover=True, short=True),
        Fault("the bot is killed", kill("bot"), changes=False, short=True),
        Fault("lease-keeper is killed", kill("keeper"), changes=False, short=True),
        Fault("the launcher is killed", kill("launcher"), short=True),
        Fault("launcher and lease-keeper are killed", kill("launcher", "keeper"), short=True),
        Fault("launcher and bot are killed", kill("launcher", "bot")),
        Fault("the launcher stops (SIGTERM)", lambda c, leader, other: leader.signal(("launcher",), signal.SIGTERM) and None, short=True),
        Fault("handover", handover(), short=True),
        Fault("handover, and the leader's launcher is killed", handover(kill("launcher"))),
        Fault("handover, and the heir's launcher is killed", handover(lambda c, leader, other: other.signal(("launcher",), signal.SIGKILL)), short=True),
        Fault("handover, and the heir's machine dies", handover(lambda c, leader, other: die(c, other, 2 * ttl))),
        Fault("handover, and the database freezes for 0.4 TTL", handover(freeze_database(0.4 * ttl))),
    ]
    for kinds in (("bot",), ("keeper",), ("launcher",), ("launcher", "keeper"), ("keeper", "bot"), ("launcher", "bot"), KINDS):
        for part in (0.5, 2, 3):
            result.append(Fault(
                f"{' and '.join(kinds)} frozen for {part:g} TTL", freeze(kinds, part * ttl), pause=len(kinds) == 3 and part > 0.5,
                changes=not (part == 0.5 and len(kinds) == 1), short=part == 2 and len(kinds) != 2))
    result.append(Fault("the machine is paused for 2 TTL, with messages on their way", freeze(KINDS, 2 * ttl, link="hold"), pause=True))
    for mode in ("cut", "hold", "half", "mute", "slow"):
        for part in (0.5, 2):
            result.append(Fault(f"leader's link to PostgreSQL: {mode} for {part:g} TTL", cut("database", mode, part * ttl), changes=part > 0.5, short=mode in ("hold", "half") and part == 2))
    result += [
        Fault("leader's link to Telegram cut for TTL", cut("telegram", "cut", ttl), changes=False),
        Fault("all links to PostgreSQL cut for 2 TTL", cut("database", "cut", 2 * ttl, True)),
        Fault("PostgreSQL frozen for 0.5 TTL", freeze_database(0.5 * ttl), changes=False, short=True),
        Fault("PostgreSQL frozen for 2 TTL", freeze_database(2 * ttl), short=True),
        Fault("PostgreSQL restarted", lambda c, leader, other: c.database.restart(), changes=False, short=True),
        Fault("the standby's launcher frozen for 2 TTL", freeze(("launcher",), 2 * ttl, True), changes=False),
        Fault("the standby has twice the time to live; both die in turn", unequal),
        Fault("a clone of the leader's machine, then the leader dies", clone),
    ]
    if options.clock:
        result += [
            Fault("PostgreSQL's clock +40 s", step(40), changes=False, short=True),
            Fault("PostgreSQL's clock -40 s", step(-40), changes=False),
        ]
    if has_disk:
        result += [Fault(f"PostgreSQL's disk is full for {part:g} TTL", fill(part * ttl)) for part in (0.5, 2)]
    if options.replica:
        result += [
            Fault("the primary dies, its replica is promoted", promote(0), short=True),
            Fault("the replica lags for 1 s, the primary dies, the replica is promoted", promote(1), short=True),
        ]
    return result
