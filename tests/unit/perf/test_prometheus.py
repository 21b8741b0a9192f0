# SPDX-License-Identifier: Apache-2.0
"""Pages for Prometheus: ours, and those of others by names that are given."""

import math

import pytest

from ceilobatch import errors
from ceilobatch.perf.prometheus import PrometheusSource
from ceilobatch.perf.sample import Counts, Period, Times, Worker
from ceilobatch.perf.source import Names, Several
from ceilobatch.perf.web import Web

from .serving import PAGES, Answer, Server, recorded

ONE, TWO = Worker("h1/ceilobatch", "p0"), Worker("h1/ceilobatch", "p1")


def source(server: Server, names: Names = Names()) -> PrometheusSource:  # noqa: B008
    return PrometheusSource(server.url, names, Web())


def test_our_page_is_read_by_process_and_of_the_agent_only(server: Server) -> None:
    server.says(recorded("prometheus_before.txt"))
    found = source(server).sample()
    assert server.asked[0].path == "/metrics"
    assert found.counts == {ONE: Counts(100, 90), TWO: Counts(40)}
    assert found.times == {ONE: Times(90, 45.0, buckets={0.5: 50, 1.0: 90, math.inf: 90})}
    assert found.started == {ONE: 1.7e9}


def test_threads_of_a_process_are_added_up(server: Server) -> None:
    text = (PAGES / "prometheus_before.txt").read_text()
    threads = [line.replace('"t0"', '"t1"') for line in text.splitlines() if "received" in line]
    server.says(Answer(text + "\n".join(threads[2:]) + "\n"))
    assert source(server).sample().counts[ONE] == Counts(200, 90)


def test_names_and_labels_of_others(server: Server) -> None:
    server.says(
        Answer(
            '# TYPE jobs_total counter\njobs_total{kind="a",instance="x"} 5\n'
            'jobs_total{kind="b"} 6\n# TYPE took summary\n'
            'took{kind="b",quantile="0.5"} 0.25\ntook_sum{kind="b"} 3\ntook_count{kind="b"} 6\n'
        )
    )
    names = Names({"completed": "jobs_total"}, "took")
    here = Worker(server.place, "")
    found = source(server, names).sample()
    assert found.counts == {Worker("x", ""): Counts(completed=5), here: Counts(completed=6)}
    assert found.times == {here: Times(6, 3.0, periods=(Period(None, {0.5: 0.25}),))}
    only = source(server, names._replace(where={"kind": "a"})).sample()
    assert only.counts == {Worker("x", ""): Counts(completed=5)}


@pytest.mark.parametrize(
    "text", ["<html><body>hello</body></html>", '{"meters": {}}', "no page of metrics"]
)
def test_other_pages_are_refused(server: Server, text: str) -> None:
    server.says(Answer(text))
    with pytest.raises(errors.ConfigurationError, match="is not a page of metrics for Prometheus"):
        source(server).sample()


def test_servers_of_a_cluster_are_told_as_one(server: Server) -> None:
    def answer(asked: object) -> Answer:
        name = "x" if len(server.asked) % 2 else "y"
        return Answer(f'done_total{{instance="{name}"}} {len(server.asked)}\n')

    server.answer = answer
    both = Several([source(server, Names({"completed": "done_total"})) for _ in range(2)])
    assert both.sample().counts == {
        Worker("x", ""): Counts(completed=1),
        Worker("y", ""): Counts(completed=2),
    }
    both.close()
