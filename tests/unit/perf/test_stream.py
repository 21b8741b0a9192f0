# SPDX-License-Identifier: Apache-2.0
"""The messages of a load: the same for the same plan, each with an id of its own."""

import collections
import datetime
import itertools
import json
from pathlib import Path

import pytest

from ceilobatch import errors
from ceilobatch.message import Delivery, decode
from ceilobatch.perf.stream import Parcel, Plan, stream
from ceilobatch.perf.template import Template

START = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
PLAN = Plan("run1", 5, 0.0, {}, (), START, datetime.timedelta(milliseconds=1))


def some(plan: Plan, count: int = 300) -> list[Parcel]:
    return list(itertools.islice(stream(plan), count))


def body(parcel: Parcel) -> dict[str, object]:
    inner: dict[str, object] = json.loads(json.loads(parcel.body)["oslo.message"])
    return inner


def test_the_same_plan_gives_the_same_bytes_and_another_seed_others() -> None:
    plan = PLAN._replace(broken=0.2)
    assert some(plan) == some(plan)
    assert some(plan) != some(plan._replace(seed=6))


def test_runs_differ_in_their_ids_and_in_nothing_else() -> None:
    one, two = some(PLAN), some(PLAN._replace(run="run2"))
    ids = [body(parcel).pop("message_id") for parcel in one]
    assert ids == [f"run1-{number:08}" for number in range(300)]
    renamed = [parcel.body.replace(b"run1-", b"run2-") for parcel in one]
    assert renamed == [parcel.body for parcel in two]


def test_every_message_is_one_that_the_agent_understands() -> None:
    for parcel in some(PLAN):
        understood = decode(
            Delivery(parcel.body, exchange=parcel.exchange, topic=parcel.routing_key)
        )
        assert understood.message_id.startswith("run1-")


def test_exchange_and_topic_for_all() -> None:
    found = some(PLAN._replace(exchange="own", topic="mine"))
    assert {parcel.exchange for parcel in found} == {"own"}
    assert {parcel.routing_key.rpartition(".")[0] for parcel in found} == {"mine"}
    assert len({parcel.exchange for parcel in some(PLAN)}) > 3


def test_a_share_is_broken() -> None:
    whole, spoilt = some(PLAN, 500), some(PLAN._replace(broken=0.2), 500)
    differing = sum(one != other for one, other in zip(whole, spoilt, strict=True))
    assert 60 < differing < 140


def test_kinds_come_as_often_as_the_mix_says(tmp_path: Path) -> None:
    templates = []
    for name in ("often", "rare"):
        (tmp_path / f"{name}.json").write_text(json.dumps({"event_type": name, "payload": {}}))
        templates.append(Template(tmp_path / f"{name}.json"))
    alike = collections.Counter(
        str(body(one)["event_type"]) for one in some(PLAN._replace(templates=templates), 1000)
    )
    assert set(alike) == {"often", "rare"}
    assert 400 < alike["rare"] < 600
    mix = {"often": 6.0, "rare": 1.0, "glance": 3.0}
    found = collections.Counter(
        str(body(one)["event_type"]).partition(".")[0]
        for one in some(PLAN._replace(templates=templates, mix=mix), 1000)
    )
    assert 500 < found["often"] < 700
    assert 50 < found["rare"] < 160
    assert found["image"] > 200


@pytest.mark.parametrize(
    ("mix", "sentence"),
    [
        ({"nova": 1.0, "nothing": 1.0}, "the mix names nothing, which is no kind here"),
        ({"nova": 0.0}, "no kind a weight above 0"),
    ],
)
def test_a_mix_of_nothing_is_refused(mix: dict[str, float], sentence: str) -> None:
    with pytest.raises(errors.ConfigurationError, match=sentence):
        stream(PLAN._replace(mix=mix))
