# SPDX-License-Identifier: Apache-2.0
"""The directive ``describe-api``: the reference of the REST service, out of its own document."""

import api_lines
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from sphinx.util.typing import ExtensionMetadata


class DescribeApi(SphinxDirective):
    """All operations with their parameters, bodies and answers."""

    def run(self) -> list[nodes.Node]:
        """Read the document."""
        return list(
            self.parse_text_to_nodes("\n".join(api_lines.lines()), allow_section_headings=True)
        )


def setup(app: Sphinx) -> ExtensionMetadata:
    """Part of Sphinx."""
    app.add_directive("describe-api", DescribeApi)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
