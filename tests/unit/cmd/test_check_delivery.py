# SPDX-License-Identifier: Apache-2.0
"""``check delivery``: what a configuration guarantees, and what could lose or double a message."""

import json
from pathlib import Path

import pytest

from tests.unit.cmd.running import Run

ONCE = "exactly once, counted by identity"


@pytest.fixture
def stated(bare: Run, tmp_path: Path) -> "Stated":
    return Stated(bare, tmp_path)


class Stated:
    """Runs the command on a configuration."""

    def __init__(self, bare: Run, directory: Path) -> None:
        self._bare = bare
        self._directory = directory

    def __call__(self, text: str, url: str = "rabbit://u:s3cret@one:5672,u:s3cret@two/") -> "Said":
        file = self._directory / "ceilobatch.conf"
        state = self._directory / "state"
        file.write_text(f"[DEFAULT]\nstate_path = {state}\ntransport_url = {url}\n{text}")
        answer = self._bare("--config-file", str(file), "check", "delivery", "-f", "json")
        assert (answer.code, answer.err) == (0, "")
        assert "s3cret" not in answer.out
        return Said([(row["what"], row["verdict"], row["why"]) for row in json.loads(answer.out)])


class Said(list[tuple[str, str, str]]):
    """The rows."""

    def verdicts(self, what: str) -> list[str]:
        return [verdict for about, verdict, _ in self if about.startswith(what)]

    def why(self, what: str, verdict: str) -> list[str]:
        return [why for about, said, why in self if about.startswith(what) and said == verdict]


RABBIT = "bus one:5672, two:5672"


def test_durable_defaults_lose_nothing_on_the_bus_and_store_once(stated: Stated) -> None:
    said = stated("[oslo_messaging_rabbit]\namqp_durable_queues = true\n")
    assert said.verdicts(RABBIT) == ["at least once"]
    assert said.verdicts("events in sql") == said.verdicts("samples in sql") == [ONCE]
    assert said.verdicts("letters in file")[0] == ONCE
    assert said.verdicts("usage in sql")[0] == ONCE
    assert said.verdicts("in flight") == ["at most 2000 messages", "at most 16.2 MiB of bodies"]


def test_queues_that_do_not_last_and_other_consumers_are_named(stated: Stated) -> None:
    said = stated(
        "[notification]\npool =\n"
        "[oslo_messaging_rabbit]\namqp_auto_delete = true\nrabbit_quorum_queue = false\n"
    )
    transient, deleted, shared = said.why(RABBIT, "could lose")
    assert "amqp_durable_queues is false" in transient
    assert "amqp_auto_delete is true" in deleted
    assert "pool is empty" in shared


def test_quorum_queues_have_a_limit(stated: Stated) -> None:
    options = "[oslo_messaging_rabbit]\nrabbit_quorum_queue = true\n"
    (limit,) = stated(options).why(RABBIT, "could lose")
    assert "given back 20 times" in limit
    (limit,) = stated(f"{options}rabbit_quorum_delivery_limit = 900\n").why(RABBIT, "could lose")
    assert "given back 900 times" in limit


def test_stock_consumer_has_its_traps_and_its_own_prefetch(stated: Stated) -> None:
    said = stated(
        "[notification]\nconsumer = stock\nworkers = 3\n"
        "[oslo_messaging_rabbit]\namqp_durable_queues = true\nrabbit_qos_prefetch_count = 10\n"
    )
    undecodable, dismissed, stuck = said.why(RABBIT, "could lose")
    assert "drops a body that it cannot decode" in undecodable
    assert "up to 16 messages" in dismissed
    assert "with 10 the stock listener can stop for good" in stuck
    assert said.verdicts("in flight") == ["at most 30 messages", "bytes are not bounded"]


def test_stock_kafka_commits_before_anything_is_done(stated: Stated) -> None:
    said = stated("[notification]\nconsumer = stock\n", "kafka://one/")
    assert said.verdicts("bus one:9092")[0] == "at most once"
    said = stated("", "kafka://one/")
    assert said.verdicts("bus one:9092") == ["at least once", "could lose"]
    assert "retention" in said.why("bus one:9092", "could lose")[0]
    # What is read ahead of partitions is bounded by bytes.
    assert said.verdicts("in flight") == ["at most 48.0 MiB of bodies"]


def test_storage_that_knows_nothing_of_before_doubles(stated: Stated) -> None:
    said = stated("[storage]\nevents = sql,log\nsamples =\n")
    assert said.verdicts("events in sql") == [ONCE]
    assert said.verdicts("events in log") == ["at least once", "could double"]
    assert "whenever another storage was away" in said.why("events in log", "could double")[0]
    assert said.verdicts("samples") == ["not kept"]


def test_gnocchi_stores_once_counts_each_time_and_drops_what_is_late(
    stated: Stated, tmp_path: Path
) -> None:
    said = stated("[storage]\nsamples = gnocchi\n")
    what = "samples in gnocchi"
    assert said.verdicts(what) == ["exactly once, counted each time", "could lose"]
    assert "more than 24 hours after its time" in said.why(what, "could lose")[0].replace(
        "1 days", "24 hours"
    )


def test_letters_that_are_passed_on_wait_elsewhere(stated: Stated) -> None:
    said = stated("[recovery]\nbackend = bus\n")
    assert said.verdicts("letters in bus") == ["at least once", "could lose"]
    assert "message-ttl" in said.why("letters in bus", "could lose")[0]
    assert stated("[recovery]\nbackend = sql\n").verdicts("letters in sql") == [ONCE]


def test_handler_that_makes_one_kind_only(stated: Stated) -> None:
    said = stated("[notification]\nhandler = events\n")
    assert said.verdicts("events in sql") == [ONCE]
    assert said.verdicts("samples") == ["not made"]


def test_usage_tells_what_comes_too_late_and_what_needs_coordination(stated: Stated) -> None:
    said = stated("[processor]\nrevisit_periods = 0\nwait_periods = 1\nperiod = 600\n")
    (late,) = said.why("usage in sql", "could lose")
    assert late.startswith("data that comes later than 600 s after the end of its period is never")
    assert said.verdicts("usage in sql")[-1] == "work in vain"
    shared = stated("[coordination]\nurl = redis://one\n")
    assert shared.verdicts("usage in sql") == [ONCE, "could lose"]


def test_what_is_in_flight_grows_with_workers_buses_and_batches(stated: Stated) -> None:
    said = stated(
        "[notification]\nurls = rabbit://one/\nurls = rabbit://two/\nworkers = 4\n"
        "batch_size = 100\nbatch_bytes = 1048576\n"
    )
    assert said.verdicts("in flight") == ["at most 1600 messages", "at most 10.0 MiB of bodies"]


def test_table_is_for_people(bare: Run, config_file: Path) -> None:
    answer = bare("--config-file", str(config_file), "check", "delivery")
    assert answer.code == 0
    assert max(map(len, answer.out.splitlines())) < 150
