# SPDX-License-Identifier: Apache-2.0
"""A Monasca API: every point counted once, whatever its time, page and repetition."""

import datetime
from collections.abc import Mapping
from typing import Any

import pytest

from ceilobatch import errors
from ceilobatch.perf.monasca import MonascaSource
from ceilobatch.perf.monasca_pages import Pages
from ceilobatch.perf.sample import Counts, Period, Worker
from ceilobatch.perf.source import Names
from ceilobatch.perf.tally import Tally
from ceilobatch.perf.web import Web

from .serving import Answer, Asked, Server, recorded

BEGIN = datetime.datetime(2026, 1, 1, 12, 0, tzinfo=datetime.UTC)
DIMENSIONS = {"service": "agent", "hostname": "h1", "pool": "pool", "process": "p0"}
WORKER = Worker("h1/pool", "p0")
RECEIVED = "ceilobatch.process.requests.received"
TIME = "ceilobatch.process.request.time"


def at(seconds: float) -> str:
    when = BEGIN + datetime.timedelta(seconds=seconds)
    return f"{when:%Y-%m-%dT%H:%M:%S}.{when.microsecond // 1000:03}Z"


class Api:
    """Points by name and time, answered as Monasca does, ``limit`` on a page."""

    def __init__(self, server: Server, limit: int = 10_000) -> None:
        self.points: dict[str, dict[str, float]] = {}
        self.others: list[Mapping[str, Any]] = []
        self.limit = limit
        server.answer = self._answer

    def add(self, name: str, seconds: float, value: float) -> None:
        self.points.setdefault(name, {})[at(seconds)] = value

    def _answer(self, asked: Asked) -> Answer:
        query = asked.query
        after = query.get("offset", "").partition("_")[2]
        known = sorted(self.points.get(query["name"], {}).items())
        rows = [(when, value) for when, value in known if query["start_time"] <= when > after]
        page = rows[: self.limit]
        links = [{"rel": "self", "href": "http://elsewhere.example/"}]
        if len(rows) > self.limit:
            following = "&".join(
                f"{name}={value}" for name, value in query.items() if name != "offset"
            )
            href = f"http://elsewhere.example/v2.0/x?{following}&offset=0_{page[-1][0]}"
            links.append({"rel": "next", "href": href})
        element = {
            "id": "0",
            "name": query["name"],
            "dimensions": DIMENSIONS,
            "columns": ["timestamp", "value", "value_meta"],
            "measurements": [[when, value, {}] for when, value in page],
        }
        return Answer({"links": links, "elements": [element] if page else []})


