"""How long users wait when a whole machine dies: scripts/failover-campaign's figure. Its promise is the lease's time plus 2 s."""
import os
import subprocess

from measures import ROOT

TTL = 5


def takeovers(run):
    """The campaign prints median and maximum. It needs Debian's postgresql."""
    campaign = [os.path.join(ROOT, "scripts", "failover-campaign"), "--ttl", str(TTL), "--programs", run.programs]
    for kind in ("--takeover", "--handover"):
        out = subprocess.run(campaign + [kind, "2" if run.quick else "5"], capture_output=True, text=True)
        line = next((line for line in out.stdout.splitlines() if line.startswith("| " + kind.strip("-"))), None)
        if out.returncode or not line:
            raise RuntimeError(f"failover-campaign failed: {out.stdout[-500:]} {out.stderr[-500:]}")
        cells = [cell.strip() for cell in line.split("|")]
        # Its columns: measured, lease, median, 95th percentile, maximum, rounds.
        for column, name in ((3, "median"), (5, "most")):
            run.note(f"{cells[1]}, lease of {TTL} s, {name}", "launcher", 1, float(cells[column].split()[0]), "s")
