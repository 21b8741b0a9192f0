# SPDX-License-Identifier: Apache-2.0
"""The reference of measurements in the documentation, as it is made from the declarations."""

import importlib.util
from collections.abc import Iterator
from types import ModuleType

import pytest

from ceilobatch.api.prometheus_names import sample_names
from ceilobatch.telemetry.measurements import BY_NAME, MEASUREMENTS

from .shipped import ROOT

EXTENSION = ROOT / "doc/extensions/measurement_lines.py"
SUFFIXES = ("_bucket", "_sum", "_count")


@pytest.fixture(scope="module")
def maker() -> Iterator[ModuleType]:
    """What writes the lines."""
    specification = importlib.util.spec_from_file_location(EXTENSION.stem, EXTENSION)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def test_every_measurement_has_its_sentence_and_its_name_in_every_view(maker: ModuleType) -> None:
    text = "\n".join(maker.lines())
    for one in MEASUREMENTS:
        assert f"``{one.name}`` (" in text
        assert one.sentence in text
        level = "thread." if one.levels else ""
        assert f"``ceilobatch.{level}{one.name}``" in text
        assert f"[…].{one.name}" in text


def test_every_name_that_prometheus_is_told_is_there(maker: ModuleType) -> None:
    text = "\n".join(maker.lines())
    for name in sample_names():
        stem = name
        for suffix in SUFFIXES:
            stem = stem.removesuffix(suffix)
        assert f"``{stem}``" in text or f"``{name}``" in text, name


def test_entry_reads_as_it_is_meant(maker: ModuleType) -> None:
    assert list(maker.measurement_lines(BY_NAME["batches.closed"])) == [
        "``batches.closed`` (counts batches)",
        f"    {BY_NAME['batches.closed'].sentence}",
        "",
        "    :Monasca, statsd: ``ceilobatch.batches.closed``",
        "    :Prometheus: counter ``ceilobatch_batches_closed_total``",
        "    :DropWizard: counter ``[…].batches.closed.<trigger>``",
        "    :Dimensions: ``trigger``",
        "",
    ]
