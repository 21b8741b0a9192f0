# SPDX-License-Identifier: Apache-2.0
"""Load onto real buses, and four reports of one drain."""

import contextlib
import itertools
import json
import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from ceilobatch import config, errors
from ceilobatch.cmd.main import main
from ceilobatch.perf.connect import publisher
from ceilobatch.perf.load import load
from ceilobatch.perf.report import Row
from ceilobatch.perf.stream import Parcel

from .kafka_cluster import KafkaCluster
from .perf_scene import Place, fill, results, running, watching
from .servers import RabbitMQ, wait_until

COUNT = 2000


def by_process(rows: list[Row]) -> dict[tuple[str, str], object]:
    return {(row.instance, row.process): row.counts for row in rows}


def test_all_four_sources_report_the_same_counts_of_one_drain(
    tmp_path: Path, rabbitmq_url: str, postgresql_url: str
) -> None:
    place = Place(tmp_path, rabbitmq_url, postgresql_url)
    with running(place, batch_size=100) as url, watching(place, url, COUNT, 0.3) as reports:
        loaded = fill(rabbitmq_url, COUNT, broken=0.05)
        assert (loaded.published, loaded.unroutable, loaded.unconfirmed) == (COUNT, 0, 0)
        found = results(reports)
    assert {one.ending for one in found.values()} == {"counted"}
    ledger = found["ledger"]
    counts = ledger.whole.counts
    assert counts.received == counts.accounted == COUNT
    assert counts.failed > COUNT * 0.03
    assert [(row.instance, row.process) for row in ledger.processes] == [
        *(("h1/ceilobatch", "p0"), ("h1/ceilobatch", "p1")),
    ]
    for kind, one in found.items():
        assert one.whole.counts == counts, kind
        assert by_process(one.processes) == by_process(ledger.processes), kind
        assert one.restarts == one.missed == 0
        assert one.whole.completed_per_second > 0
    timings = [found[kind].whole.time for kind in ("monasca", "dropwizard", "prometheus")]
    averages = [timing.average for timing in timings if timing]
    assert averages == pytest.approx([averages[0]] * 3, rel=0.01)
    assert ledger.whole.time is None


def test_messages_that_no_queue_wants_are_told(
    rabbitmq_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(
        [
            "perf",
            "load",
            "--transport-url",
            rabbitmq_url,
            "--count",
            "30",
            "--run",
            "r",
            "-f",
            "json",
        ]
    )
    out, err = capsys.readouterr()
    assert (code, err) == (3, "")
    assert '"published": 0' in out
    assert '"unroutable": 30' in out


def test_every_message_is_confirmed_and_waits_in_the_queue_with_its_id(
    rabbitmq: RabbitMQ, rabbitmq_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with rabbitmq.connect(rabbitmq_url) as connection:
        channel = connection.channel()
        channel.exchange_declare("own", "topic", auto_delete=False)
        channel.queue_declare("load", auto_delete=False)
        channel.queue_bind("load", "own", "mine.#")
        arguments = ["--count", "3000", "--exchange", "own", "--topic", "mine", "--run", "r7"]
        bus = ["perf", "load", "--transport-url", rabbitmq_url, "--no-progress"]
        assert main([*bus, *arguments, "-f", "value", "-c", "published"]) == 0
        assert capsys.readouterr().out == "3000\n"
        assert channel.queue_declare("load", passive=True).message_count == 3000
        first = channel.basic_get("load", no_ack=True)
        assert b"r7-00000000" in first.body.encode()


def test_a_bus_that_goes_away_is_told_in_a_sentence(rabbitmq: RabbitMQ, rabbitmq_url: str) -> None:
    connected = publisher(config.load([], []), rabbitmq_url)
    with contextlib.closing(connected):
        parcels = itertools.repeat(Parcel("nova", "notifications.info", b"{}"))

        def told(_count: int) -> None:
            rabbitmq.close_connections()

        with pytest.raises(errors.Unavailable, match="RabbitMQ at "):
            load(parcels, connected, 500.0, told, threading.Event())


def test_a_bus_that_is_not_there_is_told_in_a_sentence(
    capsys: pytest.CaptureFixture[str],
) -> None:
    bus = "rabbit://guest:hidden@127.0.0.1:1/"
    assert main(["perf", "load", "--transport-url", bus]) == 1
    err = capsys.readouterr().err
    assert "127.0.0.1" in err
    assert "hidden" not in err


def test_ctrl_c_ends_a_load_with_everything_that_was_sent_confirmed(
    rabbitmq: RabbitMQ, rabbitmq_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with rabbitmq.connect(rabbitmq_url) as connection, rabbitmq.connect(rabbitmq_url) as other:
        channel, watched = connection.channel(), other.channel()
        channel.exchange_declare("own", "topic", auto_delete=False)
        channel.queue_declare("load", auto_delete=False)
        channel.queue_bind("load", "own", "#")

        def interrupt() -> None:
            wait_until(lambda: watched.queue_declare("load", passive=True).message_count > 20)
            os.kill(os.getpid(), signal.SIGINT)

        person = threading.Thread(target=interrupt)
        person.start()
        bus = ["--transport-url", rabbitmq_url, "--exchange", "own", "--no-progress"]
        code = main(["perf", "load", *bus, "--rate", "300", "--count", "90000", "-f", "json"])
        person.join()
        told = json.loads(capsys.readouterr().out)
        assert (code, told["interrupted"], told["unconfirmed"]) == (130, True, 0)
        assert 20 < told["published"] < 90000
        assert channel.queue_declare("load", passive=True).message_count == told["published"]


def test_a_kafka_that_is_not_there_is_told_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("ceilobatch.perf.kafka.REACH", 0.3)
    assert main(["perf", "load", "--transport-url", "kafka://127.0.0.1:1/"]) == 1
    assert "Kafka at 127.0.0.1:1: " in capsys.readouterr().err


@pytest.fixture
def kafka() -> Iterator[KafkaCluster]:
    with KafkaCluster() as cluster:
        yield cluster


def test_kafka_confirms_every_message(
    kafka: KafkaCluster, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--count", "500", "--topic", "mine", "--mix", "nova=1", "-f", "json"]
    assert main(["perf", "load", "--transport-url", kafka.url, *arguments]) == 0
    assert '"published": 500' in capsys.readouterr().out
