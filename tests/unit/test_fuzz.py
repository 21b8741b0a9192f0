# SPDX-License-Identifier: Apache-2.0
"""Whatever the bus brings ends in an outcome, and what is recovered in its very bytes."""

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ceilobatch import config
from ceilobatch.letter import Letter, Stage
from ceilobatch.plugins.handlers.notification import Worksheet
from ceilobatch.plugins.recovery import line
from ceilobatch.plugins.storage.sql import SqlStorage
from ceilobatch.testing.memory import MemoryStorage

from ..fuzzing import Fuzzed
from ..mutations import changed_bodies, changed_bytes, wires

SAME = settings(deadline=None, derandomize=True, database=None, max_examples=300)


@pytest.fixture(scope="module")
def fuzzed() -> Fuzzed:
    return Fuzzed(MemoryStorage())


@pytest.fixture(scope="module")
def in_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fuzzed]:
    directory = tmp_path_factory.mktemp("fuzz")
    file = Path(directory / "ceilobatch.conf")
    file.write_text(f"[storage_sql]\nconnection = sqlite:///{directory}/fuzz.db\n")
    conf = config.load([str(file)], [], {})
    for group, members in SqlStorage.options:
        conf.register_opts(members, group=group)
    storage = SqlStorage(conf)
    yield Fuzzed(storage)
    storage.close()


@SAME
@given(wire=changed_bodies())
def test_changed_body_is_decoded_and_converted_or_malformed(fuzzed, wire):
    fuzzed.check_steps(wire)


@SAME
@given(wire=changed_bytes())
def test_changed_bytes_are_decoded_and_converted_or_malformed(fuzzed, wire):
    fuzzed.check_steps(wire)


@SAME
@given(found=st.lists(wires, min_size=1, max_size=4))
def test_every_message_of_a_batch_ends_in_an_outcome_and_a_good_one_is_stored(fuzzed, found):
    fuzzed.check_batch(found)


@SAME
@given(wire=wires)
def test_sqlite_stores_or_rejects_each_item_and_raises_nothing(in_sqlite, wire):
    in_sqlite.check_steps(wire)


@settings(SAME, max_examples=150)
@given(found=st.lists(wires, min_size=1, max_size=4))
def test_batch_into_sqlite_leaves_letters_with_the_exact_bytes(in_sqlite, found):
    in_sqlite.check_batch(found)


@SAME
@given(wire=wires)
def test_letter_is_written_down_and_read_back_in_its_exact_bytes(fuzzed, wire):
    fuzzed.check_batch([wire])
    for letter in fuzzed.recovery.kept:
        assert line.decode(line.encode(letter)).body == letter.body


def test_batch_with_garbage_is_gone_from_memory_without_a_collection(fuzzed):
    gc.collect()
    gc.disable()
    try:
        fuzzed.check_batch([b"\xf0" * 1000, b"{", b'{"oslo.message": "["}'])
        assert not [one for one in gc.get_objects() if type(one) is Worksheet]
    finally:
        gc.enable()
    stopped = {letter.stage for letter in fuzzed.recovery.kept}
    assert stopped == {Stage.DECODE}
    assert all(isinstance(letter, Letter) for letter in fuzzed.recovery.kept)
