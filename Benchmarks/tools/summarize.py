#!/usr/bin/env python3
"""Turns the lines of one run (a folder of .tsv files) into tables: median (least to most), ratios pair by pair."""

import collections
import pathlib
import statistics
import sys

NAMES = {
    "kit": "KeepAliveKit",
    "flask": "Flask on Waitress",
    "go": "Go net/http",
    "nginx": "nginx, fixed text",
    "kit-update": "`recordUpdate()`",
    "kit-update-took": "`recordUpdate(took:)`",
    "mutex": "Swift: `Mutex`, counter and clock",
    "atomic": "Swift: one atomic add, `CLOCK_MONOTONIC`",
    "atomic-coarse": "Swift: one atomic add, coarse clock",
    "go-atomic": "Go: `atomic.AddInt64`, `time.Since`",
}


def rows(folder, name):
    path = folder / name
    if not path.exists():
        return []
    return [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()]


def number(value, digits):
    return f"{value:,.{digits}f}"


def spread(values, digits=0, unit=""):
    """`median (least to most)` of those that are there."""
    values = [value for value in values if value is not None]
    if not values:
        return "none"
    middle, least, most = (number(of(values), digits) for of in (statistics.median, min, max))
    return f"{middle}{unit}" if len(values) == 1 else f"{middle}{unit} ({least} to {most})"


def digits_of(values):
    return 2 if min(values) < 10 else 0


def ratio(mine, others):
    """What mine is of the other in the same round, over all rounds."""
    pairs = [a / b for a, b in zip(mine, others) if a is not None and b]
    return spread(pairs, digits_of(pairs), " ×") if pairs else "no answers"


def table(head, lines):
    print("| " + " | ".join(head) + " |")
    print("|" + "---|" * len(head))
    for line in lines:
        print("| " + " | ".join(line) + " |")
    print()


def value(text):
    return None if text == "-" else float(text)


def by_server(lines):
    result = collections.defaultdict(lambda: collections.defaultdict(list))
    for line in lines:
        for index, text in enumerate(line[2:]):
            result[line[1]][index].append(value(text))
    return {name: result[name] for name in NAMES if name in result}


def throughput(folder):
    servers = by_server(rows(folder, "throughput.tsv"))
    if not servers:
        return
    print("### `/health`: 64 connections, one core for the server, one for wrk\n")
    kit = servers["kit"]
    table(
        ["", "requests/s", "the kit serves", "p99, ms", "CPU, µs a request", "the kit takes", "failures"],
        [
            [
                NAMES[name], spread(one[0]), "" if name == "kit" else ratio(kit[0], one[0]), spread(one[1], 2),
                spread(one[2], 1), "" if name == "kit" else ratio(kit[2], one[2]), number(sum(one[3]), 0),
            ]
            for name, one in servers.items()
        ],
    )  # fmt: skip


def stalled(folder):
    servers = by_server(rows(folder, "stalled.tsv"))
    if not servers:
        return
    print("### The same while 300 stalled connections are held open\n")
    kit = servers["kit"]
    table(
        ["", "fresh `/health` answered", "after, ms", "slowest, ms", "requests/s", "the kit serves", "p99, ms",
         "CPU, µs a request", "stalled connections closed"],
        [
            [
                NAMES[name], f"{sum(one[0]):.0f} of {sum(one[1]):.0f}", spread(one[2], 2),
                number(max(v for v in one[3] if v is not None), 1) if any(v is not None for v in one[3]) else "none",
                spread(one[4]), "" if name == "kit" else ratio(kit[4], one[4]), spread(one[5], 2), spread(one[6], 1), spread(one[8]),
            ]
            for name, one in servers.items()
        ],
    )  # fmt: skip


def record(folder):
    times = collections.defaultdict(list)
    for _, name, threads, nanoseconds in rows(folder, "record.tsv"):
        times[name, threads].append(float(nanoseconds))
    if not times:
        return
    print("### Recording one update, in nanoseconds of CPU time\n")
    names = list(dict.fromkeys(name for name, _ in times))
    lines = []
    for name in names:
        line = [NAMES[name]]
        for threads in ("1", "2"):
            line.append(spread(times[name, threads], 1))
            pairs = [a / b for a, b in zip(times[name, threads], times["kit-update", threads])]
            line.append("1" if name == "kit-update" else spread(pairs, 2, " ×"))
        lines.append(line)
    table(["", "1 thread, ns", "to the kit's", "2 threads, ns", "to the kit's"], lines)


def memory(folder):
    figures = collections.defaultdict(lambda: collections.defaultdict(list))
    for _, program, *values in rows(folder, "memory.tsv"):
        for name, text in zip(("rss", "pss", "dirty", "threads"), values):
            figures[program][name].append(float(text))
    if not figures:
        return
    print("### What embedding adds to a Swift program that sleeps\n")
    labels = {"pss": "Pss, KiB", "dirty": "Private_Dirty, KiB", "rss": "Rss, KiB", "threads": "threads"}
    bare, kit = figures["bare"], figures["kit"]
    table(
        ["", "without the kit", "with it", "added"],
        [
            [label, spread(bare[key]), spread(kit[key]), spread([b - a for a, b in zip(bare[key], kit[key])])]
            for key, label in labels.items()
        ],
    )


def idle(folder):
    lines = rows(folder, "idle.tsv")
    if not lines:
        return
    print("### Wake-ups of an idle bot\n")
    table(
        ["program", "thread", "seconds", "voluntary switches", "involuntary switches"],
        [["with the kit" if line[0] == "sleeper" else "without", *line[1:]] for line in lines],
    )


def main():
    folder = pathlib.Path(sys.argv[1])
    for section in (throughput, stalled, record, memory, idle):
        section(folder)
    print("### Versions\n")
    print((folder / "versions.txt").read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
