# SPDX-License-Identifier: Apache-2.0
"""Templates of users, and what their placeholders become."""

import datetime
import json
import random
from pathlib import Path

import pytest

from ceilobatch import errors
from ceilobatch.perf.template import Scene, Template

NOW = datetime.datetime(2026, 1, 1, 12, tzinfo=datetime.UTC)


def template(tmp_path: Path, content: object, name: str = "mine.json") -> Template:
    file = tmp_path / name
    file.write_text(content if isinstance(content, str) else json.dumps(content))
    return Template(file)


def scene(seed: int = 0, number: int = 7) -> Scene:
    return Scene(random.Random(seed), number, "run", NOW)


def test_placeholders_become_texts_and_numbers(tmp_path: Path) -> None:
    payload = {
        "number": "${number}",
        "name": "vm-${number}-of-${run}",
        "size": "${int:1:3}",
        "share": ["${float:0:1}"],
        "state": "${choice:active|error}",
        "id": "${uuid}",
        "when": "${now}",
        "price": "$${number} and $5",
    }
    mine = template(tmp_path, {"event_type": "my.event", "priority": "WARN", "payload": payload})
    made = mine.notification(scene())
    filled = made.body["payload"]
    assert (made.exchange, made.routing_key, mine.kind) == ("nova", "notifications.warn", "mine")
    assert filled["number"] == 7
    assert filled["name"] == "vm-7-of-run"
    assert filled["size"] in (1, 2, 3)
    assert 0 <= filled["share"][0] <= 1
    assert filled["state"] in ("active", "error")
    assert len(filled["id"]) == 36
    assert filled["when"] == "2026-01-01T12:00:00+00:00"
    assert filled["price"] == "${number} and $5"
    assert made.body["timestamp"] == "2026-01-01 12:00:00.000000"


def test_the_same_seed_fills_in_the_same(tmp_path: Path) -> None:
    mine = template(
        tmp_path, {"event_type": "e", "payload": {"id": "${uuid}", "n": "${int:1:9999}"}}
    )
    assert mine.notification(scene(3)).body == mine.notification(scene(3)).body
    assert mine.notification(scene(3)).body != mine.notification(scene(4)).body


def test_a_record_says_where_it_goes(tmp_path: Path) -> None:
    record = {"exchange": "own", "routing_key": "my.topic.error", "body": {"event_type": "e"}}
    made = template(tmp_path, record).notification(scene())
    assert (made.exchange, made.topic, made.priority) == ("own", "my.topic", "error")


def test_an_envelope_is_opened(tmp_path: Path) -> None:
    inner = json.dumps({"event_type": "e", "payload": {"n": "${number}"}})
    made = template(tmp_path, {"oslo.version": "2.0", "oslo.message": inner}).notification(scene())
    assert made.body["payload"] == {"n": 7}


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("{", "mine.json is not JSON"),
        ([1], "is neither a notification with an event_type nor a record"),
        ({"routing_key": "a.b", "body": "text"}, "is neither"),
        ({"event_type": "${serial}"}, r"there is no placeholder \$\{serial\}"),
        ({"event_type": "e", "payload": ["${int:5}"]}, r"\$\{int:5\} has not what"),
        ({"event_type": "e", "payload": ["${int:5:1}"]}, r"\$\{int:5:1\} has not what"),
    ],
)
def test_what_cannot_work_is_told_with_its_file(
    tmp_path: Path, content: object, sentence: str
) -> None:
    with pytest.raises(errors.ConfigurationError, match=sentence):
        template(tmp_path, content)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(errors.ConfigurationError, match=r"none\.json: No such file"):
        Template(tmp_path / "none.json")
