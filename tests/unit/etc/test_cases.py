# SPDX-License-Identifier: Apache-2.0
"""What the shipped definitions make of notifications, value by value."""

import pytest

from ceilobatch.definitions.events import EventDefinitions
from ceilobatch.definitions.meters import MeterDefinitions

from .case import CONTEXT_USER, DEFAULT_TRAITS, PROJECT, Case, Measured, arrived
from .cases import ALL, glance, nova, nova_instances

every_case = pytest.mark.parametrize("case", ALL, ids=lambda case: case.event_type)


@every_case
def test_event_has_exactly_the_expected_traits(events: EventDefinitions, case: Case) -> None:
    event = events.convert(case.notification())
    assert event is not None
    assert event.warnings == ()
    expected = {**DEFAULT_TRAITS, **case.traits}
    wanted = {name: value for name, value in expected.items() if value is not ...}
    assert {trait.name: trait.value for trait in event.traits} == wanted


@every_case
def test_samples_are_exactly_the_expected_ones(meters: MeterDefinitions, case: Case) -> None:
    samples, problems = meters.convert(case.notification())
    assert problems == []
    measured = [Measured(s.name, s.type, s.volume, s.unit, s.resource_id or "") for s in samples]
    assert sorted(measured) == sorted(case.samples)


@every_case
def test_samples_belong_to_the_owner_in_the_payload(meters: MeterDefinitions, case: Case) -> None:
    samples, _ = meters.convert(case.notification())
    for sample in samples:
        owner = (sample.project_id, sample.user_id)
        for actual, wanted in zip(owner, case.owner, strict=True):
            assert wanted is None or actual == wanted


def test_size_of_an_instance_is_described_alike_in_both_flavours(meters: MeterDefinitions) -> None:
    legacy = arrived("compute.instance.exists", {**nova.PAYLOAD, **nova.PERIOD})
    (sample, *others), _ = meters.convert(legacy)
    assert sample.metadata == {
        "event_type": "compute.instance.exists",
        "display_name": "web-1",
        "host": "compute-1",
        "availability_zone": "az-1",
        "state": "active",
        "flavor_id": "flavor-7",
        "flavor_name": "m1.small",
        "image_ref": "image-1",
        "created_at": "2026-03-01 11:59:00.500000",
        "launched_at": "2026-03-01T11:59:42.000000",
        "user_metadata": {"stack": "blue"},
    }
    assert all(other.metadata is sample.metadata for other in others)
    (versioned, *_), _ = meters.convert(nova_instances.CASES[0].notification())
    assert versioned.metadata.keys() == {*sample.metadata, "deleted_at"}
    assert versioned.metadata["user_metadata"] == {"stack": "blue"}


def test_download_counts_for_the_receiver_and_serving_for_the_owner(
    meters: MeterDefinitions,
) -> None:
    samples, _ = meters.convert(arrived("image.send", glance.SENT))
    assert {(sample.name, sample.project_id) for sample in samples} == {
        ("image.download", "receiver-project"),
        ("image.serve", PROJECT),
    }


def test_resources_created_at_once_have_positions_and_their_project(
    meters: MeterDefinitions,
) -> None:
    ports = [{"id": f"port-{number}", "project_id": PROJECT} for number in range(3)]
    samples, problems = meters.convert(arrived("port.create.end", {"ports": ports}))
    assert problems == []
    assert [(s.resource_id, s.position) for s in samples] == [
        ("port-0", 0),
        ("port-1", 1),
        ("port-2", 2),
    ]
    assert {(s.project_id, s.user_id) for s in samples} == {(PROJECT, CONTEXT_USER)}


@pytest.mark.parametrize("word", ["infinite", "unknown"])
def test_capacity_that_is_a_word_is_no_sample_and_no_problem(
    meters: MeterDefinitions, word: str
) -> None:
    payload = {"name_to_id": "b", "total": word, "free": word, "allocated": 5, "provisioned": 6}
    samples, problems = meters.convert(arrived("capacity.backend", payload))
    assert problems == []
    assert {(s.name, s.volume) for s in samples} == {
        ("volume.provider.capacity.allocated", 5),
        ("volume.provider.capacity.provisioned", 6),
    }


@pytest.mark.parametrize("event", ["exists", "power_off.start", "finish_resize.end", "delete.end"])
def test_quantity_that_is_a_word_is_a_problem(meters: MeterDefinitions, event: str) -> None:
    broken = arrived(f"compute.instance.{event}", {**nova.PAYLOAD, "vcpus": "plenty"})
    samples, problems = meters.convert(broken)
    assert [problem.meter for problem in problems] == ["vcpus"]
    assert len(samples) == 3
