# SPDX-License-Identifier: Apache-2.0
"""The reference of measurements as lines of reStructuredText, made from their declarations."""

from collections.abc import Iterable, Iterator

from ceilobatch.api import prometheus_names
from ceilobatch.api.prometheus_names import Family
from ceilobatch.telemetry.levels import Level
from ceilobatch.telemetry.measurement import Kind, Measurement
from ceilobatch.telemetry.measurements import MEASUREMENTS

KINDS = {
    Kind.COUNTER: "counts {unit}",
    Kind.GAUGE: "a state, {unit}",
    Kind.TIME: "times",
}


def lines() -> Iterator[str]:
    """All measurements, then what the Prometheus view tells besides."""
    for one in MEASUREMENTS:
        yield from measurement_lines(one)
    for family in (*prometheus_names.OF_WORKERS, prometheus_names.BUILD):
        yield from family_lines(family)


def measurement_lines(one: Measurement) -> Iterator[str]:
    """A measurement with its names in all views."""
    family = prometheus_names.FAMILIES[one.name]
    kind = KINDS[one.kind].format(unit=one.unit)
    yield f"``{one.name}`` ({kind})"
    yield from indented(
        [
            one.sentence,
            "",
            f":Monasca, statsd: {', '.join(f'``{name}``' for name in _flat_names(one))}",
            f":Prometheus: {_type(family)} ``{_exported(family)}``",
            f":DropWizard: {_dropwizard(one)} ``{_words(one)}``",
            *([f":Dimensions: {_listed(one.dimensions)}"] if one.dimensions else []),
            "",
        ]
    )


def family_lines(family: Family) -> Iterator[str]:
    """What only Prometheus is told."""
    yield f"``{_exported(family)}`` (Prometheus only, {_type(family)})"
    yield from indented([family.sentence, ""])


def indented(paragraph: Iterable[str]) -> Iterator[str]:
    """As what a term means."""
    return (f"    {line}" if line else "" for line in paragraph)


def _flat_names(one: Measurement) -> list[str]:
    levels = [f"{level.value}." for level in Level] if one.levels else [""]
    return [f"ceilobatch.{level}{one.name}" for level in levels]


def _exported(family: Family) -> str:
    return f"{family.name}_info" if family.type == "info" else family.exported


def _type(family: Family) -> str:
    return "gauge" if family.type == "info" else family.type


def _dropwizard(one: Measurement) -> str:
    if one.kind is Kind.COUNTER:
        return "meter" if one.levels else "counter"
    return "timer" if one.kind is Kind.TIME else "gauge"


def _words(one: Measurement) -> str:
    return ".".join([f"[…].{one.name}", *(f"<{name}>" for name in one.dimensions)])


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"``{name}``" for name in names)
