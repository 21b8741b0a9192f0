# SPDX-License-Identifier: Apache-2.0
"""The table of what drivers declare about themselves."""

import pytest

from ceilobatch import config
from ceilobatch.model import Event, Sample
from ceilobatch.plugins import compatibility, loader


def rows(namespace: str, **overrides: object) -> dict[str, tuple[str, ...]]:
    conf = config.load([], [])
    for name, value in overrides.items():
        plugin = loader.load(namespace, "fixed", "the test")
        loader.register_options(conf, plugin)
        conf.set_override(name, value, "collector_fixed")
    return {name: tuple(values) for name, *values in compatibility.table(namespace, conf).rows}


def test_every_driver_of_a_namespace_is_in_the_table():
    for namespace in loader.NAMESPACES:
        assert list(rows(namespace)) == loader.names(namespace)


def test_characteristics_are_told_in_words():
    assert rows(loader.STORAGE)["log"] == ("events, samples", "no", "no", "any")
    assert rows(loader.STORAGE)["sql"] == ("events, samples", "yes", "yes", "any")
    assert rows(loader.HANDLERS)["letters"] == ("nothing",)
    assert rows(loader.RECOVERY)["bus"] == ("no",)


def test_characteristics_that_follow_from_options_are_those_of_the_configuration():
    assert rows(loader.COLLECTORS)["fixed"] == ("1", "1")
    assert rows(loader.COLLECTORS, periods=24, scopes=0)["fixed"] == ("24", "any")
    conf = config.load([], [])
    assert "fixed" in compatibility.table(loader.COLLECTORS, conf).by_options
    assert "sql" not in compatibility.table(loader.COLLECTORS, conf).by_options


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "any"),
        (True, "yes"),
        (24, "24"),
        (86400.0, "86400"),
        (frozenset({Sample, Event}), "events, samples"),
        (frozenset(), "nothing"),
    ],
)
def test_value_becomes_a_word_or_two(value, words):
    assert compatibility.told(value) == words
