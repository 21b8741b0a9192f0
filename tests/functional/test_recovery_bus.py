# SPDX-License-Identifier: Apache-2.0
"""The recovery ``bus`` and its collector on a real RabbitMQ that goes away in several ways."""

import contextlib
import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import amqp
import pytest

from ceilobatch import errors
from ceilobatch.batch import Outcome
from ceilobatch.testing.recovery import RecoverySuite
from ceilobatch.testing.recovery_scene import Make, letter, letters

from .agent_process import Agent, settings
from .letter_bus import LetterBus
from .servers import RabbitMQ, wait_until

TIMEOUT = 1.0
# What a call may take longer than that on a busy machine.
SLACK = 3.0
JSON = {"content_type": "application/json", "content_encoding": "utf-8"}


@pytest.fixture
def way(rabbitmq: RabbitMQ, tmp_path: Path) -> Iterator[LetterBus]:
    way = LetterBus(rabbitmq, tmp_path / "collected")
    yield way
    rabbitmq.ensure()
    way.remove()


@pytest.fixture
def sender(way):
    with contextlib.closing(way.sender(TIMEOUT)) as sender:
        yield sender


class TestBusRecovery(RecoverySuite):
    @pytest.fixture
    def make_recovery(self, way: LetterBus) -> Make:
        return way.sender

    @pytest.fixture
    def make_reader(self, way: LetterBus) -> Make:
        return way.reader


def collected(way):
    return [entry.letter for entry in way.reader().entries()]


def refuses(call):
    """Whether a call is refused in time; the reason."""
    started = time.monotonic()
    with pytest.raises(errors.Unavailable) as refused:
        call()
    assert time.monotonic() - started < TIMEOUT + SLACK
    return str(refused.value)


def test_nothing_is_taken_while_the_broker_is_stopped_and_all_is_again_when_it_runs(
    rabbitmq, way, sender
):
    sender.add([letter(b"before")])
    rabbitmq.stop()
    assert "Connection refused" in refuses(lambda: sender.add([letter(b"during")]))
    refuses(sender.probe)
    rabbitmq.start()
    sender.probe()
    sender.add([letter(b"after", 1)])
    assert [one.body for one in collected(way)] == [b"before", b"after"]


@pytest.mark.parametrize("connected", [True, False])
def test_paused_broker_is_not_waited_for_longer_than_the_timeout(rabbitmq, way, connected):
    with contextlib.closing(way.sender(TIMEOUT)) as sender:
        if connected:
            sender.probe()
        rabbitmq.pause()
        refuses(lambda: sender.add([letter(b"x" * 100_000)] * 100))
        refuses(sender.probe)
        rabbitmq.resume()
        sender.add([letter(b"after")])
    assert b"after" in [one.body for one in collected(way)]


def test_connection_that_was_cut_while_idle_costs_no_letter(rabbitmq, way, sender):
    sender.add([letter(b"before")])
    rabbitmq.close_connections()
    sender.add([letter(b"after", 1)])
    assert [one.body for one in collected(way)] == [b"before", b"after"]


@pytest.mark.parametrize("how", ["kill", "cut"])
def test_what_was_reported_kept_is_there_after_the_broker_went_away_in_between(rabbitmq, way, how):
    reported, refused = [], []
    stop = threading.Event()

    def add_all():
        with contextlib.closing(way.sender(TIMEOUT)) as sender:
            while not stop.is_set():
                several = letters(20, f"round {len(reported)} {len(refused)}")
                try:
                    sender.add(several)
                    reported.append(several)
                except errors.Unavailable:
                    refused.append(several)
                    stop.wait(0.05)

    thread = threading.Thread(target=add_all)
    thread.start()
    try:
        wait_until(lambda: len(reported) > 10)
        if how == "kill":
            rabbitmq.kill()
            wait_until(lambda: refused)
            rabbitmq.start()
        else:
            rabbitmq.close_connections()
        known = len(reported)
        wait_until(lambda: len(reported) > known + 5)
    finally:
        stop.set()
        thread.join()
    arrived = {one.id for one in collected(way)}
    assert {one.id for several in reported for one in several} <= arrived


def test_queue_that_was_deleted_is_declared_again_before_a_letter_is_sent(rabbitmq, way, sender):
    sender.add([letter(b"before")])
    way.remove()
    sender.add([letter(b"after")])
    assert [one.body for one in collected(way)] == [b"after"]


def test_queue_that_takes_no_more_is_no_queue_that_keeps(rabbitmq, way, sender):
    policy = json.dumps({"max-length": 3, "overflow": "reject-publish"})
    rabbitmq.control("set_policy", way.topic, way.topic, policy, "--apply-to", "queues")
    try:
        assert "refused" in refuses(lambda: sender.add(letters(50)))
    finally:
        rabbitmq.control("clear_policy", way.topic)
    sender.add(letters(50, "later"))
    assert {one.id for one in letters(50, "later")} <= {one.id for one in collected(way)}


def test_broker_without_disk_is_told_at_once_and_by_the_probe_too(rabbitmq, way):
    with contextlib.closing(way.sender(60)) as sender:
        sender.probe()
        rabbitmq.control("set_disk_free_limit", "1000000GB")
        try:
            assert "takes no messages" in refuses(lambda: sender.add([letter(b"during")]))
            assert "takes no messages" in refuses(sender.probe)
        finally:
            rabbitmq.control("set_disk_free_limit", "50MB")
        wait_until(lambda: _answers(sender.probe))
        sender.add([letter(b"after", 1)])
    assert collected(way)[-1].body == b"after"


