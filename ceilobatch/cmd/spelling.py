# SPDX-License-Identifier: Apache-2.0
"""Finds options in configuration files that nobody reads, because their names are misspelt."""

import difflib
import glob
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence

from oslo_config import cfg

from ceilobatch.opts import Options

_DEFAULT = "DEFAULT"
_Sections = Mapping[str, Sequence[str]]


def unread(conf: cfg.ConfigOpts, options: Options) -> Iterator[str]:
    """One sentence for each name in the files that looks like a slip.

    In the groups of ``options`` every unknown name is told. In ``[DEFAULT]`` and among the names
    of groups, which belong to others too, only what is close to one of ours.
    """
    known = _names(options)
    for path in files(conf):
        for section, keys in _parsed(path).items():
            where = f"{path}: [{section}]"
            if section not in known:
                yield from _close(where, section, known, "[{}]")
                continue
            for key in {key.replace("-", "_") for key in keys} - known[section]:
                yield from _unknown_option(f"{where} {key}", key, section, known[section])


def files(conf: cfg.ConfigOpts) -> list[str]:
    """The configuration files that were read."""
    found = list(conf.config_file)
    for directory in conf.config_dir:
        found += sorted(glob.glob(os.path.join(directory, "*.conf")))
    return found


def _names(options: Options) -> dict[str, set[str]]:
    names: dict[str, set[str]] = {}
    for group, members in options:
        group_names = names.setdefault(group, set())
        for option in members:
            group_names.add(option.dest)
            group_names.update(old.name for old in option.deprecated_opts if old.name)
    return names


def _parsed(path: str) -> _Sections:
    sections: dict[str, dict[str, list[str]]] = {}
    cfg.ConfigParser(path, sections).parse()
    return {section: list(keys) for section, keys in sections.items()}


def _unknown_option(where: str, key: str, section: str, known: set[str]) -> Iterator[str]:
    if section == _DEFAULT:
        yield from _close(where, key, known, "{}")
    else:
        yield f"{where}: there is no such option{_hint(key, known, '{}')}"


def _close(where: str, name: str, known: Iterable[str], pattern: str) -> Iterator[str]:
    hint = _hint(name, known, pattern)
    if hint:
        yield f"{where}: nothing reads this{hint}"


def _hint(name: str, known: Iterable[str], pattern: str) -> str:
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.8)
    return f"; did you mean {pattern.format(close[0])}?" if close else ""
