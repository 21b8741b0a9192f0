# SPDX-License-Identifier: Apache-2.0
"""A report as tables for a terminal or a text file."""

import io

from rich.console import Console
from rich.table import Table

from ceilobatch.cmd.base import printable
from ceilobatch.perf import shown
from ceilobatch.perf.report import Report

# Wide enough for all columns where there is no terminal that says how wide it is.
WIDTH = 200
STEPS = 20


def table(told: Report, width: int | None = WIDTH) -> str:
    """The figures, the course of the work in at most ``STEPS`` lines, and remarks."""
    console = Console(file=io.StringIO(), width=width, no_color=True, highlight=False)
    for one in (_figures(told), _course(told)):
        console.print(one)
    for remark in shown.remarks(told):
        console.print(printable(remark), markup=False)
    text: str = console.file.getvalue()  # type: ignore[attr-defined]
    return text


def _figures(told: Report) -> Table:
    figures = Table(title="Requests")
    for title in shown.head(told):
        text = title in ("instance", "process")
        figures.add_column(title, justify="left" if text else "right", overflow="fold")
    for row in shown.rows(told):
        figures.add_row(*(printable(cell) for cell in row))
    return figures


def _course(told: Report) -> Table:
    course = Table(title="Course")
    for title in ("after", *shown.RATES, "accounted for", "average time"):
        course.add_column(title, justify="right")
    # Of a long one, every so-many'th step and the last.
    every = -(-len(told.steps) // STEPS) or 1
    for step in told.steps[::-1][::every][::-1]:
        course.add_row(
            f"{step.at:.1f} s",
            f"{step.received_per_second:.1f}",
            f"{step.completed_per_second:.1f}",
            str(step.accounted),
            shown.duration(step.average_time),
        )
    return course