def _answers(call):
    try:
        call()
    except errors.Unavailable:
        return False
    return True


def test_queue_that_does_not_outlive_the_broker_is_refused(rabbitmq, way, sender):
    with rabbitmq.connect() as connection:
        connection.channel().queue_declare(way.queue, durable=False, auto_delete=False)
    assert "inequivalent arg 'durable'" in refuses(lambda: sender.add([letter()]))
    refuses(sender.probe)


def test_wrong_password_is_told(rabbitmq, way):
    url = rabbitmq.url.replace(":secret@", ":wrong@")
    with contextlib.closing(way.sender(TIMEOUT, url)) as sender:
        assert "ACCESS_REFUSED" in refuses(sender.probe)


def test_letters_that_were_kept_and_come_again_are_not_counted_again(rabbitmq, way, sender):
    sender.add([letter(b"one"), letter(b"two"), letter(b"one", 1)])
    way.collect(3, happening=rabbitmq.close_connections)
    wait_until(lambda: way.waiting() == 3)
    assert {entry.letter.body: entry.seen for entry in way.reader().entries()} == {
        b"one": 2,
        b"two": 1,
    }
    assert way.outcomes == [Outcome.RECOVERED] * 3 + [Outcome.DUPLICATE] * 3


def test_quorum_queue_keeps_letters(rabbitmq, way):
    with contextlib.closing(way.sender(query="?rabbit_quorum_queue=true")) as sender:
        sender.add(letters(3))
    assert way.waiting() == 3


@pytest.fixture
def pair(tmp_path, rabbitmq_url):
    """An agent that sends its letters, and their collector."""
    sending = {
        **settings(rabbitmq_url, f"sqlite:///{tmp_path}/agent.sqlite"),
        "recovery": {"backend": "bus"},
        "recovery_bus": {"timeout": 2},
    }
    options = {"exchanges": "ceilobatch", "topics": "ceilobatch_letters", "pool": ""}
    collecting = {
        **settings(
            rabbitmq_url,
            f"sqlite:///{tmp_path}/collector.sqlite",
            **options,
            handler="letters",
        ),
        "recovery": {"backend": "file"},
        "oslo_messaging_rabbit": {"amqp_durable_queues": "true"},
    }
    agents = Agent(tmp_path / "agent", sending), Agent(tmp_path / "collector", collecting)
    yield agents
    for agent in agents:
        agent.kill_all()


def publish(server, url, bodies):
    with server.connect(url) as connection:
        channel = connection.channel()
        for body in bodies:
            channel.basic_publish(amqp.Message(body, **JSON), "nova", "notifications.info")


def is_listening(server, url, queue="ceilobatch"):
    return server.queues(url).get(queue, {}).get("consumers") == 1


def test_letters_of_an_agent_reach_the_collector_and_both_books_balance(
    pair, rabbitmq, rabbitmq_url
):
    agent, collector = pair
    agent.start()
    wait_until(lambda: is_listening(rabbitmq, rabbitmq_url), 60, "the agent")
    broken = [b"\xff\xfe %d" % number for number in range(30)]
    publish(rabbitmq, rabbitmq_url, broken[:20])
    wait_until(lambda: rabbitmq.queue_length("ceilobatch_letters.error", rabbitmq_url) == 20)
    collector.start()
    queue = "ceilobatch_letters.error"
    wait_until(lambda: is_listening(rabbitmq, rabbitmq_url, queue), 60, "the collector")
    publish(rabbitmq, rabbitmq_url, broken[20:])
    wait_until(lambda: len(collector.command("recovery", "list")) == 30, 60, "30 letters")
    with rabbitmq.connect(rabbitmq_url) as connection:
        connection.channel().basic_publish(
            amqp.Message(b"no letter"), "ceilobatch", "ceilobatch_letters.info"
        )
    wait_until(lambda: len(collector.command("recovery", "list")) == 31, 60, "31 letters")
    assert (agent.stop(), collector.stop()) == (0, 0)
    assert rabbitmq.queue_length(queue, rabbitmq_url) == 0
    assert _booked(agent) == (30, 30)
    assert _booked(collector) == (31, 31)
    store = collector.directory / "state" / "recovery" / "letters-000001.jsonl"
    assert len(store.read_text().splitlines()) == 31


def _booked(agent):
    """Received and recovered; the command fails where the books do not balance."""
    total = agent.command("ledger", "show")[-1]
    return total["received"], total["recovered"]


def test_agent_whose_letters_nobody_takes_stops_and_loses_nothing(pair, rabbitmq, rabbitmq_url):
    agent, _ = pair
    agent.start()
    wait_until(lambda: is_listening(rabbitmq, rabbitmq_url), 60, "the agent")
    queue = "ceilobatch_letters.error"
    with rabbitmq.connect(rabbitmq_url) as connection:
        channel = connection.channel()
        channel.exchange_declare("ceilobatch", "topic", durable=True, auto_delete=False)
        channel.queue_declare(queue, durable=False, auto_delete=False)
    publish(rabbitmq, rabbitmq_url, [b"\xff %d" % number for number in range(10)])
    wait_until(lambda: agent.logged("closed, consuming stops"), 30, "the gate to close")
    wait_until(lambda: rabbitmq.queue_length("ceilobatch", rabbitmq_url) == 10)
    with rabbitmq.connect(rabbitmq_url) as connection:
        connection.channel().queue_delete(queue)
    wait_until(lambda: rabbitmq.queue_length(queue, rabbitmq_url) == 10, 30, "the letters")
    assert agent.logged("closed, consuming stops") == 1
    assert agent.stop() == 0
