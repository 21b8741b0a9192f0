# SPDX-License-Identifier: Apache-2.0
"""The collector of letters: what it keeps, what it knows again, and what it refuses to be."""

import dataclasses
import datetime
import json

import pytest
from oslo_config import cfg

from ceilobatch import config, errors
from ceilobatch.batch import Limits, MessageBatch, Outcome
from ceilobatch.letter import Letter, Stage
from ceilobatch.message import Delivery
from ceilobatch.parts import Origin, Parts
from ceilobatch.plugins import loader
from ceilobatch.plugins.base import RecoveryCharacteristics
from ceilobatch.plugins.handlers.letters import LettersHandler
from ceilobatch.plugins.recovery.bus import BusRecovery
from ceilobatch.plugins.recovery.bus_envelope import wrap
from ceilobatch.testing.memory import MemoryRecovery

from .wire import envelope

NOON = datetime.datetime(2026, 1, 2, 12, tzinfo=datetime.UTC)
DURABLE = "rabbit://u:p@host:1/?amqp_durable_queues=true"


class PassingOn(MemoryRecovery):
    characteristics = RecoveryCharacteristics(readable=False)


def configured(**notification: object) -> cfg.ConfigOpts:
    wanted = {"urls": [DURABLE], "pool": "", **notification}
    return config.load([], [], {("notification", name): one for name, one in wanted.items()})


def collector(recovery=None, **notification):
    recovery = recovery or MemoryRecovery()
    origin = Origin("", "central", "w0")
    return LettersHandler(configured(**notification), Parts(None, None, [], [], recovery, origin))


def letter(body=b"\xff\x00", minutes=0, **fields):
    recorded = NOON + datetime.timedelta(minutes=minutes)
    return Letter(body, Stage.STORE_EVENT, "Rejected", "too long", recorded, **fields)


def batch_of(*bodies, redelivered=False):
    batch = MessageBatch(Limits(100, 10**6, 60.0))
    for body in bodies:
        batch.add(Delivery(body, topic="ceilobatch_letters.error", redelivered=redelivered))
    return batch


def wrapped(*letters):
    return [wrap(one)[1] for one in letters]


def test_letter_is_kept_as_it_was_sent():
    handler = collector()
    sent = letter(
        message_id="m1", event_type="a.b", host="control-1", driver="sql", headers={"a": [1, None]}
    )
    assert handler.handle(batch_of(*wrapped(sent))) == [Outcome.RECOVERED]
    assert handler.parts.recovery.kept == [sent]


def changed(**fields):
    """A letter on whose way somebody changed something."""
    outer = json.loads(wrap(letter(b"text"))[1])
    inner = json.loads(outer["oslo.message"])
    inner["payload"].update(fields)
    return json.dumps({**outer, "oslo.message": json.dumps(inner)}).encode()


NO_LETTERS = {
    "no JSON": b"\xff\xfe",
    "another notification": envelope(),
    "another body": changed(body="other"),
    "no stage": changed(stage="nowhere"),
    "no time": changed(recorded="yesterday"),
    "time without a zone": changed(recorded="2026-01-02T12:00:00"),
    "a number as its host": changed(host=7),
    "no headers": changed(headers=[1]),
}


@pytest.mark.parametrize("body", NO_LETTERS.values(), ids=NO_LETTERS)
def test_what_is_no_letter_becomes_one_byte_for_byte_beside_those_that_are(body):
    handler = collector()
    batch = batch_of(*wrapped(letter()), body, *wrapped(letter(b"other")))
    assert handler.handle(batch) == [Outcome.RECOVERED] * 3
    first, odd, last = handler.parts.recovery.kept
    assert (first, last) == (letter(), letter(b"other"))
    assert (odd.body, odd.stage, odd.error) == (body, Stage.DECODE, "Malformed")
    assert (odd.host, odd.topic) == ("central", "ceilobatch_letters.error")
    assert odd.reason


def test_batch_is_given_back_while_recovery_is_away():
    recovery = MemoryRecovery()
    handler = collector(recovery)
    batch = batch_of(*wrapped(letter()))
    recovery.down = True
    with pytest.raises(errors.Unavailable):
        handler.handle(batch)
    recovery.down = False
    again = batch_of(*(one.body for one in batch.deliveries), redelivered=True)
    assert handler.handle(again) == [Outcome.RECOVERED]
    assert [entry.seen for entry in recovery.entries()] == [1]


