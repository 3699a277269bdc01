"""The record of runs: one JSON line for each round, measurement or closing of the books; and its table."""
import json, math, os, statistics, time


class Record:
    """A file that a later run with the same seed goes on with; without a path nothing is kept."""

    def __init__(self, path, seed):
        self.path, self.seed = path, seed
        self.entries = [entry for entry in read([path]) if entry["seed"] == seed] if path and os.path.exists(path) else []

    def add(self, kind, **values):
        entry = dict(kind=kind, seed=self.seed, at=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), **values)
        self.entries.append(entry)
        if self.path:
            with open(self.path, "a") as file:
                file.write(json.dumps(entry) + "\n")

    def count(self, kind):
        return sum(entry["kind"] == kind for entry in self.entries)


def read(paths):
    entries = []
    for path in paths:
        with open(path) as file:
            entries += [json.loads(line) for line in file if line.strip()]
    return entries


def spread(values):
    ordered = sorted(values)
    return f"{statistics.median(ordered):.2f} s | {ordered[math.ceil(0.95 * len(ordered)) - 1]:.2f} s | {ordered[-1]:.2f} s | {len(ordered)}"


def table(entries):
    """The report on all these entries, in Markdown; and how much went wrong."""
    lines, failed = [], 0
    rounds = [entry for entry in entries if entry["kind"] == "round"]
    if rounds:
        lines += ["| fault | rounds | what went wrong |", "|---|--:|---|"]
        for name in dict.fromkeys(entry["fault"] for entry in rounds):
            same = [entry for entry in rounds if entry["fault"] == name]
            wrong = [f"{words} (seed {entry['seed']}, round {entry['round']}, {entry['phase']})" for entry in same for words in entry["wrong"]]
            failed += len(wrong)
            lines.append(f"| {name} | {len(same)} | {'; '.join(wrong) or 'nothing'} |")
    books = [entry for entry in entries if entry["kind"] == "books"]
    if books:
        wrong = [f"{words} (seed {entry['seed']})" for entry in books for words in entry["wrong"]]
        failed += len(wrong)
        lines.append(f"| the books: {sum(entry['updates'] for entry in books):,} updates | {len(rounds):,} | {'; '.join(wrong) or 'nothing'} |")
        lines.append(f"\nReplies sent twice: {sum(entry['twice'] for entry in books)}.")
        if lost := sum(entry["lost"] for entry in books):
            lines.append(f"Updates lost with the asynchronous replica: {lost}.")
    if rounds:
        phases = dict.fromkeys(entry["phase"] for entry in rounds)
        lines.append("Rounds by phase: " + ", ".join(f"{phase} {sum(entry['phase'] == phase for entry in rounds)}" for phase in phases) + ".")
    kinds = ("takeover", "handover")
    if any(entry["kind"] in kinds for entry in entries) or any(entry.get("taken") for entry in rounds):
        lines += ["\n| measured | `LEASE_TTL_SEC` | median | 95th percentile | maximum | rounds |", "|---|--:|--:|--:|--:|--:|"]
    words = {"takeover": "takeover: from kill -9 of a whole machine to the other's confirmed update",
             "handover": "handover: from the old bot's end to the new bot's start"}
    for kind in kinds:
        for ttl in sorted({entry["ttl"] for entry in entries if entry["kind"] == kind}):
            same = [entry for entry in entries if entry["kind"] == kind and entry["ttl"] == ttl]
            times = [entry["seconds"] for entry in same if entry["seconds"] is not None]
            failed += sum(entry["failed"] for entry in same)
            if times:
                lines.append(f"| {words[kind]} | {ttl} | {spread(times)} |")
            if any(entry["failed"] for entry in same):
                lines.append(f"| {kind}s that failed or were late | {ttl} | | | | {sum(entry['failed'] for entry in same)} |")
    for ttl in sorted({entry["ttl"] for entry in rounds if entry["taken"]}):
        times = [entry["taken"] for entry in rounds if entry["taken"] and entry["ttl"] == ttl]
        lines.append(f"| takeover in these rounds: to the other's first poll | {ttl} | {spread(times)} |")
    return "\n".join(lines), failed
