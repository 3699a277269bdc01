"""The table's rows: each step is a function that returns what it saw, or raises Failed with it."""
import json, os, sys, time, traceback, urllib.error, urllib.request


class Failed(Exception):
    pass


class Steps:
    """Runs its steps in their order. Each row is a line of JSON in the file `rows`, flushed at once, so that a machine
    that dies in the middle leaves what it had."""

    def __init__(self, explain=lambda: ""):
        """`explain` gives what helps to understand a failure; it is printed."""
        self.all, self.explain = [], explain

    def __call__(self, name, expected):
        def register(function):
            self.all.append((name, expected, function))
            return function
        return register

    def run(self, rows):
        with open(rows, "a", buffering=1) as file:
            for name, expected, function in self.all:
                began = time.monotonic()
                try:
                    seen, passed = function(), True
                except Failed as error:
                    seen, passed = str(error), False
                except Exception as error:
                    traceback.print_exc()
                    seen, passed = f"{type(error).__name__}: {error}", False
                if not passed:
                    print(f"--- {name}: {seen}\n{self.explain()}", flush=True)
                file.write(json.dumps(dict(step=name, expected=expected, seen=seen, passed=passed,
                                           seconds=round(time.monotonic() - began, 1))) + "\n")


def need(condition, seen):
    """What the step has seen when the condition does not hold."""
    if not condition:
        raise Failed(seen)
    return condition


def until(seconds, test):
    """The first true value of `test`, or the last one."""
    end = time.monotonic() + seconds
    while not (found := test()) and time.monotonic() < end:
        time.sleep(0.05)
    return found


def health(port=8001, path="/health"):
    """Status and body; status 0 where nobody answers."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=3) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)
    except (OSError, ValueError):
        return 0, {}


def process(number):
    """Name and state letter of a process, or nothing."""
    try:
        with open(f"/proc/{number}/stat") as file:
            name, rest = file.read().split("(", 1)[1].rsplit(")", 1)
            return name, rest.split()[0]
    except OSError:
        return None


def children(number):
    """The process ids of its children."""
    found = []
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{entry}/stat") as file:
                if int(file.read().rsplit(")", 1)[1].split()[1]) == number:
                    found.append(int(entry))
        except OSError:
            pass
    return found


def main(steps):
    """usage: PROGRAM ROWS"""
    steps.run(sys.argv[1])
