# SPDX-License-Identifier: Apache-2.0
"""How fast samples go into a real Gnocchi, and in how many requests.

``python -m benchmarks.gnocchi``; the figures are written as JSON.
"""

import argparse
import json
import pathlib
import tempfile
import time
from collections import Counter
from collections.abc import Sequence

from ceilobatch.model import STORED, Sample
from ceilobatch.plugins.base import Storage
from tests.functional.gnocchi_shelf import Shelf, new_id, requests_sent, sample
from tests.functional.servers import Gnocchi

METERS = ("memory", "vcpus")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--batch", type=int, default=1000, help="samples in a batch")
    parser.add_argument("--resources", type=int, default=100, help="resources in a batch")
    parser.add_argument("--batches", type=int, default=10, help="batches of known resources")
    given = parser.parse_args()
    with Gnocchi() as server, tempfile.TemporaryDirectory() as directory:
        shelf = Shelf(server, pathlib.Path(directory))
        print(json.dumps(figures(shelf, given.batch, given.resources, given.batches), indent=2))


def figures(shelf: Shelf, size: int, resources: int, batches: int) -> dict[str, object]:
    """One batch of new resources, one that a new worker sees, and many of known ones."""
    ids = [new_id() for _ in range(resources)]
    found: dict[str, object] = {"samples": size, "resources": resources}
    with shelf.storage() as storage:
        storage.probe()
        found["new resources"] = measured(storage, [batch(ids, size, 0)])
        works = [batch(ids, size, number + 1) for number in range(batches)]
        found["known resources"] = measured(storage, works)
    with shelf.storage() as storage:
        storage.probe()
        found["known resources, new worker"] = measured(storage, [batch(ids, size, batches + 1)])
    return found


def batch(ids: Sequence[str], size: int, number: int) -> list[Sample]:
    """Samples of all resources and meters, spread evenly."""
    series = [(one, meter) for one in ids for meter in METERS]
    each = max(1, size // len(series))
    return [
        sample(one, number * each + place, place, name=meter, metadata={"host": "h"})
        for place in range(each)
        for one, meter in series
    ][:size]


def measured(storage: Storage, works: Sequence[Sequence[Sample]]) -> dict[str, object]:
    """What storing these batches takes, together."""
    with requests_sent() as sent:
        begun, cpu = time.perf_counter(), time.process_time()
        for work in works:
            results = storage.store(work)
            assert results == [STORED] * len(work)
        took, cpu = time.perf_counter() - begun, time.process_time() - cpu
    count = sum(map(len, works))
    methods = Counter(one.split()[0] for one in sent)
    return {
        "requests a batch": len(sent) / len(works),
        "by method": dict(methods),
        "seconds a batch": round(took / len(works), 3),
        "samples a second": round(count / took),
        "cpu of the worker, ms a batch": round(1000 * cpu / len(works), 1),
    }


if __name__ == "__main__":
    main()
