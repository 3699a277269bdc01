"""Breaks rules on the running system, or in a recorded trace; the checker has to catch each."""
import subprocess, threading, time

from checks import falls, overlaps
from clock import until


def controls(campaign):
    """Breaks rules on the running system, or in a recorded trace; the checker has to catch each."""
    ttl, wrong = campaign.options.ttl, 0

    def row(name, how, caught):
        nonlocal wrong
        wrong += not caught
        print(f"| {name} | {how} | {'caught' if caught else 'MISSED'} |", flush=True)

    print("| rule left out | staged | checker |\n|---|---|---|")

    def acting(statement, step=0):
        """A grant, as the broken rule allows it, while the leader acts."""
        # An earlier phantom's lease runs out first.
        until(60, lambda: campaign.database.sql("SELECT holder <> 'phantom' FROM keepalive_leases") == "t", 0.2)
        leader, other = campaign.settle()
        start, before = len(campaign.events), campaign.epoch()
        # It looks as often as a standby does, and the clock steps meanwhile.
        look = threading.Thread(target=campaign.database.sql, args=(statement,))
        look.start()
        time.sleep(0.5 if step else 0)
        campaign.database.step(step)
        look.join()
        until(2, lambda: any(event[1] == "grant" for event in campaign.events[start:]))
        time.sleep(ttl / 4)
        events = [(0, "grant", before, leader.name)] + [
            (moment, kind, epoch, "phantom" if kind == "grant" else machine) for moment, kind, epoch, machine in campaign.events[start:]]
        campaign.database.step(0)
        return bool(overlaps(events, set()))

    def often(statement, step=0):
        """The bot may do nothing for a moment, until its launcher has noticed: several attempts."""
        return any(acting(statement, step) for _ in range(5))

    take = "UPDATE keepalive_leases SET epoch = epoch + 1, beat = gen_random_uuid(), holder = 'phantom' "
    row("a release compares nothing", "live: a late release, then a standby's acquire",
        often("UPDATE keepalive_leases SET holder = NULL, beat = gen_random_uuid(); " + take + "WHERE holder IS NULL"))
    row("takeover by the server's clock", "live: the clock steps, then an acquire WHERE expires_at < clock_timestamp()",
        often("DO $$ BEGIN FOR i IN 1..300 LOOP " + take + "WHERE expires_at < clock_timestamp(); EXIT WHEN FOUND; "
              "PERFORM pg_sleep(0.01); END LOOP; END $$", 4 * ttl))

    # The fence: the same two transactions, with and without the row's lock.
    def commits(lock):
        campaign.database.sql("DROP TABLE IF EXISTS f, l; CREATE TABLE f(epoch bigint); CREATE TABLE l(n serial, epoch bigint); INSERT INTO f VALUES (1)")
        old = subprocess.Popen(
            ["psql", "-XAtq", "-h", "127.0.0.1", "-p", str(campaign.database.primary.port), "-U", "postgres", "-c",
             f"BEGIN; SELECT epoch FROM f WHERE epoch = 1 {lock}; SELECT pg_sleep(1); INSERT INTO l(epoch) VALUES (1); COMMIT"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(0.4)
        campaign.database.sql("UPDATE f SET epoch = 2; INSERT INTO l(epoch) VALUES (2)")
        old.wait()
        return [int(line) for line in campaign.database.sql("SELECT epoch FROM l ORDER BY n").split()]
    row("a fence by plain SELECT", "live: two transactions of that form", bool(falls(commits(""))) and not falls(commits("FOR SHARE")))

    # These two live in the programs: a trace, as such programs leave it.
    def trace(stop):
        return [(0, "grant", 1, "alpha"), (ttl + 0.5, "grant", 2, "beta")] + [(moment / 10, "left", 0, "alpha") for moment in range(int(stop * 10))]
    row("no deadline in keeper and kit", "trace: the launcher freezes, its bot polls on", bool(overlaps(trace(2 * ttl), set())))
    row("the deadline counts from the answer", "trace: an answer 0.2 TTL late, the bot ends at 0.92 TTL after it", bool(overlaps(trace(1.15 * ttl), set())) and not overlaps(trace(0.92 * ttl), set()))
    return wrong
