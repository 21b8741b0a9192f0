# SPDX-License-Identifier: Apache-2.0
"""A report's plots as a PNG picture, where matplotlib is installed."""

import io
from typing import Any

from ceilobatch import errors
from ceilobatch.perf.plot import Plot, plots
from ceilobatch.perf.report import Report
from ceilobatch.perf.svg import COLOURS

INCHES = (10.0, 3.2)


def check() -> None:
    """:raises ConfigurationError: pictures cannot be drawn here."""
    _drawing()


def picture(told: Report) -> bytes:
    """The PNG file.

    :raises ConfigurationError: matplotlib is not installed.
    """
    drawn = list(plots(told))
    figure = _drawing()(figsize=(INCHES[0], INCHES[1] * len(drawn)), layout="constrained")
    for axes, plot in zip(figure.subplots(len(drawn), squeeze=False)[:, 0], drawn, strict=True):
        _draw(axes, plot)
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=120)
    return file.getvalue()


def _drawing() -> Any:
    """The class of figures; without pyplot, which would look for a screen."""
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise errors.ConfigurationError(
            f"a picture needs matplotlib: pip install 'ceilobatch[perf]' ({error})"
        ) from None
    return Figure


def _draw(axes: Any, plot: Plot) -> None:
    for line, colour in zip(plot.lines, COLOURS, strict=False):
        xs, ys = [x for x, _ in line.points], [y for _, y in line.points]
        axes.plot(xs, ys, color=colour, label=line.name)
    axes.set(title=plot.title, ylabel=plot.unit, xlabel="seconds")
    axes.set_ylim(bottom=0)
    axes.set_xlim(left=0)
    axes.grid(alpha=0.3)
    axes.legend()
