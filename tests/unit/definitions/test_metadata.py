# SPDX-License-Identifier: Apache-2.0
"""The metadata of samples, and that it is made once and shared."""

import pytest

from ceilobatch.definitions.metadata import chosen_keys

from .sent import sample, samples
from .test_meters import meter

WHOLE = {"event_type": "thing.made", "host": "compute.host1"}
CHOSEN = "{name: payload.name, tags: payload.tags, deleted: payload.deleted}"


def made_of(load_meters, payload, settings=None, **keys):
    payload = {"id": "r", "size": 1, **payload}
    return sample(load_meters(meter(**keys), **(settings or {})), payload).metadata


def test_without_a_definition_it_is_the_whole_payload(load_meters):
    payload = {"a": {"b": None}, "host": "replaced", "event_type": "too"}
    assert made_of(load_meters, payload) == {"id": "r", "size": 1, "a": {"b": None}, **WHOLE}


def test_the_payload_itself_stays_as_it_was_sent(load_meters):
    payload = {"id": "r", "size": 1}
    sample(load_meters(meter()), payload)
    assert payload == {"id": "r", "size": 1}


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (
            {"name": "n", "tags": ["t"], "deleted": True},
            {"name": "n", "tags": ["t"], "deleted": True},
        ),
        ({"name": "n", "tags": [], "deleted": False}, {"name": "n"}),
        ({"name": None, "tags": 0, "deleted": "yes"}, {"deleted": "yes"}),
    ],
)
def test_defined_entries_are_taken_but_for_false_values(load_meters, payload, expected):
    assert made_of(load_meters, payload, metadata=CHOSEN) == expected


def test_where_all_entries_are_empty_it_is_the_whole_payload(load_meters):
    assert made_of(load_meters, {"name": ""}, metadata=CHOSEN) == {
        "id": "r",
        "size": 1,
        "name": "",
        **WHOLE,
    }


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("payload.name + '!'", "n.m!"),
        ("5", 5),
        ("{fields: payload.name, plugin: split}", "n"),
        ("[payload.absent, payload.name]", "n.m"),
        ("publisher_id", "compute.host1"),
    ],
)
def test_entries_are_as_rich_as_traits(load_meters, spec, expected):
    found = made_of(load_meters, {"name": "n.m"}, metadata=f"{{entry: {spec}}}")
    assert found == {"entry": expected}


def test_an_entry_whose_plugin_fails_is_left_out(load_meters):
    metadata = "{age: {fields: [payload.a, payload.b], plugin: timedelta}, name: payload.name}"
    payload = {"a": "x", "b": "y", "name": "n"}
    assert made_of(load_meters, payload, metadata=metadata) == {"name": "n"}


def test_user_metadata_is_kept_by_its_prefix(load_meters):
    user = {"metering.a.b": "x" * 300, "metering.n": 5, "other": "o", "metering": "m"}
    found = made_of(load_meters, {"metadata": user}, user_metadata="payload.metadata")
    assert found == {"user_metadata": {"a_b": "x" * 256, "n": 5}}


def test_user_metadata_stands_beside_defined_entries(load_meters):
    payload = {"name": "n", "metadata": {"metering.a": "1", "metering.name": "not again"}}
    found = made_of(load_meters, payload, metadata=CHOSEN, user_metadata="payload.metadata")
    assert found == {"name": "n", "user_metadata": {"a": "1"}}


def test_prefixes_and_further_keys_are_configured(load_meters):
    settings = {"user_metadata_prefixes": ["a.", "b."], "user_metadata_keys": ["c.c", "d"]}
    user = {"a.x": 1, "b.y": 2, "c.c": 3, "d": 4, "metering.z": 5, "dd": 6}
    found = made_of(load_meters, {"m": user}, settings, user_metadata="payload.m")
    assert found == {"user_metadata": {"x": 1, "y": 2, "c_c": 3, "d": 4}}


@pytest.mark.parametrize("user", [{}, {"other": 1}, [], [{"key": "metering.a"}], "text", 5, None])
def test_without_user_metadata_it_is_the_whole_payload(load_meters, user):
    found = made_of(load_meters, {"m": user}, user_metadata="payload.m")
    assert found == {"id": "r", "size": 1, "m": user, **WHOLE}


def test_user_metadata_whose_plugin_fails_is_left_out(load_meters):
    found = made_of(
        load_meters,
        {"a": "x", "b": "y"},
        user_metadata="{fields: [payload.a, payload.b], plugin: timedelta}",
    )
    assert found == {"id": "r", "size": 1, "a": "x", "b": "y", **WHOLE}


def test_a_later_prefix_wins_over_an_earlier_one():
    choose = chosen_keys(["a.", "b."], ["x"])
    assert choose({"b.x": 2, "a.x": 1}, {}) == {"x": 2}
    assert choose({"x": 3, "b.x": 2}, {}) == {"x": 3}


@pytest.mark.parametrize("metadata", [None, CHOSEN])
def test_all_samples_of_a_notification_share_one_object(load_meters, metadata):
    shared = {"metadata": metadata, "user_metadata": "payload.m"}
    text = meter(**shared) + "".join(
        meter(name=name, **shared, **others).replace("metric:\n", "")
        for name, others in [
            ("other.user", {"user_id": "payload.name"}),
            ("payload.name", {}),
            ("payload.names[*]", {"lookup": "name"}),
        ]
    )
    payload = {"id": "r", "size": 1, "name": "n", "names": ["a", "b"], "m": {"metering.a": 1}}
    made = samples(load_meters(text), payload)
    assert len(made) == 5
    assert len({id(one.metadata) for one in made}) == 1
