"""Times from the death of a machine to the other's answer, and between the two bots of a handover."""
import signal, time

from clock import now, until
from machine import KINDS


def measure(campaign, record, kind):
    """One takeover or handover."""
    leader, other = campaign.settle()
    time.sleep(campaign.random.uniform(0.2, 1.2))
    ttl, seconds = campaign.options.ttl, None
    if kind == "handover":
        process = leader.handover()
        until(20, lambda: not leader.processes(("bot",)), 0.002)
        began = now()
        if until(20, lambda: other.processes(("bot",)), 0.002):
            seconds = now() - began
        failed = process.wait() != 0 or seconds is None
    else:
        # A standby that has just come watches a beat for the whole time first.
        until(ttl, lambda: other.log.count("standby: ") > 0)
        leader.held = True
        began = now()
        leader.signal(KINDS, signal.SIGKILL)
        number = campaign.telegram.say("/balance")
        if campaign.is_answered(number, 3 * ttl + 20):
            seconds = now() - began
        failed = seconds is None or seconds > ttl + 2
        leader.held = False
    record.add(kind, ttl=ttl, seconds=seconds, failed=int(failed))
    return seconds
