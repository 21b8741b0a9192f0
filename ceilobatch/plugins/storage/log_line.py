# SPDX-License-Identifier: Apache-2.0
"""An event or a sample as one line of JSON."""

from typing import Any

from ceilobatch.model import Event, Sample
from ceilobatch.plugins.storage.sql_rows import encode, group_traits, iso


def line(item: Event | Sample) -> bytes:
    """The item with ``record`` telling what it is; times are ISO 8601 in UTC.

    :raises Refused: it has no faithful JSON.
    """
    if isinstance(item, Event):
        return encode({"record": "event", **_event(item)}, "the event", nul_allowed=True) + b"\n"
    sample = {**item._asdict(), "timestamp": iso(item.timestamp)}
    return encode({"record": "sample", **sample}, "the sample", nul_allowed=True) + b"\n"


def _event(event: Event) -> dict[str, Any]:
    return {
        **event._asdict(),
        "generated": iso(event.generated),
        "traits": {
            name: {"type": kind, "value": value}
            for kind, values in group_traits(event.traits).items()
            for name, value in values.items()
        },
    }
