# SPDX-License-Identifier: Apache-2.0
"""A snapshot as it stands in a file."""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ceilobatch.telemetry.snapshot import from_bytes, to_bytes

from .figures import RECEIVED, SAME, TIMES, figures_of, snapshot_of


@SAME
@given(st.lists(st.integers(1, 10**13)), st.integers(-(2**60), 2**60), st.floats(0, 1e12))
def test_snapshot_comes_back_as_it_was(times, counter, gauge):
    own = {"thread": "t0", "reason": "ü|,"}
    snapshot = snapshot_of(
        ("request.time", own, figures_of(*times)),
        ("requests.dropped", own, counter),
        ("pending.oldest_age", own, gauge),
    )
    assert from_bytes(to_bytes(snapshot)) == snapshot


@pytest.mark.parametrize(
    "spoil",
    [
        lambda fields: fields.update(format=0),
        lambda fields: fields.pop("readings"),
        lambda fields: fields.pop("taken"),
        lambda fields: fields.update(news=1),
        lambda fields: fields["readings"][1][2].pop("buckets"),
    ],
)
def test_what_is_no_snapshot_is_refused(spoil):
    fields = orjson.loads(to_bytes(snapshot_of(RECEIVED, TIMES)))
    spoil(fields)
    with pytest.raises(ValueError, match="not a snapshot"):
        from_bytes(orjson.dumps(fields))


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null"])
def test_rubbish_is_refused(content):
    with pytest.raises(ValueError, match=r"(?i)snapshot|input|json|expected|unexpected"):
        from_bytes(content)


def test_pool_is_no_dimension_of_who_has_none():
    snapshot = snapshot_of()
    assert snapshot.dimensions == {
        "service": "agent",
        "hostname": "host1",
        "pool": "pool1",
        "process": "p0",
    }
