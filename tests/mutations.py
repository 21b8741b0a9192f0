# SPDX-License-Identifier: Apache-2.0
"""Mutated notifications, as strategies of hypothesis: what a bus could bring at its worst."""

import json
from collections.abc import Callable, Iterator
from typing import Any

from hypothesis import strategies as st

from ceilobatch.testing.notifications import generate

SEEDS = tuple(generate(400, seed="fuzz"))
Path = tuple[Any, ...]
# Texts that stand for what Python's own writer could not write.
WRITTEN = {
    **{f"deep-{depth}": "[" * depth + "]" * depth for depth in (20, 200, 990, 1030, 60_000)},
    **{f"long-{digits}": "-" + "9" * digits for digits in (40, 400, 4300, 4400)},
    "far-1": "1e999",
    "far-2": "1" + "0" * 310 + ".5",
}

characters = st.characters() | st.sampled_from("\x00\ud800\udfff\ufeff\u2028'\"\\%{}")
texts = st.text(characters, max_size=30) | st.sampled_from(
    ["", "\x00", "a\x00b", "\ud800", "nan", "1e999", "9" * 30, "0x10", "x" * 300, "2026-13-45"]
)
numbers = (
    st.integers()
    | st.floats()
    | st.sampled_from([2**63, -(2**63) - 1, 10**400, 1e308, -0.0, 5e-324])
)
atoms = st.none() | st.booleans() | numbers | texts
anything = st.recursive(
    atoms | st.sampled_from(sorted(WRITTEN)),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=8,
)


def paths(value: Any, before: Path = ()) -> Iterator[Path]:
    """The ways to every value inside."""
    items: Any = ()
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    for key, inner in items:
        yield (*before, key)
        yield from paths(inner, (*before, key))


@st.composite
def changed_bodies(draw: st.DrawFn) -> bytes:
    """Envelopes that are whole, around a body with values replaced, removed and added."""
    one = draw(st.sampled_from(SEEDS))
    body = json.loads(json.dumps(one.body))
    for _ in range(draw(st.integers(1, 3))):
        ways = list(paths(body))
        if ways:
            way = draw(st.sampled_from(ways))
            draw(st.sampled_from([_replace, _remove, _add]))(draw, body, way)
    inner = json.dumps(body, ensure_ascii=draw(st.booleans()))
    for text, written in WRITTEN.items():
        inner = inner.replace(f'"{text}"', written)
    envelope = json.dumps({"oslo.version": "2.0", "oslo.message": inner})
    return draw(st.sampled_from([envelope, inner])).encode(errors="surrogatepass")


def _holder(body: Any, way: Path) -> Any:
    for key in way[:-1]:
        body = body[key]
    return body


def _replace(draw: st.DrawFn, body: Any, way: Path) -> None:
    _holder(body, way)[way[-1]] = draw(anything)


def _remove(draw: st.DrawFn, body: Any, way: Path) -> None:
    del _holder(body, way)[way[-1]]


def _add(draw: st.DrawFn, body: Any, way: Path) -> None:
    holder = _holder(body, way)
    if isinstance(holder, list):
        holder.insert(way[-1], draw(anything))
    else:
        holder[draw(texts)] = draw(anything)


@st.composite
def changed_bytes(draw: st.DrawFn) -> bytes:
    """Envelopes with bytes flipped, cut out, put in, or cut off."""
    wire = bytearray(draw(st.sampled_from(SEEDS)).envelope())
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, max(0, len(wire) - 1)))
        change: Callable[[st.DrawFn, bytearray, int], None]
        change = draw(st.sampled_from([_flip, _cut_out, _put_in, _cut_off]))
        change(draw, wire, place)
    return bytes(wire)


def _flip(draw: st.DrawFn, wire: bytearray, place: int) -> None:
    if wire:
        wire[place] ^= draw(st.integers(1, 255))


def _cut_out(draw: st.DrawFn, wire: bytearray, place: int) -> None:
    del wire[place : place + draw(st.integers(1, 200))]


def _put_in(draw: st.DrawFn, wire: bytearray, place: int) -> None:
    wire[place:place] = draw(st.binary(min_size=1, max_size=20))


def _cut_off(draw: st.DrawFn, wire: bytearray, place: int) -> None:
    del wire[place:]


envelopes = st.fixed_dictionaries(
    {}, optional={"oslo.version": anything, "oslo.message": anything, "payload": anything}
).map(lambda envelope: json.dumps(envelope).encode())

wires = st.one_of(changed_bodies(), changed_bodies(), changed_bytes(), envelopes, st.binary())
