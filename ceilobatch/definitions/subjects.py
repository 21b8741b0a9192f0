# SPDX-License-Identifier: Apache-2.0
"""What samples are about: user, project, resource, time and metadata of a meter definition."""

import datetime
from collections.abc import Callable, Mapping
from typing import Any

from ceilobatch.definitions import attributes, chains, metadata
from ceilobatch.definitions.chains import Body, Getter
from ceilobatch.definitions.metadata import Chosen, MetadataRule
from ceilobatch.definitions.problems import Place
from ceilobatch.definitions.sources import SourceCompiler
from ceilobatch.definitions.work import Owner, Subject

OWNER_KEYS = ("user_id", "project_id", "resource_id", "timestamp")
METADATA_KEYS = ("metadata", "user_metadata")

CONTEXT = {
    "user_id": chains.first_of([chains.chain(("ctxt", key)) for key in ("user_id", "user")]),
    "project_id": chains.first_of(
        [chains.chain(("ctxt", key)) for key in ("project_id", "tenant_id", "tenant")]
    ),
}
"""Where user and project are taken from that a definition does not find."""


class SubjectCompiler:
    """Compiles subjects and metadata; the same written twice becomes one object.

    That is what lets a notification's metadata be made once and its samples share it.

    :param keys: which keys of user metadata are kept.
    """

    def __init__(self, sources: SourceCompiler, keys: Chosen) -> None:
        self._sources = sources
        self._keys = keys
        self._subjects: dict[str, Subject] = {}
        self._metadata: dict[str, MetadataRule] = {}

    def subject(self, definition: Mapping[str, Any], place: Place) -> Subject | None:
        """The subject of a definition, or None after its problems have been told."""
        written = _written(definition, OWNER_KEYS + METADATA_KEYS)
        if written not in self._subjects:
            owner = self._owner(definition, place)
            rule = self.metadata(definition, place)
            if owner is None or rule is None:
                return None
            self._subjects[written] = Subject(owner, rule)
        return self._subjects[written]

    def metadata(self, definition: Mapping[str, Any], place: Place) -> MetadataRule | None:
        """The metadata of a definition, or None after its problems have been told."""
        written = _written(definition, METADATA_KEYS)
        if written not in self._metadata:
            rule = self._metadata_rule(definition, place)
            if rule is None:
                return None
            self._metadata[written] = rule
        return self._metadata[written]

    def _owner(
        self, definition: Mapping[str, Any], place: Place
    ) -> Callable[[Body, datetime.datetime], Owner] | None:
        getters = {
            key: self._getter(definition[key], place.at(definition, key))
            for key in OWNER_KEYS
            if definition.get(key) not in (None, "")
        }
        found = {key: get for key, get in getters.items() if get is not None}
        if len(found) != len(getters):
            return None
        for key, default in CONTEXT.items():
            found[key] = chains.first_of([found[key], default]) if key in found else default
        return _owner_of(
            found["user_id"], found["project_id"], found["resource_id"], found.get("timestamp")
        )

    def _metadata_rule(self, definition: Mapping[str, Any], place: Place) -> MetadataRule | None:
        specs = definition.get("metadata") or {}
        place_of_all = place.at(definition, "metadata")
        if not isinstance(specs, Mapping):
            place_of_all.refuse("this is not a mapping of names to paths")
            return None
        entries = [
            (str(name), self._getter(spec, place_of_all.at(specs, name, "metadata.")))
            for name, spec in specs.items()
        ]
        user = None
        if definition.get("user_metadata"):
            user = self._getter(definition["user_metadata"], place.at(definition, "user_metadata"))
            if user is None:
                return None
        found = [(name, get) for name, get in entries if get is not None]
        if len(found) != len(entries):
            return None
        return metadata.chosen(found, user, self._keys)

    def _getter(self, spec: Any, place: Place) -> Getter | None:
        source = self._sources.compile(spec, place)
        return None if source is None else source.first


def _written(definition: Mapping[str, Any], keys: tuple[str, ...]) -> str:
    return repr([definition.get(key) for key in keys])


def _owner_of(
    user: Getter, project: Getter, resource: Getter, time: Getter | None
) -> Callable[[Body, datetime.datetime], Owner]:
    identifier = attributes.identifier

    def owner(body: Body, sent: datetime.datetime) -> Owner:
        who, where, what = user(body), project(body), resource(body)
        if type(who) is not str:
            who = identifier("user_id", who)
        if type(where) is not str:
            where = identifier("project_id", where)
        if type(what) is not str:
            what = identifier("resource_id", what)
        when = sent if time is None else attributes.timestamp(time(body), sent)
        return who, where, what, when

    return owner
