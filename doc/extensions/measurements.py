# SPDX-License-Identifier: Apache-2.0
"""The directive ``list-measurements``: the reference of everything that is measured."""

import measurement_lines
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from sphinx.util.typing import ExtensionMetadata


class ListMeasurements(SphinxDirective):
    """All measurements with their names in every view."""

    def run(self) -> list[nodes.Node]:
        """Read the declarations."""
        return list(self.parse_text_to_nodes("\n".join(measurement_lines.lines())))


def setup(app: Sphinx) -> ExtensionMetadata:
    """Part of Sphinx."""
    app.add_directive("list-measurements", ListMeasurements)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
