"""Huey: tasks on a queue in SQLite, taken by threads of this process."""

from __future__ import annotations

import logging
import threading
import time

from huey import SqliteHuey
from huey.signals import SIGNAL_COMPLETE

from benchmarks.peers.layers import Layers
from benchmarks.peers.timing import asked, tell

request = asked()
finished = threading.Semaphore(0)


def step(work: float) -> bool:
    """Do the work of a step."""
    if work:
        time.sleep(work)
    return True


class Queue:
    """A queue in a file of its own, its workers, and a task to send to it."""

    def __init__(self, workers: int, poll: float) -> None:
        """Make a queue; `poll` are the seconds between two looks at it; by default they grow from 0.1 to 10."""
        queue = SqliteHuey(filename=str(request.folder / f"huey-{workers}.db"), fsync=True)
        self.send = queue.task()(step)
        # Asking for the result of each task would cost more.
        queue.signal(SIGNAL_COMPLETE)(lambda *_: finished.release())
        self.consumer = queue.create_consumer(
            workers=workers, periodic=False, initial_delay=poll, max_delay=poll, check_worker_health=False
        )


one = Queue(1, 0.001)
ten = Queue(10, 0.010)


def run(plan: Layers) -> None:
    """Enqueue one layer after the other."""
    queue = ten if plan.slots else one
    for width in plan.widths:
        for _ in range(width):
            queue.send(plan.work)
        for _ in range(width):
            finished.acquire()


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    for each in (one, ten):
        each.consumer.start()
    tell(request, "huey", [run])
    for each in (one, ten):
        each.consumer.stop(graceful=True)
