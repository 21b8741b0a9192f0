# SPDX-License-Identifier: Apache-2.0
"""The public fakes fail as they are told to, and no more."""

import pytest
from oslo_config import cfg

from ceilobatch import errors
from ceilobatch.batch import Limits, MessageBatch, Outcome
from ceilobatch.letter import Letter
from ceilobatch.model import STORED, Status
from ceilobatch.plugins.storage.log import LogStorage
from ceilobatch.testing.configured import configured
from ceilobatch.testing.killed import Killed
from ceilobatch.testing.memory import MemoryRecovery, MemorySource, MemoryStorage
from ceilobatch.testing.recovery_scene import letters
from ceilobatch.testing.storage_scene import plain_event


def received(source: MemorySource) -> MessageBatch:
    batch = MessageBatch(Limits(10, 1 << 20, 60.0))
    source.receive(batch, 0.0)
    return batch


def bodies_of(batch: MessageBatch) -> list[bytes]:
    return [one.body for one in batch.deliveries]


def test_bus_tells_what_each_message_was_settled_with():
    source = MemorySource([b"one"])
    source.publish(b"two")
    source.settle(received(source), [Outcome.REQUEUED, Outcome.STORED])
    source.settle(received(source), [Outcome.RECOVERED])
    assert source.settled == [
        (b"one", Outcome.REQUEUED),
        (b"two", Outcome.STORED),
        (b"one", Outcome.RECOVERED),
    ]
    assert source.acknowledged == [b"two", b"one"]


def test_bus_that_is_cut_is_unavailable_until_it_is_opened_and_delivers_again():
    source = MemorySource([b"one", b"two"])
    batch = received(source)
    source.cut()
    with pytest.raises(errors.Unavailable):
        source.settle(batch, [Outcome.STORED] * 2)
    with pytest.raises(errors.Unavailable):
        received(source)
    source.close()
    source.open()
    again = received(source)
    assert bodies_of(again) == [b"one", b"two"]
    assert all(one.redelivered for one in again.deliveries)
    assert source.acknowledged == []


@pytest.mark.parametrize(
    ("moment", "count"), [("faults", 0), ("half_faults", 2), ("late_faults", 4)]
)
@pytest.mark.parametrize("error", [Killed(), errors.Unavailable("away")], ids=["killed", "away"])
def test_fault_of_a_write_leaves_as_much_as_it_should(moment, count, error):
    storage, recovery = MemoryStorage(), MemoryRecovery()
    added: list[Letter] = letters(4)
    events = [plain_event(number) for number in range(4)]
    for driver, write in (
        (storage, lambda: storage.store(events)),
        (recovery, lambda: recovery.add(added)),
    ):
        getattr(driver, moment).append(error)
        with pytest.raises(type(error)):
            write()
    assert (len(storage.events), len(recovery.kept)) == (count, count)
    recovery.add(added)
    assert [one.status.value for one in storage.store(events)] == (
        ["duplicate"] * count + ["stored"] * (4 - count)
    )


def test_storage_refuses_what_it_is_told_to():
    storage = MemoryStorage()
    storage.refuses = lambda item: "too odd" if item.message_id.endswith("1") else ""
    good, bad = storage.store([plain_event(0), plain_event(1)])
    assert good == STORED
    assert (bad.status, bad.reason) == (Status.REJECTED, "too odd")
    assert list(storage.events) == [plain_event(0).message_id]


def test_drivers_beside_each_other_share_what_they_hold_and_when_it_is_away():
    for kind in (MemoryStorage, MemoryRecovery):
        one = kind()
        other = kind(beside=one)
        other.down = True
        with pytest.raises(errors.Unavailable):
            one.probe()
        other.down = False
        one.probe()


def test_configured_knows_the_options_of_driver_and_project_and_no_others():
    conf = configured(LogStorage, storage_log={"path": "x"}, DEFAULT={"host": "h1"})
    assert (conf.storage_log.path, conf.host) == ("x", "h1")
    assert conf.notification.batch_size > 0
    with pytest.raises(cfg.NoSuchOptError):
        configured(LogStorage, storage_log={"colour": "blue"})
