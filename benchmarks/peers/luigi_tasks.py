"""Luigi: tasks with the scheduler of this process; a file for each says that it is done."""

from __future__ import annotations

import time
from itertools import count
from pathlib import Path

import luigi

from benchmarks.peers.layers import Layers
from benchmarks.peers.timing import asked, tell

request = asked()
plans: dict[int, Layers] = {}
numbers = count()


class Step(luigi.Task):
    """One step of a run."""

    run_number = luigi.IntParameter()
    layer = luigi.IntParameter()
    place = luigi.IntParameter()

    def requires(self) -> list[Step]:
        """Return the whole layer before."""
        return layer_of(self.run_number, self.layer - 1) if self.layer else []

    def output(self) -> luigi.LocalTarget:
        """Return the file that says that it is done."""
        return luigi.LocalTarget(str(request.folder / f"{self.run_number}-{self.layer}-{self.place}"))

    def run(self) -> None:
        """Do the work, and say so."""
        if work := plans[self.run_number].work:
            time.sleep(work)
        Path(self.output().path).touch()


def layer_of(run_number: int, layer: int) -> list[Step]:
    """Return the steps of a layer."""
    return [Step(run_number, layer, place) for place in range(plans[run_number].widths[layer])]


def build(plan: Layers, workers: int) -> None:
    """Run a plan."""
    number = next(numbers)
    plans[number] = plan
    last = layer_of(number, len(plan.widths) - 1)
    if not luigi.build(last, local_scheduler=True, workers=workers, log_level="CRITICAL", no_lock=True):
        raise RuntimeError(f"luigi failed on {plan}")


if __name__ == "__main__":
    tell(request, "luigi", [lambda plan: build(plan, 1), lambda plan: build(plan, 10)])
