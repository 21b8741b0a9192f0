# SPDX-License-Identifier: Apache-2.0
"""Which event types and meters a definition is for."""

import re

import pytest

from ceilobatch.definitions import match


@pytest.mark.parametrize(
    ("globs", "event_type", "expected"),
    [
        (["compute.instance.exists"], "compute.instance.exists", True),
        (["compute.instance.exists"], "compute.instance.exists2", False),
        (["compute.instance"], "compute.instance.exists", False),
        (["compute.*"], "compute.instance.exists", True),
        (["*.exists"], "compute.instance.exists", True),
        (["volume.?xists"], "volume.exists", True),
        (["volume.[ec]*"], "volume.create.end", True),
        (["volume.[!ec]*"], "volume.create.end", False),
        (["Volume.*"], "volume.create.end", False),
        (["volume.*"], "Volume.create.end", False),
        (["volume.+"], "volume.+", True),
        (["image.*", "volume.*"], "volume.exists", True),
        (["!volume.*"], "volume.exists", False),
        (["!volume.*"], "image.upload", True),
        (["*", "!volume.*"], "volume.exists", False),
        (["volume.*", "!*.exists"], "volume.exists", False),
        (["!*.exists", "volume.*"], "volume.create.end", True),
        (["!*.exists", "volume.*"], "image.upload", False),
        ([], "volume.exists", False),
    ],
)
def test_event_types_are_matched_by_globs(globs, event_type, expected):
    assert match.event_globs(globs)(event_type) is expected


@pytest.mark.parametrize(
    ("patterns", "event_type", "expected"),
    [
        (["volume"], "volume.exists", True),
        (["volume.exists"], "volume.exists.again", True),
        (["exists"], "volume.exists", False),
        (["volume.(?!create.start|update).*"], "volume.create.end", True),
        (["volume.(?!create.start|update).*"], "volume.create.start", False),
        (["volume.exists$"], "volume.exists.again", False),
        (["image", "volume"], "volume.exists", True),
        (["volume.*"], "Volume.exists", False),
        ([], "volume.exists", False),
    ],
)
def test_event_types_of_meters_are_matched_by_patterns_at_the_start(patterns, event_type, expected):
    assert match.any_pattern(patterns)(event_type) is expected


def test_a_bad_pattern_is_an_error():
    with pytest.raises(re.error):
        match.any_pattern(["("])


@pytest.mark.parametrize(
    ("include", "exclude", "expected"),
    [
        ([], [], True),
        (["disk.*"], [], True),
        (["cpu"], [], False),
        ([], ["disk.*"], False),
        (["disk.*"], ["*.size"], False),
        (["cpu", "disk.root.size"], ["memory"], True),
    ],
)
def test_meter_names_are_included_and_excluded(include, exclude, expected):
    assert match.names(include, exclude)("disk.root.size") is expected


def test_a_name_is_looked_for_once():
    asked = []
    remembered = match.Remembered(lambda name: asked.append(name) or len(name))
    assert [remembered["four"], remembered["four"], remembered["three"]] == [4, 4, 5]
    assert asked == ["four", "three"]


def test_what_is_remembered_is_bounded():
    remembered = match.Remembered(len)
    for number in range(3 * match.REMEMBERED):
        remembered[f"type.{number}"]
    assert len(remembered) <= match.REMEMBERED


def test_a_very_long_name_is_found_but_not_remembered():
    remembered = match.Remembered(len)
    assert remembered["x" * 100_000] == 100_000
    assert not remembered
