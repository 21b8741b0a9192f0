# SPDX-License-Identifier: Apache-2.0
"""Draws a plot as SVG, to stand inside an HTML page."""

import math
from collections.abc import Iterator
from html import escape

from ceilobatch.perf.plot import Line, Plot

WIDTH, HEIGHT = 760, 260
LEFT, RIGHT, TOP, BOTTOM = 70, 15, 30, 40
# Told apart by people who do not see all colours, too.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7")
TICKS = 5


def svg(plot: Plot) -> str:
    """One ``svg`` element."""
    scale = _Scale(plot)
    parts = [
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(plot.title)}">',
        f'<text x="{LEFT}" y="18" class="title">{escape(plot.title)} ({escape(plot.unit)})</text>',
        *_grid(scale),
        *_legend(plot.lines),
    ]
    for line, colour in zip(plot.lines, COLOURS, strict=False):
        parts.append(_curve(line, colour, scale))
    return "\n".join([*parts, "</svg>"])


class _Scale:
    """From values to places in the picture."""

    def __init__(self, plot: Plot) -> None:
        points = [point for line in plot.lines for point in line.points]
        self.xs = _ticks(max((x for x, _ in points), default=0.0))
        self.ys = _ticks(max((y for _, y in points), default=0.0))

    def x(self, value: float) -> float:
        return round(LEFT + value / self.xs[-1] * (WIDTH - LEFT - RIGHT), 1)

    def y(self, value: float) -> float:
        return round(HEIGHT - BOTTOM - value / self.ys[-1] * (HEIGHT - TOP - BOTTOM), 1)


def _ticks(largest: float) -> list[float]:
    """Round numbers from 0 to at least the largest."""
    if not largest > 0:
        return [0.0, 1.0]
    rough = largest / TICKS
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(one * power for one in (1, 2, 5, 10) if one * power >= rough * 0.999999)
    return [number * step for number in range(math.ceil(largest / step - 1e-9) + 1)]


def _grid(scale: _Scale) -> Iterator[str]:
    for value in scale.ys:
        y = scale.y(value)
        yield f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y}" y2="{y}"/>'
        yield f'<text x="{LEFT - 6}" y="{y + 4}" text-anchor="end">{value:g}</text>'
    for value in scale.xs:
        place = f'x="{scale.x(value)}" y="{HEIGHT - BOTTOM + 16}"'
        yield f'<text {place} text-anchor="middle">{value:g}</text>'
    yield f'<text x="{WIDTH - RIGHT}" y="{HEIGHT - 6}" text-anchor="end">seconds</text>'


def _legend(lines: list[Line]) -> Iterator[str]:
    for number, (line, colour) in enumerate(zip(lines, COLOURS, strict=False)):
        x = WIDTH - RIGHT - 120 * (len(lines) - number)
        yield f'<line x1="{x}" x2="{x + 20}" y1="14" y2="14" stroke="{colour}" class="line"/>'
        yield f'<text x="{x + 26}" y="18">{escape(line.name)}</text>'


def _curve(line: Line, colour: str, scale: _Scale) -> str:
    places = " ".join(f"{scale.x(x)},{scale.y(y)}" for x, y in line.points)
    return f'<polyline class="line" stroke="{colour}" points="{places}"/>'
