# SPDX-License-Identifier: Apache-2.0
"""How documents and traits become what databases take."""

import datetime
import math
import types
from typing import Any

import orjson
import pytest

from ceilobatch.model import Trait
from ceilobatch.plugins.storage.sql_rows import Refused, encode, group_traits, iso, leaves

NOON = datetime.datetime(2026, 3, 1, 12, tzinfo=datetime.UTC)


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("wrap", [lambda x: {"a": x}, lambda x: {"a": [{"b": (1, x)}], "c": None}])
def test_number_that_is_not_finite_is_refused_wherever_it_is(number, wrap):
    with pytest.raises(Refused, match="the metadata has a number that is not finite"):
        encode(wrap(number), "the metadata", nul_allowed=True)


def test_nothing_is_not_taken_for_a_number():
    document = {"a": None, "b": [None, 1.5, "null"], "nan": "nan"}
    assert orjson.loads(encode(document, "it", nul_allowed=True)) == document


@pytest.mark.parametrize("document", [{"a": ["x\0"]}, {"\0": 1}, {"a": {"b": {"\0": None}}}])
def test_nul_is_refused_only_where_the_database_has_none(document: dict[str, Any]):
    assert orjson.loads(encode(document, "it", nul_allowed=True)) == document
    with pytest.raises(Refused, match="NUL"):
        encode(document, "it", nul_allowed=False)


def test_documents_nested_too_deeply_are_refused():
    document: dict[str, Any] = {}
    for _ in range(2000):
        document = {"a": document}
    with pytest.raises(Refused, match="has no JSON"):
        encode(document, "it", nul_allowed=True)


def test_any_mapping_is_a_document():
    document = types.MappingProxyType({"a": types.MappingProxyType({"b": (1, math.nan)})})
    assert leaves(document, int) == [1]
    with pytest.raises(Refused):
        encode(document, "it", nul_allowed=True)


def test_traits_are_grouped_by_type_and_times_sort_as_texts():
    later = NOON + datetime.timedelta(microseconds=1)
    east = datetime.timezone(datetime.timedelta(hours=9))
    groups = group_traits(
        [
            Trait("a", "datetime", NOON.astimezone(east)),
            Trait("b", "datetime", later),
            Trait("c", "text", "x"),
            Trait("d", "int", 1),
            Trait("e", "float", 1.0),
        ]
    )
    assert groups == {
        "text": {"c": "x"},
        "int": {"d": 1},
        "float": {"e": 1.0},
        "datetime": {"a": iso(NOON), "b": iso(later)},
    }
    assert iso(NOON) < iso(later)
    assert len(iso(NOON)) == len(iso(later))
