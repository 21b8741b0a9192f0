# SPDX-License-Identifier: Apache-2.0
"""Notifications out of files."""

import io
import json

import pytest

from ceilobatch.batch import Limits, MessageBatch, Outcome
from ceilobatch.ingest import FileSource


def read(*contents, count=100):
    source = FileSource([io.BytesIO(content) for content in contents])
    batch = MessageBatch(Limits(count, 10**9, 60))
    source.receive(batch, 1)
    return source, batch


def bodies(batch):
    return [delivery.body for delivery in batch.deliveries]


def test_one_object_a_line():
    _, batch = read(b'{"a": 1}\n\n{"a": 2}\n', b'{"a": 3}')
    assert bodies(batch) == [b'{"a": 1}', b'{"a": 2}', b'{"a": 3}']


@pytest.mark.parametrize("indent", [None, 2])
def test_json_array(indent):
    _, batch = read(json.dumps([{"a": 1}, {"a": 2}], indent=indent).encode())
    assert [json.loads(body) for body in bodies(batch)] == [{"a": 1}, {"a": 2}]


def test_single_object_over_several_lines():
    _, batch = read(json.dumps({"a": {"b": 1}}, indent=2).encode())
    assert [json.loads(body) for body in bodies(batch)] == [{"a": {"b": 1}}]


def test_routed_record_is_taken_apart():
    record = {"exchange": "nova", "routing_key": "notifications.info", "body": {"x": 1}}
    _, batch = read(json.dumps(record).encode())
    (delivery,) = batch.deliveries
    assert (delivery.exchange, delivery.topic) == ("nova", "notifications.info")
    assert json.loads(delivery.body) == {"x": 1}


def test_unreadable_lines_are_delivered_as_they_are():
    _, batch = read(b'{"a": 1}\nnot json\n{"a":\n')
    assert bodies(batch) == [b'{"a": 1}', b"not json", b'{"a":']
    _, batch = read(b'not json\n{"a": 1}\n')
    assert bodies(batch) == [b"not json", b'{"a": 1}']


def test_exhausted_only_when_everything_is_settled():
    source, batch = read(b'{"a": 1}\n{"a": 2}\n')
    assert not source.exhausted
    source.settle(batch, [Outcome.STORED, Outcome.REQUEUED])
    assert not source.exhausted
    again = MessageBatch(Limits(100, 10**9, 60))
    source.receive(again, 1)
    assert bodies(again) == [b'{"a": 2}']
    source.settle(again, [Outcome.STORED])
    assert source.exhausted


def test_what_is_not_settled_is_delivered_again_in_order():
    source, _ = read(b'{"a": 1}\n{"a": 2}\n{"a": 3}\n', count=2)
    source.close()
    again = MessageBatch(Limits(100, 10**9, 60))
    source.receive(again, 1)
    assert bodies(again) == [b'{"a": 1}', b'{"a": 2}', b'{"a": 3}']


def test_empty_file_is_exhausted_at_once():
    source, batch = read(b"")
    assert len(batch) == 0
    assert source.exhausted
