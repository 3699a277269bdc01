"""What may never happen, in a list of events. Pure."""


def overlaps(events, excepted):
    """What left a machine after another machine's grant: [(machine, seconds after it)]. Pure.

    - events: (time, "grant", epoch, machine) and (time, "left", 0, machine), in any order.
    - excepted: machines that were paused."""
    found, holder, since = [], None, 0
    for moment, kind, _, machine in sorted(events, key=lambda event: event[0]):
        if kind == "grant":
            holder, since = machine, moment
        elif kind == "left" and holder and machine != holder and machine not in excepted:
            found.append((machine, moment - since))
    return found


def falls(values):
    """Neighbours of which the later is smaller. Pure."""
    return [(a, b) for a, b in zip(values, values[1:]) if b < a]
