"""A program that keeps changes as fast as it can and says which are kept, until it is killed."""

import sys
import threading
import time

from service.store.store import Store
from tests.service.store.changes import spot_event

PAUSE_S = 0.002


def main(address: str, first: int) -> None:
    """Print the committed event id whenever it grows."""
    store = Store.open(address)
    store.writer.start(["yard"])

    def feed() -> None:
        number = first
        while True:
            status = "free" if number % 2 else "occupied"
            store.writer.offer([spot_event(number, f"A{number % 50}", status)])
            number += 1
            time.sleep(PAUSE_S)

    threading.Thread(target=feed, daemon=True).start()
    told = 0
    while True:
        committed = store.writer.status.committed_id
        if committed > told:
            told = committed
            print(committed, flush=True)
        time.sleep(PAUSE_S)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