def test_letter_that_was_published_twice_counts_twice():
    handler = collector()
    handler.handle(batch_of(*wrapped(letter(), letter())))
    handler.handle(batch_of(*wrapped(letter())))
    assert [entry.seen for entry in handler.parts.recovery.entries()] == [3]


@pytest.mark.parametrize("restarted", [False, True])
def test_letter_that_is_delivered_again_counts_once(restarted):
    handler = collector()
    bodies = wrapped(letter(), letter(minutes=1), letter(b"other"))
    handler.handle(batch_of(*bodies))
    if restarted:
        handler = collector(handler.parts.recovery)
    again = batch_of(*bodies, redelivered=True)
    assert handler.handle(again) == [Outcome.DUPLICATE] * 3
    assert [entry.seen for entry in handler.parts.recovery.entries()] == [2, 1]


def test_letter_that_comes_again_is_kept_again_when_it_was_removed_meanwhile():
    handler = collector()
    bodies = wrapped(letter())
    handler.handle(batch_of(*bodies))
    handler.parts.recovery.remove([letter().id])
    restarted = collector(handler.parts.recovery)
    assert restarted.handle(batch_of(*bodies, redelivered=True)) == [Outcome.RECOVERED]


def test_new_occasion_of_a_known_letter_is_counted_though_marked_as_redelivered():
    handler = collector()
    handler.handle(batch_of(*wrapped(letter())))
    later = batch_of(*wrapped(letter(minutes=5)), redelivered=True)
    assert handler.handle(later) == [Outcome.RECOVERED]
    assert [entry.seen for entry in handler.parts.recovery.entries()] == [2]


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"recovery": PassingOn()}, "[recovery] backend"),
        ({"pool": "ceilobatch"}, "[notification] pool"),
        ({"urls": ["rabbit://u:p@host:1/"]}, "amqp_durable_queues"),
        ({"urls": [DURABLE + "&amqp_auto_delete=true"]}, "amqp_auto_delete"),
    ],
)
def test_collector_that_would_lose_letters_or_send_them_round_is_refused(changes, named):
    with pytest.raises(errors.ConfigurationError) as refused:
        collector(**changes)
    assert len(refused.value.problems) == 1
    assert named in refused.value.problems[0]


def test_all_that_is_wrong_is_told_together():
    with pytest.raises(errors.ConfigurationError) as refused:
        collector(PassingOn(), urls=["rabbit://u:p@host:1/?amqp_auto_delete=true"], pool="p")
    assert len(refused.value.problems) == 4


@pytest.mark.parametrize(
    "url", [DURABLE.replace("amqp_durable_queues", "rabbit_quorum_queue"), "kafka://host:9092"]
)
def test_other_buses_that_last_are_taken(url):
    assert collector(urls=[url])


def sender(conf, **options):
    loader.register_options(conf, BusRecovery)
    for name, value in options.items():
        conf.set_override(name, value, "recovery_bus")
    return BusRecovery(conf)


def test_agent_that_listens_to_its_own_letters_is_refused():
    own = {"topics": ["notifications", "ceilobatch_letters"], "exchanges": ["nova", "ceilobatch"]}
    with pytest.raises(errors.ConfigurationError, match="would come back to it"):
        sender(configured(**own))
    assert sender(configured(**own), topic="elsewhere")
    assert sender(configured(**own), exchange="elsewhere")


def test_bus_that_cannot_confirm_is_refused():
    for url in ("kafka://host:9092", "fake://"):
        with pytest.raises(errors.ConfigurationError, match=r"\[recovery_bus\] transport_url"):
            sender(configured(), transport_url=url)


def test_letters_go_to_the_bus_of_the_agent_unless_another_is_named():
    here = sender(configured())
    there = sender(configured(), transport_url="rabbit://u:secret@there:2/v")
    for driver, where in ((here, "host:1"), (there, "there:2")):
        with pytest.raises(errors.Rejected, match=where) as refused:
            driver.entries()
        assert "secret" not in str(refused.value)


def test_same_letter_has_a_new_message_id_each_time_that_begins_with_its_own():
    ids = {wrap(letter())[0] for _ in range(3)}
    assert len(ids) == 3
    assert all(one.startswith(letter().id) for one in ids)


def test_every_field_of_a_letter_travels():
    values = {one.name: one.name for one in dataclasses.fields(Letter) if one.name not in _OTHERS}
    handler = collector()
    sent = Letter(b"{}", Stage.DECODE, recorded=NOON, headers={"x": 1}, **values)
    handler.handle(batch_of(*wrapped(sent)))
    assert handler.parts.recovery.kept == [sent]


_OTHERS = ("body", "stage", "recorded", "headers")
