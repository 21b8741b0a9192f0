# SPDX-License-Identifier: Apache-2.0
"""A report as an HTML page that needs nothing but itself."""

from collections.abc import Iterable
from html import escape

from ceilobatch.perf import shown
from ceilobatch.perf.plot import plots
from ceilobatch.perf.report import Report
from ceilobatch.perf.svg import svg

STYLE = """
body { font: 15px/1.5 sans-serif; margin: 2em auto; max-width: 75em; padding: 0 1em; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; white-space: nowrap; }
th, td { border-bottom: 1px solid #ccc; padding: .25em .7em; text-align: right; }
th:nth-child(-n+2), td:nth-child(-n+2) { text-align: left; }
svg { display: block; font: 12px sans-serif; margin: 1.5em 0; max-width: 60em; width: 100%; }
.title { font-weight: bold; }
.grid { stroke: #ddd; }
.line { fill: none; stroke-width: 2; }
"""


def page(told: Report) -> str:
    """The whole page; it loads nothing and runs no script."""
    title = escape(f"Benchmark over {told.source}")
    return "\n".join(
        [
            '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
            f"<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>",
            f"<h1>{title}</h1>",
            *(f"<p>{escape(remark)}</p>" for remark in shown.remarks(told)),
            f'<div class="wide"><table>\n{_row("th", shown.head(told))}',
            *(_row("td", row) for row in shown.rows(told)),
            "</table></div>",
            *(svg(plot) for plot in plots(told)),
            "</body>\n</html>\n",
        ]
    )


def _row(tag: str, cells: Iterable[str]) -> str:
    return "<tr>" + "".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in cells) + "</tr>"
