# SPDX-License-Identifier: Apache-2.0
"""What is wrong in definition files, collected so that all of it is told at once."""

import logging
from pathlib import Path
from typing import Any, NamedTuple

from ceilobatch import errors

LOG = logging.getLogger(__name__)


class Problems:
    """Sentences, each naming file, line, definition and key."""

    def __init__(self) -> None:
        self._sentences: list[str] = []

    def add(self, sentence: str) -> None:
        """Take one more; said twice is said once."""
        if sentence not in self._sentences:
            self._sentences.append(sentence)

    def refuse(self) -> None:
        """End the collecting.

        :raises ConfigurationError: with all sentences, where there are any.
        """
        if self._sentences:
            raise errors.ConfigurationError(self._sentences)


class Place(NamedTuple):
    """Where in the files something stands.

    :ivar definition: such as ``meter 'memory'``.
    :ivar key: such as ``traits.state``; empty for the definition itself.
    """

    problems: Problems
    file: Path
    line: int
    definition: str
    key: str = ""

    def __str__(self) -> str:
        key = f": {self.key}" if self.key else ""
        return f"{self.file}, line {self.line}: {self.definition}{key}"

    def refuse(self, reason: str) -> None:
        """Add a problem; the reason ends the sentence."""
        self.problems.add(f"{self}: {reason}")

    def warn(self, reason: str) -> None:
        """Say something that does not keep the definition from working."""
        LOG.warning("%s: %s", self, reason)

    def at(self, mapping: Any, key: str, prefix: str = "") -> "Place":
        """The place of a key of a mapping."""
        line = getattr(mapping, "lines", {}).get(key, self.line)
        return self._replace(line=line, key=f"{prefix}{key}")
