# SPDX-License-Identifier: Apache-2.0
"""Lines of the three dialects, and the datagrams they travel in."""

import ast
import itertools
import logging
import re
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ceilobatch.telemetry.points import Point
from ceilobatch.telemetry.statsd_lines import Dogstatsd, Plain, datagrams
from ceilobatch.telemetry.statsd_monasca import Monasca

from .figures import SAME

OWN = {"service": "agent", "thread": "t0", "plugin": "sql", "namespace": "ceilobatch.storage"}
CALLS = Point("plugin.calls", OWN, 7, True)
ANY = st.text(max_size=300)
DIMENSIONS = st.dictionaries(ANY.filter(bool), ANY, max_size=4)


def lines_of(dialect, point=CALLS, prefix="x", **dimensions):
    return list(dialect(prefix, dimensions).lines(point))


def test_monasca_has_a_literal_of_a_dictionary_by_key():
    (line,) = lines_of(Monasca, region="west")
    assert line == (
        "x.plugin.calls:7|c|#{'namespace': 'ceilobatch.storage', 'plugin': 'sql', "
        "'region': 'west', 'service': 'agent', 'thread': 't0'}"
    )


def test_dogstatsd_has_tags_by_key():
    (line,) = lines_of(Dogstatsd, region="west")
    tags = "namespace:ceilobatch.storage,plugin:sql,region:west,service:agent,thread:t0"
    assert line == f"x.plugin.calls:7|c|#{tags}"


def test_plain_has_what_tells_series_apart_in_the_name():
    (line,) = lines_of(Plain, region="west")
    assert line == "x.plugin.calls.agent.t0.ceilobatch_storage.sql:7|c"


def test_plain_name_has_no_character_that_means_something():
    (line,) = lines_of(Plain, Point("a.b", {"hostname": "h.x:1|2 3@4#5"}, 1, True))
    assert line == "x.a.b.h_x_1_2_3_4_5:1|c"


@pytest.mark.parametrize("dialect", [Monasca, Dogstatsd, Plain])
@pytest.mark.parametrize(
    ("value", "written"), [(3, "3"), (3.0, "3"), (0.25, "0.25"), (0, "0"), (1e15, "1" + "0" * 15)]
)
def test_gauge_is_a_number_as_short_as_can_be(dialect, value, written):
    (line,) = lines_of(dialect, Point("a", {"service": "s"}, value, False))
    assert re.match(r"x\.a(\.s)?:([^|]+)\|g", line)[2] == written


@pytest.mark.parametrize("dialect", [Dogstatsd, Plain])
def test_gauge_below_zero_is_no_change_of_what_was(dialect):
    lines = lines_of(dialect, Point("a", {}, -3, False))
    assert [line.split("|")[0] for line in lines] == ["x.a:0", "x.a:-3"]


def test_monasca_takes_a_gauge_below_zero_as_it_is():
    (line,) = lines_of(Monasca, Point("a", {}, -3, False))
    assert line == "x.a:-3|g"


@SAME
@given(DIMENSIONS, DIMENSIONS)
def test_monasca_can_read_any_dimensions(own, configured):
    (line,) = Monasca("x", configured).lines(Point("a", own, 1, True))
    head, kind, *tail = line.encode("utf-8", "replace").decode().split("|")
    assert (head, kind) == ("x.a:1", "c")
    assert "\n" not in line
    read = ast.literal_eval(tail[0].removeprefix("#")) if tail else {}
    assert len(tail) <= 1
    for text in [*read, *read.values()]:
        assert 0 < len(text) <= 255
        assert not re.search(r"[<>={},\"\\;&]", text)


@SAME
@given(DIMENSIONS, DIMENSIONS)
def test_tags_of_any_dimensions_are_whole(own, configured):
    (line,) = Dogstatsd("x", configured).lines(Point("a", own, 1, True))
    assert line.split() == [line]
    together = {**configured, **own}
    wanted = [key for key in together if together[key]]
    tags = line.removeprefix("x.a:1|c|#")
    assert len(tags.split(",")) == max(1, len(wanted))
    assert line.count("|") == 2
    assert line.count("#") == 1


@SAME
@given(DIMENSIONS)
def test_plain_line_of_any_dimensions_is_whole(own):
    (line,) = lines_of(Plain, Point("a", own, 1, True))
    assert re.fullmatch(r"x\.a(\.[\w-]*)*:1\|c", line)


@SAME
@given(st.lists(st.text("äb", min_size=1, max_size=60)), st.integers(1, 100))
def test_datagrams_are_filled_with_whole_lines(lines, largest):
    made = list(datagrams(lines, largest))
    assert [line for one in made for line in one.decode().split("\n")] == lines
    for one, following in itertools.pairwise(made):
        assert len(one) <= largest or b"\n" not in one
        assert len(one) + 1 + len(following.split(b"\n")[0]) > largest


PROGRAM = """
import logging
from ceilobatch.telemetry.statsd_monasca import Monasca
Monasca("x", {})
assert logging.getLogger().handlers == [], logging.getLogger().handlers
"""


def test_library_leaves_logging_alone():
    subprocess.run([sys.executable, "-c", PROGRAM], check=True)
    assert logging.getLogger("monascastatsd").handlers == []
