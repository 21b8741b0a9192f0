# SPDX-License-Identifier: Apache-2.0
"""Scaffold: a new package with a working driver and its tests, made of templates."""

import importlib.resources
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from string import Template
from typing import NamedTuple

from ceilobatch.errors import Refused
from ceilobatch.plugins import loader

_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_LONGEST = 40


class Kind(NamedTuple):
    """What differs between the packages of two kinds.

    :ivar chosen: the lines with which an operator chooses the driver.
    """

    namespace: str
    class_suffix: str
    noun: str
    chosen: str


KINDS: Mapping[str, Kind] = {
    "collector": Kind(
        loader.COLLECTORS, "Collector", "collector", "[processor]\ncollector = $name"
    ),
    "handler": Kind(loader.HANDLERS, "Handler", "handler", "[notification]\nhandler = $name"),
    "recovery": Kind(
        loader.RECOVERY, "Recovery", "recovery backend", "[recovery]\nbackend = $name"
    ),
    "scopes": Kind(loader.SCOPES, "Scopes", "scope source", "[processor]\nscopes = $name"),
    "storage": Kind(
        loader.STORAGE, "Storage", "storage driver", "[storage]\nevents = $name\nsamples = $name"
    ),
}


def write_package(kind: str, name: str, directory: Path | None = None) -> list[Path]:
    """Write a package whose driver works and whose tests pass.

    :param name: what operators will call the driver.
    :param directory: where to; called like the distribution, in the current one, by default.
    :returns: the files.
    :raises Refused: the kind or the name is none, the driver exists, or the directory does, or it
        cannot be written.
    """
    _check(kind, name)
    words = _words(kind, name)
    target = directory or Path(words["distribution"])
    files = {target / path: text for path, text in _files(kind, words)}
    try:
        target.mkdir(parents=True)
        for path, text in files.items():
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
    except FileExistsError:
        raise Refused(f"{target} is there already: nothing was written") from None
    except OSError as error:
        raise Refused(f"{target} cannot be written: {error.strerror}") from None
    return list(files)


def _check(kind: str, name: str) -> None:
    """:raises Refused: no package of this kind and name can be made."""
    if kind not in KINDS:
        raise Refused(f"no kind of plugin {kind!r} (there are: {', '.join(KINDS)})")
    if len(name) > _LONGEST or not _NAME.fullmatch(name):
        raise Refused(
            f"the name {name!r} cannot be used: it is at most {_LONGEST} lower case letters, "
            "digits and single underscores, and begins with a letter"
        )
    if name in loader.names(KINDS[kind].namespace):
        raise Refused(f"a {KINDS[kind].noun} {name!r} is installed already: choose another name")


def _words(kind: str, name: str) -> dict[str, str]:
    """What stands in the templates."""
    distribution = f"ceilobatch-{kind}-{name}".replace("_", "-")
    own = KINDS[kind]
    chosen = Template(own.chosen).substitute(name=name)
    return {
        "name": name,
        "namespace": own.namespace,
        "distribution": distribution,
        "underline": "=" * len(distribution),
        "summary": f"The {own.noun} {name} for Ceilobatch",
        "module": f"ceilobatch_{kind}_{name}",
        "class_name": name.title().replace("_", "") + own.class_suffix,
        "group": f"{kind}_{name}",
        "chosen": "\n".join(f"   {line}" for line in chosen.splitlines()),
    }


def _files(kind: str, words: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Path and text of every file."""
    module = words["module"]
    yield "pyproject.toml", _filled("pyproject.toml", words)
    yield "README.rst", _filled("README.rst", words)
    yield f"{module}/__init__.py", _filled(f"{kind}.py", words)
    yield f"{module}/py.typed", ""
    yield f"tests/test_{kind}_{words['name']}.py", _filled(f"{kind}_test.py", words)


def _filled(template: str, words: Mapping[str, str]) -> str:
    folder = importlib.resources.files(__package__) / "templates"
    return Template((folder / f"{template}.in").read_text(encoding="utf-8")).substitute(words)
