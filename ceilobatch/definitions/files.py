# SPDX-License-Identifier: Apache-2.0
"""Definition files found and read, each once, with the line of everything in them."""

import contextlib
import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import yaml

from ceilobatch.definitions.problems import Problems


class LocatedMapping(dict[Any, Any]):
    """A mapping of a file; ``line`` is its first line, ``lines`` has the line of each key.

    :ivar repeated: the keys that are written more than once, with the line of the last, whose
        value it is that counts.
    """

    line: int
    lines: dict[Any, int]
    repeated: dict[Any, int]


class LocatedList(list[Any]):
    """A list of a file; ``line`` is its first line, ``lines`` has the line of each item."""

    line: int
    lines: list[int]


class _Repeats(yaml.composer.Composer):
    """Notes which keys of a mapping are repeated, as long as nothing is merged into it."""

    def compose_mapping_node(self, anchor: Any) -> yaml.MappingNode:
        """The mapping that begins here."""
        node = super().compose_mapping_node(anchor)
        seen: set[Any] = set()
        marked: Any = node
        marked.repeated = {}
        for key in (key for key, _ in node.value if key.tag in _PLAIN):
            value = self.construct_object(key)  # type: ignore[attr-defined]
            if value in seen:
                marked.repeated[value] = _line(key)
            seen.add(value)
        return node


class _Loader(_Repeats, yaml.SafeLoader):
    """Finds words for what is no YAML."""


if yaml.__with_libyaml__:

    class _FastLoader(_Repeats, yaml.CSafeLoader):
        """Reads several times as fast; composing stays here, libyaml's dies of deep nesting."""

        def __init__(self, stream: bytes) -> None:
            yaml.CSafeLoader.__init__(self, stream)
            yaml.composer.Composer.__init__(self)


_PLAIN = tuple(f"tag:yaml.org,2002:{kind}" for kind in ("str", "int", "float", "bool", "null"))


class _Constructor(yaml.constructor.SafeConstructor):
    """Plain data, but mappings and lists know their lines."""

    def located_mapping(self, node: yaml.MappingNode) -> Iterator[LocatedMapping]:
        """A mapping with its merged keys; first empty, as aliases may need it already."""
        mapping = LocatedMapping()
        mapping.line = _line(node)
        mapping.repeated = getattr(node, "repeated", {})
        yield mapping
        self.flatten_mapping(node)
        mapping.update(self.construct_mapping(node))
        mapping.lines = {self.construct_object(key): _line(key) for key, _ in node.value}

    def located_list(self, node: yaml.SequenceNode) -> Iterator[LocatedList]:
        """A list; first empty, as aliases may need it already."""
        items = LocatedList()
        items.line = _line(node)
        items.lines = [_line(item) for item in node.value]
        yield items
        items.extend(self.construct_sequence(node))


_Constructor.yaml_constructors = {
    **yaml.constructor.SafeConstructor.yaml_constructors,
    "tag:yaml.org,2002:map": _Constructor.located_mapping,
    "tag:yaml.org,2002:seq": _Constructor.located_list,
}


def _line(node: yaml.Node) -> int:
    line: int = node.start_mark.line
    return line + 1


def find(paths: Iterable[str | Path], option: str, problems: Problems) -> list[Path]:
    """The files of a list of files and directories; of a directory its ``*.yaml``, sorted."""
    found: list[Path] = []
    for path in map(Path, paths):
        try:
            found += _files_of(path)
        except FileNotFoundError:
            problems.add(f"{option}: there is no file or directory {path}")
        except OSError as error:
            problems.add(f"{option}: {path} cannot be read: {error.strerror}")
    return list(dict.fromkeys(found))


def _files_of(path: Path) -> list[Path]:
    if not stat.S_ISDIR(path.stat().st_mode):
        return [path]
    return [path / name for name in sorted(os.listdir(path)) if name.endswith(".yaml")]


def _composed(content: bytes) -> yaml.Node | None:
    if yaml.__with_libyaml__:
        with contextlib.suppress(yaml.YAMLError):
            return yaml.compose(content, Loader=_FastLoader)
    return yaml.compose(content, Loader=_Loader)


def read(path: Path, problems: Problems) -> Any:
    """What stands in a file, or None where it is empty or cannot be read."""
    try:
        node = _composed(path.read_bytes())
        return None if node is None else _Constructor().construct_document(node)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f", line {mark.line + 1}" if mark else ""
        problems.add(f"{path}{line}: this is not YAML: {error.problem or error.context}")
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        problems.add(f"{path}: this is not YAML: {' '.join(str(error).split())}")
    except RecursionError:
        problems.add(f"{path}: this is nested too deeply")
    except OSError as error:
        problems.add(f"{path}: cannot be read: {error.strerror}")
    return None
