# SPDX-License-Identifier: Apache-2.0
"""Metrics made of what stands in metric files."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ceilobatch.definitions.convert import shown
from ceilobatch.definitions.metric_keys import MetricKeys, refuse_repeated
from ceilobatch.definitions.problems import Place, Problems
from ceilobatch.metric import Metric
from ceilobatch.plugins.processing import Collector

KEYS = (
    "unit",
    "factor",
    "offset",
    "alt_name",
    "description",
    "groupby",
    "metadata",
    "mutate",
    "mutate_map",
    "extra_args",
    "skip_datapoints_expression",
)


class MetricCompiler:
    """Makes metrics of the contents of files, in their order.

    :param collector: checks the ``extra_args``.
    :param problems: where everything that is wrong is added.
    """

    def __init__(self, collector: type[Collector], problems: Problems) -> None:
        self._collector = collector
        self._problems = problems
        self._places: dict[str, Place] = {}
        self.metrics: list[Metric] = []

    def add(self, file: Path, content: Any) -> None:
        """Make the metrics of one file."""
        if content is None:
            return
        top = Place(self._problems, file, 1, "metric file")
        metrics = content.get("metrics") if isinstance(content, Mapping) else None
        if not isinstance(metrics, Mapping):
            self._problems.add(f"{file}: there is no mapping of names to metrics under metrics")
            return
        refuse_repeated(content, top)
        for key in content.keys() - {"metrics"}:
            top.at(content, key).refuse("there is no such key, only metrics")
        for name, definition, place in self._definitions(metrics, top):
            if isinstance(definition, Mapping):
                self.metrics.append(self._metric(name, definition, place))
            else:
                place.refuse("this is not a mapping")

    def _definitions(
        self, metrics: Mapping[Any, Any], top: Place
    ) -> Iterator[tuple[str, Any, Place]]:
        repeated = getattr(metrics, "repeated", {})
        for name, written in metrics.items():
            place = top._replace(line=top.at(metrics, name).line, definition=f"metric {name!r}")
            if name in repeated:
                place._replace(line=repeated[name]).refuse(
                    "this name stands here more than once; several mappings of one are a list"
                )
            if not isinstance(name, str) or not name:
                place.refuse("the name is not a text, or is empty")
            if not isinstance(written, list):
                yield str(name), written, place
            elif not written:
                place.refuse("this list is empty")
            else:
                lines = getattr(written, "lines", [place.line] * len(written))
                for definition, line in zip(written, lines, strict=True):
                    yield str(name), definition, place._replace(line=line)

    def _metric(self, name: str, definition: Mapping[Any, Any], place: Place) -> Metric:
        keys = MetricKeys(definition, place)
        self._check_names(definition, place)
        alt_name = keys.text("alt_name", name)
        self._claim(alt_name, place, keys.at("alt_name"))
        arguments, by_collector = self._arguments(keys)
        groupby = tuple(dict.fromkeys([*keys.texts("groupby"), *by_collector]))
        mutation = keys.mutation()
        return Metric(
            name=name,
            unit=keys.text("unit"),
            alt_name=alt_name,
            factor=keys.number("factor", 1),
            offset=keys.number("offset", 0),
            groupby=groupby,
            metadata=_only_there(keys, groupby),
            mutate=mutation,
            mutate_map=keys.mutate_map(mutation),
            extra_args=arguments,
            description=keys.text("description"),
            place=str(place),
        )

    def _check_names(self, definition: Mapping[Any, Any], place: Place) -> None:
        refuse_repeated(definition, place)
        if "unit" not in definition:
            place.refuse("unit is required")
        for key in [key for key in definition if key not in KEYS]:
            place.at(definition, key).refuse(
                f"there is no such key (there are {', '.join(KEYS[:-1])})"
            )
        if "skip_datapoints_expression" in definition:
            place.at(definition, "skip_datapoints_expression").warn(
                "expressions are not evaluated: every point is kept"
            )

    def _claim(self, alt_name: str, place: Place, written: Place) -> None:
        first = self._places.setdefault(alt_name, place)
        if first is not place:
            written.refuse(
                f"usage of this metric would be stored as {shown(alt_name)}, as that of "
                f"{first} is; give one of them another alt_name"
            )

    def _arguments(self, keys: MetricKeys) -> tuple[dict[str, Any], list[str]]:
        written = keys.arguments()
        if written is None:
            return {}, []
        arguments, mistakes = self._collector.check_arguments(written)
        for mistake in mistakes:
            keys.at_argument(mistake).refuse(mistake)
        return arguments, [] if mistakes else list(self._collector.grouped_by(arguments))


def _only_there(keys: MetricKeys, groupby: tuple[str, ...]) -> tuple[str, ...]:
    """The metadata that are not told by the grouping anyway."""
    metadata = keys.texts("metadata")
    for name in metadata:
        if name in groupby:
            keys.at("metadata").warn(f"points are grouped by {name!r} and need not tell it again")
    return tuple(name for name in metadata if name not in groupby)