class Clock:
    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> datetime.datetime:
        return BEGIN + datetime.timedelta(seconds=self.seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def source(server: Server, clock: Clock) -> MonascaSource:
    return MonascaSource(Pages(server.url, Web()), Names(), late=60.0, now=clock)


def test_amounts_of_periods_are_summed_from_the_first_sample_on(
    server: Server, clock: Clock, source: MonascaSource
) -> None:
    api = Api(server)
    api.add(RECEIVED, -10, 500)
    assert source.sample().counts == {}
    for seconds in (5, 10, 15):
        api.add(RECEIVED, seconds, seconds)
    clock.seconds = 20
    assert source.sample().counts == {WORKER: Counts(30)}
    api.add(RECEIVED, 25, 1)
    clock.seconds = 30
    assert source.sample().counts == {WORKER: Counts(31)}


def test_points_on_the_border_and_late_ones_are_neither_missed_nor_doubled(
    server: Server, clock: Clock, source: MonascaSource
) -> None:
    api = Api(server)
    source.sample()
    whole = 0
    for turn in range(1, 16):
        clock.seconds = turn * 10.0
        # One at the very time of the question, one that comes 50 seconds after its own time.
        for seconds in (clock.seconds, clock.seconds - 49.5):
            api.add(RECEIVED, seconds, turn)
            whole += turn
        assert source.sample().counts == {WORKER: Counts(whole)}


def test_a_point_that_is_changed_counts_as_what_it_is(
    server: Server, clock: Clock, source: MonascaSource
) -> None:
    api = Api(server)
    source.sample()
    api.add(RECEIVED, 5, 10)
    clock.seconds = 6
    source.sample()
    api.add(RECEIVED, 5, 25)
    clock.seconds = 12
    assert source.sample().counts == {WORKER: Counts(25)}


def test_all_pages_are_read_from_the_address_that_was_given(
    server: Server, clock: Clock, source: MonascaSource
) -> None:
    api = Api(server, limit=7)
    source.sample()
    for seconds in range(50):
        api.add(RECEIVED, seconds, 1)
    clock.seconds = 55
    assert source.sample().counts == {WORKER: Counts(50)}
    assert {asked.path for asked in server.asked} == {"/v2.0/metrics/measurements"}


def test_what_is_asked_for(server: Server, source: MonascaSource) -> None:
    Api(server)
    source.sample()
    first = server.asked[0].query
    assert first == {
        "name": RECEIVED,
        "start_time": at(-60),
        "group_by": "*",
        "dimensions": "service:agent",
    }


def test_times_of_periods_weigh_as_much_as_their_requests(
    server: Server, clock: Clock, source: MonascaSource
) -> None:
    api = Api(server)
    source.sample()
    for seconds, count, each in ((5, 10, 1_000_000), (10, 30, 3_000_000)):
        api.add(f"{TIME}.count", seconds, count)
        api.add(f"{TIME}.sum", seconds, count * each)
        api.add(f"{TIME}.min", seconds, each / 2)
        api.add(f"{TIME}.max", seconds, each * 2)
        for quantile in ("p50", "p99"):
            api.add(f"{TIME}.{quantile}", seconds, each)
    clock.seconds = 15
    (times,) = source.sample().times.values()
    assert (times.count, times.total, times.shortest, times.longest) == (40, 100.0, 0.5, 6.0)
    assert times.periods == [
        Period(10, {0.0: 0.5, 0.5: 1.0, 0.99: 1.0, 1.0: 2.0}),
        Period(30, {0.0: 1.5, 0.5: 3.0, 0.99: 3.0, 1.0: 6.0}),
    ]


def test_an_uptime_that_became_less_is_a_restart(
    server: Server, clock: Clock, source: MonascaSource
) -> None:
    api, tally = Api(server), Tally()
    for seconds, uptime in ((-15, 800), (-10, 1), (-5, 900)):
        api.add("ceilobatch.worker.uptime", seconds, uptime)
    tally.add(source.sample())
    for seconds, uptime in ((5, 910), (10, 2), (15, 7)):
        api.add("ceilobatch.worker.uptime", seconds, uptime)
        api.add(RECEIVED, seconds, 100)
    clock.seconds = 20
    tally.add(source.sample())
    assert tally.restarts == 1
    assert tally.whole == Counts(300)


def test_a_recorded_answer_of_a_monasca_api(server: Server, clock: Clock) -> None:
    empty: dict[str, list[object]] = {"links": [], "elements": []}

    def answer(asked: Asked) -> Answer:
        if asked.query["name"] != "persister.received" or clock.seconds == 0:
            return Answer(empty)
        return recorded(f"monasca_measurements_{2 if 'offset' in asked.query else 1}.json")

    server.answer = answer
    names = Names({"received": "persister.received"}, where={"component": "persister"})
    source = MonascaSource(Pages(f"{server.url}/v2.0/", Web()), names, now=clock)
    source.sample()
    clock.seconds = 60
    assert source.sample().counts == {
        Worker("node-1", "p0"): Counts(700),
        Worker("node-2", "p0"): Counts(90),
    }


@pytest.mark.parametrize(
    "body", [{}, {"elements": 5}, {"elements": [{"name": "x"}]}, {"elements": [5]}]
)
def test_other_servers_are_refused(server: Server, source: MonascaSource, body: object) -> None:
    server.says(Answer(body))
    with pytest.raises(errors.ConfigurationError, match="does not answer as a Monasca API"):
        source.sample()


def test_a_link_that_leads_in_a_circle_is_no_answer(server: Server, source: MonascaSource) -> None:
    page = {"links": [{"rel": "next", "href": "/x?offset=1"}], "elements": []}
    server.says(Answer(page))
    with pytest.raises(errors.Unavailable, match="the same page again and again"):
        source.sample()
