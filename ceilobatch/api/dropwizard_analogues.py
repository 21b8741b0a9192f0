# SPDX-License-Identifier: Apache-2.0
"""What stands on the page of a Java monasca-persister, and what it is of Ceilobatch.

A tool that looks for these words behind the bracket of a name finds them on either page. There
they tell of a thread of a pipeline; here of a thread of a worker process.
"""

from collections.abc import Iterable, Mapping
from typing import cast

from ceilobatch.api.dropwizard_page import Page, handler_of
from ceilobatch.plugins import loader
from ceilobatch.telemetry.levels import Level, Series
from ceilobatch.telemetry.measurements import COMPLETED, PLUGIN_TIME, RECEIVED
from ceilobatch.telemetry.spread import SpreadFigures, merged

ADDED = "metrics-added-to-batch-counter"
PROCESSED = "events-processed-meter"
FLUSHED = "flush-meter"
FLUSH_TIME = "flush-timer"
STORAGES = (loader.STORAGE, loader.USAGE_STORAGE)


def add(page: Page, series: Iterable[Series]) -> None:
    """Add them to a page, of each thread."""
    known = list(series)
    for handler, (received,) in _by_handler(known, RECEIVED.name, Level.THREAD).items():
        page.add_counter(f"{handler}.{ADDED}", cast(float, received.value))
        _add_meter(page, f"{handler}.{PROCESSED}", received)
    for handler, (completed,) in _by_handler(known, COMPLETED.name, Level.THREAD).items():
        _add_meter(page, f"{handler}.{FLUSHED}", completed)
    stored = [one for one in known if _stores(one)]
    for handler, found in _by_handler(stored, PLUGIN_TIME.name).items():
        figures = merged(cast(SpreadFigures, one.value) for one in found)
        averages = page.averages(found)
        page.add_timer(f"{handler}.{FLUSH_TIME}", found[0].dimensions, figures, averages)


def _add_meter(page: Page, name: str, one: Series) -> None:
    page.add_meter(name, one.dimensions, cast(float, one.value), page.averages([one]))


def _by_handler(
    series: Iterable[Series], name: str, level: Level | None = None
) -> Mapping[str, list[Series]]:
    found: dict[str, list[Series]] = {}
    for one in series:
        if one.measurement.name == name and one.level is level:
            found.setdefault(handler_of(one.dimensions), []).append(one)
    return found


def _stores(one: Series) -> bool:
    dimensions = one.dimensions
    return dimensions.get("namespace") in STORAGES and dimensions.get("operation") == "store"
