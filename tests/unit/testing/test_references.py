# SPDX-License-Identifier: Apache-2.0
"""Samples of notifications put together from their parts."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ceilobatch.testing.references import expand

Write = Callable[[str, Any], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a sample file below a directory of its own."""

    def write(name: str, content: Any) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content))
        return path

    return write


def test_sample_without_references_is_itself(write: Write) -> None:
    sample = {"a": [1, {"b": None}], "c": "$ref"}
    assert expand(write("sample.json", sample)) == sample


def test_reference_is_relative_to_the_file_that_holds_it(write: Write) -> None:
    write("parts/inner.json", {"who": "beside"})
    write("inner.json", {"who": "above"})
    write("parts/outer.json", {"inner": {"$ref": "inner.json#"}})
    sample = write("sample.json", {"payload": {"$ref": "parts/outer.json"}})
    assert expand(sample) == {"payload": {"inner": {"who": "beside"}}}


def test_keys_beside_a_reference_override_at_any_depth(write: Write) -> None:
    write("base.json", {"data": {"kept": 1, "changed": {"x": 1, "y": [1, 2]}}, "name": "base"})
    override = {"data": {"changed": {"y": [3]}, "added": None}, "name": "own"}
    sample = write("sample.json", {"payload": {"$ref": "base.json#", **override}})
    assert expand(sample)["payload"] == {
        "data": {"kept": 1, "changed": {"x": 1, "y": [3]}, "added": None},
        "name": "own",
    }


def test_mapping_may_be_overridden_by_something_else(write: Write) -> None:
    write("base.json", {"fault": {"exception": "E"}, "list": [1]})
    sample = write("sample.json", {"$ref": "base.json", "fault": None, "list": {"a": 1}})
    assert expand(sample) == {"fault": None, "list": {"a": 1}}


def test_override_may_itself_refer(write: Write) -> None:
    write("flavor.json", {"name": "big"})
    write("base.json", {"data": {"flavor": {"name": "small", "vcpus": 1}}})
    override = {"data": {"flavor": {"$ref": "flavor.json"}}}
    sample = write("sample.json", {"$ref": "base.json", **override})
    assert expand(sample) == {"data": {"flavor": {"name": "big", "vcpus": 1}}}


def test_references_in_lists_are_expanded(write: Write) -> None:
    write("part.json", {"n": 1})
    sample = write("sample.json", {"items": [{"$ref": "part.json"}, {"$ref": "part.json", "n": 2}]})
    assert expand(sample) == {"items": [{"n": 1}, {"n": 2}]}


@pytest.mark.parametrize(
    ("fragment", "part"),
    [("", {"a": {"b": [7, 8]}}), ("/a", {"b": [7, 8]}), ("a/b", [7, 8]), ("/a/b/1", 8)],
)
def test_fragment_names_a_part(write: Write, fragment: str, part: Any) -> None:
    write("base.json", {"a": {"b": [7, 8]}})
    assert expand(write("sample.json", {"x": {"$ref": f"base.json#{fragment}"}})) == {"x": part}


def test_fragment_alone_names_a_part_of_the_same_file(write: Write) -> None:
    sample = {"parts": {"flavor": {"vcpus": 2}}, "payload": {"$ref": "#/parts/flavor"}}
    assert expand(write("sample.json", sample))["payload"] == {"vcpus": 2}


def test_part_that_does_not_exist_is_named(write: Write) -> None:
    write("base.json", {"a": 1})
    sample = write("sample.json", {"$ref": "base.json#/nowhere"})
    with pytest.raises(ValueError, match=r"base\.json has no part #/nowhere"):
        expand(sample)


def test_circle_is_refused(write: Write) -> None:
    write("one.json", {"$ref": "two.json"})
    with pytest.raises(ValueError, match="refers to itself"):
        expand(write("two.json", {"$ref": "one.json"}))


def test_file_that_is_not_there_is_an_os_error(write: Write) -> None:
    with pytest.raises(OSError, match=r"missing\.json"):
        expand(write("sample.json", {"$ref": "missing.json"}))


def test_sample_that_is_no_object_is_refused(write: Write) -> None:
    with pytest.raises(ValueError, match="holds no object"):
        expand(write("sample.json", [1]))
