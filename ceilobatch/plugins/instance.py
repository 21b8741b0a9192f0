# SPDX-License-Identifier: Apache-2.0
"""Several instances of one driver: how they are spelled, and the configuration as each sees it.

``sql:archive`` is the driver ``sql`` with the label ``archive``. Its options stand in the driver's
groups with the label behind, such as ``[storage_sql_archive]``. The driver knows nothing of that:
it asks for its own groups, and names them in its errors, and is understood to mean the others.
"""

import contextlib
import functools
import inspect
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple, cast

from oslo_config import cfg

from ceilobatch import errors

_SEPARATOR = ":"
_LABEL = re.compile("[a-z0-9_]+")
_SHARED = "DEFAULT"


class Spelling(NamedTuple):
    """A configured name: the driver, and the label of the instance or an empty text."""

    driver: str
    label: str


def spelling(name: str, option: str) -> Spelling:
    """Take ``driver`` or ``driver:label`` apart.

    :param option: where the name was written, for the error.
    :raises ConfigurationError: the label is none.
    """
    driver, separator, label = name.partition(_SEPARATOR)
    if separator and not (driver and _LABEL.fullmatch(label)):
        raise errors.ConfigurationError(
            f"{option}: {name!r} is not a driver with a label, such as sql:archive; labels are of"
            " the characters a-z, 0-9 and _"
        )
    return Spelling(driver, label)


def group_name(group: str, label: str) -> str:
    """Where an instance finds what its driver looks for in ``group``; ``DEFAULT`` is shared."""
    return f"{group}_{label}" if label and group != _SHARED else group


def view(conf: cfg.ConfigOpts, name: str, groups: Iterable[str]) -> cfg.ConfigOpts:
    """The configuration as an instance sees it: the same one where the name has no label.

    :param name: as :func:`spelling` accepts it.
    :param groups: those of the driver.
    """
    label = name.partition(_SEPARATOR)[2]
    # Whatever a driver does with a configuration, it can do with this.
    return cast(cfg.ConfigOpts, InstanceConf(conf, name, label, groups)) if label else conf


class InstanceConf(Mapping[str, Any]):
    """A configuration in which some groups are those of one labelled instance.

    Reading, registering and overriding options works as with any other.
    """

    def __init__(self, conf: cfg.ConfigOpts, name: str, label: str, groups: Iterable[str]) -> None:
        self._conf = conf
        self._instance = name
        self._label = label
        self._groups = {group: group_name(group, label) for group in groups}

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._conf, self._groups.get(name, name))
        return self._regrouped(found) if inspect.ismethod(found) else found

    def __getitem__(self, key: str) -> Any:
        return self._conf[self._groups.get(key, key)]

    def __contains__(self, key: object) -> bool:
        return self._groups.get(str(key), key) in self._conf

    def __iter__(self) -> Iterator[str]:
        theirs = set(self._groups.values())
        yield from (name for name in self._conf if name not in {*theirs, *self._groups})
        yield from (group for group in self._groups if group in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _regrouped(self, method: Callable[..., Any]) -> Callable[..., Any]:
        """A method of the configuration, with the group of this instance for that of the driver."""
        signature = inspect.signature(method)
        if "group" not in signature.parameters:
            return method

        @functools.wraps(method)
        def call(*args: Any, **kwargs: Any) -> Any:
            given = signature.bind(*args, **kwargs)
            group = given.arguments.get("group")
            if isinstance(group, str):
                given.arguments["group"] = self._groups.get(group, group)
            return method(*given.args, **given.kwargs)

        return call

    def translated(self, text: str) -> str:
        """A sentence of the driver with the groups that it means."""
        for group, own in self._groups.items():
            text = text.replace(f"[{group}]", f"[{own}]")
        return text


def label_of(conf: cfg.ConfigOpts) -> str:
    """The label of the instance whose view this is; empty where it has none."""
    return conf._label if isinstance(conf, InstanceConf) else ""


@contextlib.contextmanager
def naming(conf: cfg.ConfigOpts) -> Iterator[None]:
    """What a driver raises names the groups of the instance, and, when away, the instance.

    :param conf: as the instance sees it.
    """
    if not isinstance(conf, InstanceConf):
        yield
        return
    try:
        yield
    except errors.ConfigurationError as error:
        problems = [conf.translated(problem) for problem in error.problems]
        raise errors.ConfigurationError(problems) from error
    except errors.Unavailable as error:
        raise errors.Unavailable(f"{conf._instance}: {conf.translated(str(error))}") from error
