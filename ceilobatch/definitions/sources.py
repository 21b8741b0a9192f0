# SPDX-License-Identifier: Apache-2.0
"""Where a value comes from: a path, several, a trait plugin over them, or a literal."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, NamedTuple

from ceilobatch import errors
from ceilobatch.definitions import chains
from ceilobatch.definitions.chains import Body, Getter
from ceilobatch.definitions.paths import ROOTS, Path, PathCompiler, PathError
from ceilobatch.definitions.problems import Place
from ceilobatch.plugins import loader
from ceilobatch.telemetry.calls import CallRegistry

KEYS = frozenset({"fields", "type", "plugin"})
PLUGIN_KEYS = frozenset({"name", "parameters"})
TraitValues = Callable[[list[tuple[str, Any]]], Any]


class PluginFailed(ValueError):
    """A trait plugin raised something; the reason ends a sentence."""


class Source(NamedTuple):
    """Both functions raise only :class:`PluginFailed`, and that with a plugin only.

    :ivar first: the first value that is not null, or None.
    :ivar values: all values, for lookups; nulls too, but for those of a plugin.
    :ivar path: the only path, where there is no plugin.
    """

    first: Getter
    values: Callable[[Body], list[Any]]
    path: Path | None = None


class SourceCompiler:
    """Compiles what stands behind a trait's name or a meter's key.

    :param load: gives the class of a trait plugin, see :func:`ceilobatch.plugins.loader.load`.
    :param roots: the keys with which a path can begin.
    :param subject: what has these keys, in one word.
    """

    def __init__(
        self,
        calls: CallRegistry,
        load: Callable[[str, str, str], Any] = loader.load,
        roots: Collection[str] = ROOTS,
        subject: str = "notification",
    ) -> None:
        self.paths = PathCompiler()
        self._calls = calls
        self._load = load
        self._roots = roots
        self._subject = subject

    def compile(self, spec: Any, place: Place) -> Source | None:
        """The source of a specification, or None after its problems have been told.

        It is a path, a whole number (a literal), a list of paths, or a mapping with those as
        ``fields`` and maybe a ``plugin``.
        """
        if not isinstance(spec, Mapping):
            return self._fields(spec, place)
        for key in spec.keys() - KEYS:
            place.at(spec, key, f"{place.key}.").warn("this key means nothing and is ignored")
        if "fields" not in spec:
            place.refuse("fields is required")
            return None
        if spec.get("plugin") is None:
            return self._fields(spec["fields"], place)
        paths = self._paths(spec["fields"], place)
        call = self._plugin(spec["plugin"], place)
        return None if paths is None or call is None else _plugged(paths, call)

    def _fields(self, fields: Any, place: Place) -> Source | None:
        if isinstance(fields, list) and len(fields) == 1:
            fields = fields[0]
        if isinstance(fields, int):
            return literal(fields)
        paths = self._paths(fields, place)
        return None if paths is None else _direct(paths)

    def _paths(self, fields: Any, place: Place) -> list[Path] | None:
        texts = fields if isinstance(fields, list) else [fields]
        if not texts:
            place.refuse("there is no path in the list")
            return None
        compiled = [self._path(text, place) for text in texts]
        paths = [path for path in compiled if path is not None]
        return paths if len(paths) == len(texts) else None

    def _path(self, text: Any, place: Place) -> Path | None:
        if not isinstance(text, str):
            place.refuse(f"{text!r} is not a path")
            return None
        try:
            path = self.paths.compile(text)
        except PathError as error:
            place.refuse(f"{text!r} {error}")
            return None
        if path.keys and path.keys[0] not in self._roots:
            place.warn(f"{text!r} finds nothing: no {self._subject} has a key {path.keys[0]!r}")
        return path

    def _plugin(self, spec: Any, place: Place) -> TraitValues | None:
        name: Any = spec
        parameters: Any = {}
        if isinstance(spec, Mapping):
            for key in spec.keys() - PLUGIN_KEYS:
                place.at(spec, key, f"{place.key}.plugin.").warn(
                    "this key means nothing and is ignored"
                )
            name, parameters = spec.get("name"), spec.get("parameters") or {}
        if not isinstance(name, str) or not name:
            place.refuse("the plugin has no name")
            return None
        if not isinstance(parameters, Mapping):
            place.refuse(f"the parameters of the plugin {name!r} are not a mapping")
            return None
        return self._constructed(name, parameters, place)

    def _constructed(
        self, name: str, parameters: Mapping[str, Any], place: Place
    ) -> TraitValues | None:
        try:
            plugin = self._load(loader.TRAITS, name, str(place))(**parameters)
            call = plugin.trait_values
        except errors.ConfigurationError as error:
            for problem in error.problems:
                place.problems.add(problem)
            return None
        except Exception as error:  # noqa: BLE001  (third-party code)
            place.refuse(f"the plugin {name!r} refuses its parameters: {loader.explain(error)}")
            return None
        return self._calls.measured(loader.TRAITS, name, "trait_values", call)


def literal(value: Any) -> Source:
    """Always the same value."""
    return Source(lambda _: value, lambda _: [value])


def _direct(paths: Sequence[Path]) -> Source:
    if len(paths) == 1:
        return Source(paths[0].first, paths[0].values, paths[0])
    return Source(
        chains.first_of([path.first for path in paths]),
        lambda body: [value for path in paths for value in path.values(body)],
    )


def _plugged(paths: Sequence[Path], call: TraitValues) -> Source:
    def answers(pairs: list[tuple[str, Any]]) -> list[Any]:
        try:
            return [value for value in call(pairs) or () if value is not None]
        except Exception as error:
            raise PluginFailed(f"the plugin failed with {loader.explain(error)}") from error

    def first(body: Body) -> Any:
        found = [pair for path in paths for pair in path.pairs(body) if pair[1] is not None]
        values = answers(found)
        return values[0] if values else None

    def every(body: Body) -> list[Any]:
        return answers([pair for path in paths for pair in path.pairs(body)])

    return Source(first, every)
