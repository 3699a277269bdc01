"""What the monitor must report, must not report, and has reported. Pure: records and times go in, findings come out."""
import collections
import datetime
import statistics
import time

# The machine may be busy; and how long a delivery may take once its channel works.
SLACK, DELIVERY = 15, 75
# A check that began before the service recovered may still count as failed after it.
TAIL = 30

# When something was out of order: seconds since 1970; `end` is None while it goes on.
Span = collections.namedtuple("Span", "start end")
# A call of a channel: what it had, and whether the channel accepted it.
Call = collections.namedtuple("Call", "channel key alert kind service happened arrived accepted")


class Episode:
    """A service's failure. `must`: True, an alert has to open; False, none may; None, either is right.

    - excused: disturbances that concern this service alone.
    - loose: it was measured from outside, so that its alert may change while it is open."""

    def __init__(self, service, what, start, detect, recover, must, end=None, loose=False, excused=()):
        self.service, self.what, self.start, self.end, self.must, self.loose = service, what, start, end, must, loose
        self.excused = excused
        self.detect, self.recover = detect + SLACK, recover + SLACK

    def holds(self, moment, tail=TAIL):
        return self.start - 1 <= moment and (self.end is None or moment <= self.end + self.recover + tail)


def pushed(deadline, start, wait, spans, now):
    """A deadline of `start` + `wait`, where each disturbance lets the wait begin anew at its end."""
    for span in sorted(spans, key=lambda span: span.start):
        end = now if span.end is None else span.end
        if span.start < deadline and end > start:
            deadline = max(deadline, end + wait)
    return deadline


def touches(span, episode, now):
    """Whether a disturbance lies within five seconds of an episode: checks may then follow each other faster."""
    return span.start - 5 < (now if episode.end is None else episode.end) and episode.start < (now if span.end is None else span.end) + 5


def judge(episodes, calls, channels, disturbed, outages, kills, now):
    """Findings of one monitor.

    - episodes: every failure that was staged or measured.
    - calls: what its channels got.
    - disturbed: when the monitor was dead, stopped, or read its file again.
    - outages: by channel, when it did not accept calls.
    - kills: when the monitor was killed; it may send an event a second time after that.
    - now: the end of what is judged; the world's last change is older than every wait.
    Returns (findings, events): sentences, and how many alert events are as expected."""
    findings, good = [], 0
    events, mine = {}, collections.defaultdict(list)
    # A key belongs to an event and a channel.
    for call in calls:
        events.setdefault((call.alert, call.kind, call.happened), call)
    for episode in episodes:
        mine[episode.service].append(episode)
    opened, resolved, by_alert = {}, {}, {}
    for event in sorted(events.values(), key=lambda call: call.happened):
        name = f"{event.service}: {event.kind} at {clock(event.happened)}"
        if event.kind == "opened":
            episode = next((e for e in mine[event.service] if e.holds(event.happened)), None)
            if episode is None:
                findings.append(f"FALSE ALERT {name}, but the service was well")
            elif episode.must is False and not any(touches(span, episode, now) for span in disturbed):
                findings.append(f"FALSE ALERT {name}, for {episode.what} from {clock(episode.start)} to {clock(episode.end)}")
            elif id(episode) in opened and not episode.loose:
                findings.append(f"SECOND ALERT {name}, for {episode.what} from {clock(episode.start)}")
            else:
                good += 1
            if episode:
                opened.setdefault(id(episode), event)
                by_alert[event.alert] = episode
        elif event.kind == "resolved":
            episode = by_alert.get(event.alert)
            if episode is None:
                findings.append(f"ODD {name}, of an alert that never opened")
                continue
            if not episode.loose and episode.end is not None and event.happened < episode.end - 1 or episode.end is None:
                findings.append(f"EARLY {name}, but {episode.what} lasted until {clock(episode.end)}")
            else:
                good += 1
            resolved[id(episode)] = event
        elif event.alert not in by_alert or event.kind not in ("escalated", "repeated"):
            findings.append(f"ODD {name}, which no fault explains")
    for episode in episodes:
        end = now if episode.end is None else episode.end
        name = f"{episode.service}: {episode.what} from {clock(episode.start)} to {clock(episode.end)}"
        deadline = pushed(episode.start + episode.detect, episode.start, episode.detect, [*disturbed, *episode.excused], now)
        event = opened.get(id(episode))
        if event is None:
            if episode.must and deadline < min(end, now):
                findings.append(f"MISSED ALERT {name}, due by {clock(deadline)}")
            continue
        if episode.must and event.happened > deadline:
            findings.append(f"LATE ALERT {name}: opened {event.happened - episode.start:.0f} s after it began, due by {clock(deadline)}")
        if episode.end is not None and id(episode) not in resolved:
            deadline = pushed(episode.end + episode.recover, episode.end, episode.recover, disturbed, now)
            if deadline < now:
                findings.append(f"NOT RESOLVED {name}, due by {clock(deadline)}")
    reached = collections.defaultdict(list)
    for call in calls:
        if call.accepted:
            reached[call.alert, call.kind, call.happened, call.channel].append(call)
    for event in events.values():
        for channel in channels:
            got = reached.get((event.alert, event.kind, event.happened, channel), [])
            deadline = pushed(event.happened + DELIVERY, event.happened, DELIVERY, disturbed + outages.get(channel, []), now)
            if not got and deadline < now:
                findings.append(f"UNDELIVERED {event.service}: {event.kind} at {clock(event.happened)} has not reached {channel}, due by {clock(deadline)}")
            elif got and got[0].arrived > deadline:
                findings.append(f"DELIVERED LATE {event.service}: {event.kind} at {clock(event.happened)} reached {channel} at {clock(got[0].arrived)}, due by {clock(deadline)}")
            if len({call.key for call in got}) > 1:
                findings.append(f"TWO KEYS {event.service}: {event.kind} at {clock(event.happened)} to {channel}")
            for one, other in zip(got, got[1:]):
                if not any(one.arrived - 1 <= kill <= other.arrived for kill in kills):
                    findings.append(f"SENT TWICE {event.service}: {event.kind} at {clock(event.happened)} to {channel}, which had accepted it")
    return findings, good


