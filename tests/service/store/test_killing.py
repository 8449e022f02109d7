import subprocess
import sys
import time
from pathlib import Path

from service.store.store import Store

CHECKOUT = Path(__file__).parents[3]
KILLS = 4


def test_killed_at_any_moment_no_acknowledged_change_is_lost(address):
    """An acknowledged change is one whose transaction is committed, see `WriterStatus`."""
    first, moments_s = 1, [0.01 * 4**n for n in range(KILLS)]
    for moment_s in moments_s:
        command = [sys.executable, "-m", "tests.service.store.endless_writer", address, str(first)]
        process = subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        process.stdout.readline()  # it writes; kill it soon, in the midst of the next batches
        time.sleep(moment_s)
        process.kill()
        rest, _ = process.communicate()
        whole = rest[: rest.rfind("\n") + 1].split()
        acknowledged = int(whole[-1]) if whole else first
        store = Store.open(address)
        with store.database.reading() as connection:
            kept = set(
                connection.exec_driver_sql(
                    "SELECT event_id FROM spot_changes WHERE event_id IS NOT NULL"
                ).scalars()
            )
        newest = store.newest_event_id(["yard"])
        store.close()
        assert set(range(first, acknowledged + 1)) <= kept
        assert newest == max(kept), "rows and marks are of one transaction"
        assert acknowledged <= newest
        first = newest + 1
