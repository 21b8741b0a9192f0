# SPDX-License-Identifier: Apache-2.0
"""The metadata of samples: chosen by a definition, or the whole payload."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from ceilobatch.definitions.chains import Body, Getter
from ceilobatch.definitions.sources import PluginFailed

USER_METADATA = "user_metadata"
LONGEST = 256

Metadata = Mapping[str, Any]
MetadataRule = Callable[[Body], Metadata]
Chosen = Callable[[Metadata, Metadata], dict[str, Any]]


def whole(body: Body) -> Metadata:
    """All of the payload, with the type of the event and the host it came from."""
    payload = body["payload"]
    return {
        **(payload if isinstance(payload, dict) else {"payload": payload}),
        "event_type": body["event_type"],
        "host": body["publisher_id"],
    }


def chosen(
    entries: Sequence[tuple[str, Getter]], user: Getter | None, keys: Chosen
) -> MetadataRule:
    """These entries, but for false values; the whole payload where nothing is left.

    :param user: finds the user metadata, of which ``keys`` says what is kept.
    """
    if not entries and user is None:
        return whole

    def make(body: Body) -> Metadata:
        metadata = {}
        for name, get in entries:
            try:
                value = get(body)
                if value:
                    metadata[name] = value
            except PluginFailed:
                continue  # it only describes: nothing to keep a sample back for
        kept = _of_user(user, body) if user else None
        if kept:
            kept = keys(kept, metadata)
        if kept:
            metadata[USER_METADATA] = kept
        return metadata or whole(body)

    return make


def _of_user(get: Getter, body: Body) -> dict[str, Any] | None:
    try:
        found = get(body)
    except PluginFailed:
        return None
    return found if isinstance(found, dict) else None


def chosen_keys(prefixes: Iterable[str], keys: Iterable[str]) -> Chosen:
    """Which keys of user metadata are kept: those with a prefix, without it, and ``keys``.

    Dots become underscores, texts are cut. A key that has a prefix, or is listed, and would be
    called like an entry of the metadata itself is not repeated.
    """
    prefixes, keys = tuple(prefixes), frozenset(keys)

    def choose(user: Metadata, metadata: Metadata) -> dict[str, Any]:
        kept = {}
        for prefix in prefixes:
            for key, value in user.items():
                if key.startswith(prefix):
                    kept[key[len(prefix) :].replace(".", "_")] = _cut(value)
        if keys:
            for key, value in user.items():
                if key in keys:
                    kept[key.replace(".", "_")] = _cut(value)
        for key in kept.keys() & metadata.keys():
            del kept[key]
        return kept

    return choose


def _cut(value: Any) -> Any:
    return value[:LONGEST] if isinstance(value, str) else value
