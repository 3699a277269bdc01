"""Two machines, their database and Telegram; one round of a fault, and what went wrong in it."""
import os, random, re, shutil, tempfile, threading, time

from checks import falls, overlaps
from clock import now, until
from database import Database
from machine import Machine
from telegram import Telegram

# In which phase of its work the leader is hit: what is about to leave its machine.
PHASES = {
    "at any time": None, "renewing": ("database", b"UPDATE keepalive_leases"), "in a transaction": ("database", b"FOR SHARE"),
    "at COMMIT": ("database", b"COMMIT"), "sending": ("telegram", b"sendMessage"),
}


class Campaign:
    def __init__(self, options):
        self.options, self.events, self.lock, self.over = options, [], threading.Lock(), False
        # A person wants it to end after the round.
        self.is_stopped = False
        self.random, self.owners = random.Random(options.seed), {}
        self.folder = tempfile.mkdtemp(prefix="failover")
        os.chmod(self.folder, 0o755)
        self.database = Database(os.path.join(self.folder, "postgres"), self.logged, options.replica, options.clock)
        self.telegram = Telegram()
        self.machines = [Machine(self, "alpha"), Machine(self, "beta")]
        self.clones = []

    def logged(self, kind, epoch, host):
        with self.lock:
            self.events.append((now(), kind, epoch, host))

    def left(self, machine, data):
        """Something left a machine for Telegram."""
        if b"getUpdates" in data or b"send" in data:
            with self.lock:
                self.events.append((now(), "left", 0, machine.name))

    def begin(self):
        """Starts the machines one after the other, so that the audit sees every grant."""
        first, second = self.machines
        first.start()
        if not until(60, lambda: self.database.sql("SELECT count(*) FROM updates") is not None and self.leader()):
            raise RuntimeError(f"the first bot never leads; see {first.folder}/log")
        self.database.sql(Database.AUDIT)
        self.database.sql(Database.LEDGER)
        self.logged("grant", self.epoch(), first.name)
        second.start()
        threading.Thread(target=self.care, daemon=True).start()
        threading.Thread(target=self.talk, daemon=True).start()

    def care(self):
        while not self.over:
            for machine in self.machines:
                machine.look()
            time.sleep(0.5)

    def talk(self):
        """Users write, all the time."""
        users = random.Random()
        while not self.over:
            if len(self.telegram.queue) < 40:
                self.telegram.say(users.choice(("/dice 1", "/balance", "/flip heads 1")))
            time.sleep(users.uniform(0.05, 0.25))

    def rest(self, seconds):
        time.sleep(seconds)

    def leader(self):
        """The machine whose bot runs; nil while none or both do."""
        running = [machine for machine in self.machines if machine.processes(("bot",))]
        return running[0] if len(running) == 1 else None

    def other(self, machine):
        return self.machines[1 - self.machines.index(machine)]

    @property
    def links(self):
        return [machine.database for machine in self.machines + self.clones]

    def epoch(self):
        text = self.database.sql("SELECT epoch FROM keepalive_leases")
        return int(text) if text else None

    def is_answered(self, number, wait):
        return until(wait, lambda: number not in self.telegram.queue)

    def settle(self):
        """A leader that answers, and a standby; returns both."""
        for _ in range(5):
            leader = until(60, self.leader)
            number = self.telegram.say("/balance")
            if leader and self.is_answered(number, 30) and self.leader() is leader and until(30, lambda: self.other(leader).processes(("keeper",))):
                return leader, self.other(leader)
        raise RuntimeError("no bot answers any more")

    def await_phase(self, leader, phase):
        """Returns when the leader is about to do this."""
        if PHASES[phase]:
            peer, pattern = PHASES[phase]
            reached = threading.Event()
            getattr(leader, peer).watch(pattern, reached)
            reached.wait(self.options.ttl)

    def first_of(self, machine, start, began, wait):
        """When a machine's bot asked Telegram first, in seconds; nil if it never did."""
        first = until(wait, lambda: next((event for event in self.events[start:] if event[1] == "left" and event[3] == machine.name and event[0] > began), None))
        return first[0] - began if first else None

    def round(self, fault, phase):
        """Returns what went wrong, in words, and the seconds of a takeover."""
        leader, other = self.settle()
        time.sleep(self.random.uniform(0.2, 1.5))
        with self.lock:
            # Who leads is known: the last grant of before this round is its.
            start = len(self.events)
        before = self.epoch()
        self.await_phase(leader, phase)
        began = now()
        wrong = list(fault.act(self, leader, other) or [])
        taken = None
        if fault.takeover:
            late = self.options.ttl + 2
            taken = self.first_of(other, start, began, 30)
            if taken is None or taken > late:
                wrong.append(f"takeover after {taken and round(taken, 2)} s (limit {late} s)")
        self.settle()
        after = self.epoch()
        if after is None or before is None or after < before:
            wrong.append(f"the epoch went from {before} to {after}")
        if not fault.changes and after != before:
            wrong.append(f"the epoch changed from {before} to {after}")
        with self.lock:
            events = [(began, "grant", before, leader.name)] + self.named(self.events[start:])
        excepted = {leader.name} if fault.pause else set()
        for machine, seconds in overlaps(events, excepted)[:3]:
            wrong.append(f"{machine} still acted {seconds * 1000:.0f} ms after another machine's grant")
        for pair in falls([event[2] for event in events if event[1] == "commit"]):
            wrong.append(f"a commit of epoch {pair[1]} after one of {pair[0]}")
        for pair in falls([event[2] for event in events if event[1] == "grant"]):
            wrong.append(f"epoch {pair[1]} was granted after {pair[0]}")
        return wrong, taken

    def named(self, events):
        """The machine of each grant: whose launcher led with this epoch."""
        return [(moment, kind, epoch, self.owner(epoch) if kind == "grant" else machine) for moment, kind, epoch, machine in events]

    def owner(self, epoch):
        if epoch not in self.owners:
            for machine in self.machines + self.clones:
                if re.search(rf"this machine leads: lease campaign, epoch {epoch}\b", machine.log):
                    self.owners[epoch] = machine.name
        return self.owners.get(epoch, f"nobody ({epoch})")

    def books(self):
        """What is wrong in the ledger once every update is confirmed; and how many, how many twice, how many lost."""
        self.over = True
        wrong = []
        if not until(60, lambda: not self.telegram.queue):
            wrong.append(f"{len(self.telegram.queue)} updates are never confirmed")
        applied, said = int(self.database.sql("SELECT count(*) FROM updates") or 0), self.telegram.next - 1000
        lost = said - applied
        # Without synchronous replication the last commits before a promotion are lost, which is reported.
        if lost and not (self.options.replica == "async" and lost > 0):
            wrong.append(f"{said} updates were sent, {applied} applied")
        unequal = self.database.sql("SELECT count(*) FROM accounts a WHERE balance <> (SELECT coalesce(sum(amount), 0) FROM entries e WHERE e.user_id = a.user_id)")
        if unequal != "0":
            wrong.append(f"{unequal} balances differ from their entries")
        until(120, lambda: self.database.sql("SELECT count(*) FROM replies") == "0", 0.5)
        replies = sum(self.telegram.replies.values())
        if replies < said - lost:
            wrong.append(f"{said} updates, {replies} replies sent, {self.database.sql('SELECT count(*) FROM replies')} stored")
        return wrong, said, max(0, replies - said), lost

    def end(self):
        self.over = True
        for machine in self.machines + self.clones:
            machine.end()
        self.database.end()
        if not self.options.keep:
            shutil.rmtree(self.folder, ignore_errors=True)
