# SPDX-License-Identifier: Apache-2.0
"""The directive ``driver-table``: what the drivers of a namespace declare about themselves."""

from collections.abc import Iterator

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from sphinx.util.typing import ExtensionMetadata

from ceilobatch import config
from ceilobatch.plugins import compatibility


class DriverTable(SphinxDirective):
    """``.. driver-table:: ceilobatch.storage``: a table of names and characteristics."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Read the characteristics of what is installed, with options as they are by default."""
        defaults = config.load(config_files=[], config_dirs=[])
        found = compatibility.table(self.arguments[0], defaults)
        return list(self.parse_text_to_nodes("\n".join(_lines(found))))


def _lines(found: compatibility.Table) -> Iterator[str]:
    """The table in RST."""
    yield from (".. list-table::", "   :header-rows: 1", "")
    yield from _row(("driver", *(f"``{column}``" for column in found.columns)))
    for name, *values in found.rows:
        yield from _row((f"``{name}``", *values))
    if found.by_options:
        names = ", ".join(f"``{name}``" for name in found.by_options)
        yield from ("", f"Of {names} the options have a say; shown is the default.")


def _row(cells: tuple[str, ...]) -> Iterator[str]:
    for place, cell in enumerate(cells):
        yield f"   {' ' if place else '*'} - {cell}"


def setup(app: Sphinx) -> ExtensionMetadata:
    """Called by Sphinx."""
    app.add_directive("driver-table", DriverTable)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
