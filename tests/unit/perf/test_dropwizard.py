# SPDX-License-Identifier: Apache-2.0
"""Pages of DropWizard: a Java persister's, ours, and those of others by names that are given."""

import pytest

from ceilobatch import errors
from ceilobatch.perf.dropwizard import DropWizardSource
from ceilobatch.perf.sample import Counts, Sample, Worker
from ceilobatch.perf.source import Names
from ceilobatch.perf.tally import Tally
from ceilobatch.perf.web import Web

from .serving import Answer, Server, recorded


def source(server: Server, names: Names = Names(), path: str = "/metrics") -> DropWizardSource:  # noqa: B008
    return DropWizardSource(server.url + path, names, Web())


def entry(count: int, **more: object) -> dict[str, object]:
    return {"count": count, **more}


def timer(count: int, mean: float, unit: str = "seconds") -> dict[str, object]:
    told = {"mean": mean, "min": mean / 2, "max": mean * 2, "p50": mean, "p99": mean * 2}
    return entry(count, **told, duration_units=unit)


def page(**kinds: object) -> Answer:
    return Answer({"version": "3.0.0", **kinds})


def test_a_java_persister_is_read_thread_by_thread(server: Server) -> None:
    server.says(recorded("java_persister_before.json"), recorded("java_persister_after.json"))
    with_tally = Tally()
    java = source(server)
    with_tally.add(java.sample())
    with_tally.add(java.sample())
    assert with_tally.counts == {
        Worker(server.place, "metric-0"): Counts(2000, 3000),
        Worker(server.place, "metric-1"): Counts(3000, 2500),
    }
    flushes = with_tally.durations[Worker(server.place, "metric-0")]
    assert flushes.count == 3
    assert flushes.average == pytest.approx(0.23)
    assert flushes.percentiles([0.5]) == {0.5: pytest.approx(0.22)}


def test_our_page_is_read_by_process_and_instance_and_threads_are_not_counted_again(
    server: Server,
) -> None:
    meters = {
        f"ceilobatch.agent[h1,pool{part}].requests.{name}": entry(number)
        for part in ("", ",p0", ",p0,t0")
        for name, number in (("received", 9), ("completed", 7), ("dropped.no_definition", 2))
    }
    meters["ceilobatch.agent[h2,-,p1].requests.received"] = entry(4)
    meters["ceilobatch.processor[h1,-,p0].requests.received"] = entry(1000)
    timers = {"ceilobatch.agent[h1,pool,p0].request.time": timer(9, 2.0)}
    server.says(page(meters=meters, timers=timers))
    found = source(server).sample()
    assert found.counts == {
        Worker("h1/pool", "p0"): Counts(9, 7, dropped=2),
        Worker("h2", "p1"): Counts(4),
    }
    assert found.times[Worker("h1/pool", "p0")].total == 18.0


def test_names_of_others_are_patterns_whose_groups_tell_whose_they_are(server: Server) -> None:
    server.says(
        page(
            counters={"in.a.1": entry(5), "in.a.2": entry(6), "in.a.2x": entry(99)},
            meters={"out.b": entry(4)},
            timers={"took.a.1": timer(4, 250.0, "milliseconds")},
        )
    )
    names = Names(
        {
            "received": r"in\.(?P<instance>\w)\.(?P<process>\d)",
            "completed": r"out\.(?P<instance>.)",
        },
        r"took\.(?P<instance>\w)\.(?P<process>\d)",
    )
    found = source(server, names).sample()
    assert found.counts == {
        Worker("a", "1"): Counts(5),
        Worker("a", "2"): Counts(6),
        Worker("b", ""): Counts(completed=4),
    }
    times = found.times[Worker("a", "1")]
    assert (times.mean, times.longest, times.periods[0].quantiles[0.99]) == (0.25, 0.5, 0.5)


def test_a_page_that_has_nothing_yet_is_an_empty_sample(server: Server) -> None:
    server.says(page(meters={}))
    found: Sample = source(server).sample()
    assert (found.counts, found.times) == ({}, {})


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({"hello": 1}, "is not a page of metrics of DropWizard"),
        ({"meters": {"in": {"rate": 1}}}, "that are not those of DropWizard"),
        ({"meters": {"in": 5}}, "that are not those of DropWizard"),
    ],
)
def test_other_pages_are_refused(server: Server, body: object, sentence: str) -> None:
    server.says(Answer(body))
    with pytest.raises(errors.ConfigurationError, match=sentence):
        source(server, Names({"received": "in"})).sample()


def test_what_is_no_pattern_is_refused(server: Server) -> None:
    with pytest.raises(errors.ConfigurationError, match="is not a regular expression"):
        source(server, Names({"received": "in("}))


def test_the_usual_place_of_the_page(server: Server) -> None:
    server.says(page(meters={}))
    source(server, path="").sample()
    assert server.asked[0].path == "/admin/metrics"
