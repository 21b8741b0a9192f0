# SPDX-License-Identifier: Apache-2.0
"""Scopes and usage over REST."""

from pathlib import Path

from .described import Described
from .test_records import pages
from .world import World

ONE = "/v1/scopes/{scope_id}"


def test_scopes_are_listed_and_shown(world: World, reader: Described) -> None:
    world.process("a", "b", "c")
    listed = pages(reader, "/v1/scopes", "limit=2")
    assert [one["scope"] for one in listed] == ["a", "b", "c"]
    assert listed[0]["last_processed"] == "2026-03-01T03:00:00+00:00"
    assert [one["scope"] for one in pages(reader, "/v1/scopes", "scope=a*&scope=c")] == ["a", "c"]
    assert pages(reader, "/v1/scopes", "paused=true") == []
    assert len(pages(reader, "/v1/scopes", "worker=here/*&lag=1&failing=false")) == 3
    assert reader.get("/v1/scopes/a", of=ONE)["corrections"] == 0
    assert "no scope 'd'" in reader.refused(404, "GET", "/v1/scopes/d", of=ONE)


def test_a_scope_is_paused_and_goes_on(world: World, admin: Described, reader: Described) -> None:
    world.process("a")
    reader.refused(403, "POST", "/v1/scopes/a/pause", of=f"{ONE}/pause")
    assert admin("POST", "/v1/scopes/a/pause", of=f"{ONE}/pause").json["paused"]
    assert len(pages(reader, "/v1/scopes", "paused=true")) == 1
    assert not admin("POST", "/v1/scopes/a/resume", of=f"{ONE}/resume").json["paused"]
    admin.refused(404, "POST", "/v1/scopes/b/pause", of=f"{ONE}/pause")


def test_a_scope_is_set_back(world: World, admin: Described) -> None:
    world.process("a")
    path, of = "/v1/scopes/a/reset", f"{ONE}/reset"
    assert "to: it is required" in admin.refused(400, "POST", path, of=of)
    far = {"to": "2026-03-02"}
    assert "is only at" in admin.refused(409, "POST", path, of=of, json=far)
    edge = {"to": "0001-01-01T00:00:00+00:00"}
    assert admin("POST", path, of=of, json=edge).status_code in (200, 400)
    world.process("b")
    done = admin("POST", "/v1/scopes/b/reset", of=of, json={"to": "2026-03-01T01:20:00Z"}).json
    assert (done["to"], done["deleted"]) == ("2026-03-01T01:00:00+00:00", 2)


def test_a_past_span_is_ordered_once_more(world: World, admin: Described) -> None:
    world.process("a")
    path, of = "/v1/scopes/a/reprocess", f"{ONE}/reprocess"
    span = {"from": "2026-03-01T00:30:00Z", "to": "2026-03-01T01:30:00Z"}
    order = admin("POST", path, of=of, json=span).json
    assert (order["from"], order["to"]) == (
        "2026-03-01T00:00:00+00:00",
        "2026-03-01T02:00:00+00:00",
    )
    assert order["who"] == "ann over REST@here"
    assert admin.get("/v1/scopes/a", of=ONE)["reprocessing"] == [order]
    turned = {"from": span["to"], "to": span["from"]}
    assert "from: it is not before to" in admin.refused(400, "POST", path, of=of, json=turned)
    later = {"from": "2026-03-01T00:00:00Z", "to": "2026-03-02"}
    assert "only up to" in admin.refused(409, "POST", path, of=of, json=later)


def test_usage_comes_in_pages_and_added_up(
    world: World, reader: Described, nobody: Described
) -> None:
    world.process("a", "b")
    rows = pages(reader, "/v1/usage", "limit=4")
    assert len(rows) == 6
    assert (rows[0]["quantity"], rows[0]["groupby"]) == ("1.5", {"flavor": "small"})
    sums = pages(reader, "/v1/usage", "group_by=scope&limit=1")
    assert [(one["scope"], one["quantity"]) for one in sums] == [("a", "4.5"), ("b", "4.5")]
    assert len(pages(reader, "/v1/usage", "scope=a&attribute=flavor=small&metric=c*")) == 3
    assert "NAME=VALUE" in reader.refused(400, "GET", "/v1/usage", "attribute=flavor")
    nobody.refused(401, "GET", "/v1/usage")


def test_nothing_that_was_ever_stored_is_a_part_that_is_away(
    reader: Described, tmp_path: Path
) -> None:
    reader.refused(503, "GET", "/v1/scopes")
    assert not list(tmp_path.glob("state/*.sqlite"))