def seconds(text):
    """Seconds since 1970 of a time in ISO 8601."""
    return datetime.datetime.fromisoformat(text).timestamp()


def clock(moment):
    return "now" if moment is None else time.strftime("%H:%M:%S", time.gmtime(moment))


# What a figure may grow by from the first part of a run to its last: a share and a step.
ALLOWED = {"rss": (0.05, 1024), "pss": (0.05, 1024), "descriptors": (0.1, 4), "threads": (0, 1)}


def flat(samples, begin, end):
    """Whether memory (KiB), descriptors and threads stay flat. Pure.

    - samples: (time, {figure: value}), in order.
    Returns (rows, findings): by figure, (first median, last median, most); the parts are an hour each, in short runs a
    third, after a warm-up of a tenth, at most ten minutes."""
    begin += min(600, (end - begin) / 10)
    part = min(3600, (end - begin) / 3)
    rows, findings = {}, []
    for figure, (share, step) in ALLOWED.items():
        values = [(moment, sample[figure]) for moment, sample in samples if sample.get(figure) is not None]
        first = [value for moment, value in values if begin <= moment < begin + part]
        last = [value for moment, value in values if end - part < moment <= end]
        if not first or not last:
            continue
        a, b = statistics.median(first), statistics.median(last)
        rows[figure] = (a, b, max(value for _, value in values))
        if b > a * (1 + share) + step:
            findings.append(f"{figure} grew from {a:,.0f} to {b:,.0f}")
    return rows, findings


def controls():
    """Broken worlds, each of which has to be found, and a good one, which must not. Returns [(name, whether it is right)]."""
    def call(kind, happened, channel="a", service="x", key=None, alert="1", arrived=None, accepted=True):
        return Call(channel, key or f"{kind}{happened}", alert, kind, service, happened, arrived or happened + 1, accepted)

    def long(must=True, end=200, service="x"):
        return Episode(service, "503", 100, 30, 10, must, end)

    good = [call("opened", 120), call("resolved", 204)]

    def found(word, episodes, calls, channels=("a",), disturbed=(), outages=None, kills=(), now=1000):
        findings, _ = judge(episodes, calls, channels, list(disturbed), outages or {}, kills, now)
        return bool(findings) and all(word in finding for finding in findings) if word else not findings

    leak = [(moment, {"rss": 20_000 + moment, "pss": 9000, "descriptors": 20, "threads": 6}) for moment in range(0, 7200, 10)]
    steady = [(moment, {"rss": 20_000 + moment % 90, "pss": 9000, "descriptors": 20, "threads": 6}) for moment in range(0, 7200, 10)]
    return [
        ("a world as it should be", found("", [long()], good)),
        ("an alert of a service that is well", found("FALSE ALERT", [], [call("opened", 120)])),
        ("an alert for a short failure", found("FALSE ALERT", [long(False, 106)], good)),
        ("a failure without an alert", found("MISSED ALERT", [long()], [])),
        ("a failure without an alert, which a killed monitor excuses", found("", [long()], [], disturbed=[Span(140, 190)])),
        ("an alert that comes late", found("LATE ALERT", [long()], [call("opened", 160), good[1]])),
        ("two alerts for one failure", found("SECOND ALERT", [long()], good + [call("opened", 140, alert="2")])),
        ("an alert that is not resolved", found("NOT RESOLVED", [long()], good[:1])),
        ("one that is resolved too early", found("EARLY", [long()], [good[0], call("resolved", 150)])),
        ("an event that no fault explains", found("ODD", [long()], good + [call("flapping", 150)])),
        ("an event that one channel does not get", found("UNDELIVERED", [long()], good, channels=("a", "b"))),
        ("one that a channel gets late", found("DELIVERED LATE", [long()], [call("opened", 120, arrived=300), good[1]])),
        ("one that a channel gets after its outage", found("", [long()], [call("opened", 120, arrived=300), good[1]], outages={"a": [Span(110, 280)]})),
        ("one that an accepting channel gets twice", found("SENT TWICE", [long()], good + [good[0]._replace(arrived=130)])),
        ("one that it gets twice around a kill", found("", [long()], good + [good[0]._replace(arrived=130)], kills=[125])),
        ("one that it gets with two keys", found("TWO KEYS", [long()], good + [good[0]._replace(arrived=130, key="other")], kills=[125])),
        ("a program that leaks", bool(flat(leak, 0, 7200)[1])),
        ("a program that does not", not flat(steady, 0, 7200)[1]),
    ]
