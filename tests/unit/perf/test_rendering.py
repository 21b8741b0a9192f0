# SPDX-License-Identifier: Apache-2.0
"""A report in all its forms."""

import datetime
import io
import json
import sys
from html.parser import HTMLParser
from xml.etree import ElementTree

import matplotlib.image
import pytest

from ceilobatch import errors
from ceilobatch.perf.page import page
from ceilobatch.perf.picture import picture
from ceilobatch.perf.plot import Line, Plot
from ceilobatch.perf.report import Report, as_data, report
from ceilobatch.perf.sample import Counts, Period, Sample, Times, Worker
from ceilobatch.perf.svg import svg
from ceilobatch.perf.table import table
from ceilobatch.perf.watch import Ending, Watched

BEGUN = datetime.datetime(2026, 1, 1, 12, tzinfo=datetime.UTC)
TAGS = ("h1/<b>", "p0")


@pytest.fixture
def told() -> Report:
    """Two workers, 60 and 40 requests a second for two of four seconds, and a restart."""
    watched = Watched(ending=Ending.COUNTED, missed=1, reason="nobody answers")
    for at, one, two in ((0, 10, 5), (1, 10, 5), (2, 70, 45), (3, 60, 85), (4, 60, 85)):
        watched.tally.add(
            Sample(
                float(at),
                {
                    Worker(*TAGS): Counts(one, one - 1, failed=1),
                    Worker("h2", "p1"): Counts(two, two),
                },
                {
                    Worker(*TAGS): Times(
                        one, one * 0.25, periods=[Period(None, {0.0: 0.1, 1.0: 0.4})]
                    )
                },
            )
        )
    return report("prometheus", BEGUN, watched)


def test_rates_are_those_of_the_time_in_which_something_was_done(told: Report) -> None:
    assert (told.seconds, told.samples, told.restarts, told.missed) == (2.0, 5, 1, 1)
    assert told.whole.counts.received == 200
    assert told.whole.received_per_second == 100.0
    assert [(row.instance, row.received_per_second) for row in told.instances] == [
        *(("h1/<b>", 60.0), ("h2", 40.0)),
    ]
    assert [step.received_per_second for step in told.steps] == [0, 100, 100, 0]
    assert told.whole.time
    assert told.whole.time.average == 0.25
    assert told.steps[0].average_time is None
    assert told.processes[1].time is None


def test_json_has_everything_by_name(told: Report) -> None:
    data = json.loads(json.dumps(as_data(told)))
    assert data["begun"] == "2026-01-01T12:00:00+00:00"
    assert data["whole"]["counts"]["received"] == 200
    assert data["processes"][0]["time"]["percentiles"]["50"] == pytest.approx(0.25)
    assert data["steps"][1] == {
        "at": 2.0,
        "received_per_second": 100.0,
        "completed_per_second": pytest.approx(100.0),
        "accounted": 100,
        "average_time": 0.25,
    }


def test_the_table_shows_all_instances_processes_and_remarks(told: Report) -> None:
    text = table(told)
    (row,) = (line for line in text.splitlines() if "h2" in line and "p1" in line)
    assert [cell.strip() for cell in row.split("│")[3:5]] == ["80", "80"]
    for part in ("h1/<b>", "250 ms", "Restarts noticed: 1", "because nobody answers", "100.0"):
        assert part in text


class Reader(HTMLParser):
    """Notes the tags, and fails where they are not closed as they were opened."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []
        self.loads: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        self.loads += [name for name, _ in attrs if name in ("src", "href")]
        if tag != "meta":
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_is_whole_loads_nothing_and_escapes_names(told: Report) -> None:
    reader = Reader()
    reader.feed(page(told))
    assert reader.open == []
    assert reader.loads == []
    assert "script" not in reader.seen
    assert "b" not in reader.seen
    assert reader.seen.count("svg") == 3
    assert reader.seen.count("tr") == 1 + 1 + 2 + 2
    assert "h1/&lt;b&gt;" in page(told)


def test_a_plot_has_its_lines_within_its_frame() -> None:
    plot = Plot("a < b", "n", [Line("one", [(0, 0), (5, 70), (10, 33)]), Line("two", [(0, 1)])])
    root = ElementTree.fromstring(svg(plot))
    curves = root.findall("polyline")
    assert len(curves) == 2
    points = [tuple(map(float, one.split(","))) for one in curves[0].attrib["points"].split()]
    assert points[0] == (70, 220)
    assert all(70 <= x <= 745 and 30 <= y <= 220 for x, y in points)
    assert points[1][1] < points[2][1] < points[0][1]


def test_a_plot_of_nothing_can_be_drawn() -> None:
    assert ElementTree.fromstring(svg(Plot("none", "n", [Line("one", [])]))).findall("polyline")


def test_the_picture_is_one(told: Report) -> None:
    drawn = matplotlib.image.imread(io.BytesIO(picture(told)), format="png")
    assert drawn.shape[0] > 600
    assert drawn.shape[1] > 900


def test_without_the_library_the_picture_says_what_to_install(
    told: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(errors.ConfigurationError, match=r"pip install 'ceilobatch\[perf\]'"):
        picture(told)


def test_a_report_of_no_work_can_be_shown(told: Report) -> None:
    watched = Watched(ending=Ending.TIMED_OUT)
    watched.tally.add(Sample(1.0, {Worker("h1", ""): Counts(5)}))
    nothing = report("ledger", BEGUN, watched)
    assert nothing.whole.counts == Counts()
    assert nothing.processes == []
    assert nothing.steps == []
    assert "This source told no times." in table(nothing)
    assert "no times" in page(nothing)
    assert picture(nothing)
