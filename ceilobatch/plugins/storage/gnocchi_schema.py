# SPDX-License-Identifier: Apache-2.0
"""Archive policies and resource types of Gnocchi, and what is missing of them."""

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

from ceilobatch import errors
from ceilobatch.definitions.resources import GENERIC, ResourceDefinitions
from ceilobatch.plugins.gnocchi.answers import understood
from ceilobatch.plugins.gnocchi.connection import Connection
from ceilobatch.plugins.storage.gnocchi_options import UPGRADE

Attributes = Mapping[str, Mapping[str, Any]]
Schema = Mapping[str, Attributes]

# Longer ones are cut. Nothing is required, since no sample is bound to tell everything.
_TEXT = {"type": "string", "min_length": 0, "max_length": 255, "required": False}
_PATCH = "application/json-patch+json"


def schema(connection: Connection) -> Schema:
    """The attributes of each resource type, by name, as Gnocchi describes them.

    :raises Unavailable: it does not say.
    """
    return {one["name"]: one["attributes"] for one in connection.get("resource_type")}


def usable_schema(
    connection: Connection, definitions: ResourceDefinitions, *, create: bool
) -> Schema:
    """The schema, in which everything is that the definitions need.

    :param create: make what is missing.
    :raises Unavailable: something is missing; with the sentence that says what.
    """
    upgrade = Upgrade(connection, definitions)
    missing = list(upgrade.steps()) if create else list(upgrade.missing())
    if missing and not create:
        raise errors.Unavailable(f"Gnocchi lacks the {', the '.join(missing)}: {UPGRADE}")
    upgrade.check_policies()
    return schema(connection)


class Upgrade:
    """Brings Gnocchi to what the definitions need; others may do the same at the same time."""

    def __init__(self, connection: Connection, definitions: ResourceDefinitions) -> None:
        self._connection = connection
        self._definitions = definitions

    def missing(self) -> Iterator[str]:
        """What is not there, each by kind and name."""
        known = self._policies()
        for name in self._definitions.policies:
            if name not in known:
                yield f"archive policy {name}"
        types = schema(self._connection)
        for kind, attributes in self._wanted().items():
            if kind not in types:
                yield f"resource type {kind}"
            elif absent := [name for name in attributes if name not in types[kind]]:
                yield f"attributes {', '.join(absent)} of the resource type {kind}"

    def steps(self) -> Iterator[str]:
        """Make what is missing; tells what was made, one by one.

        :raises Unavailable: Gnocchi is away, or does not allow it.
        """
        known = self._policies()
        for name, policy in self._definitions.policies.items():
            if name not in known:
                self._make("POST", "archive_policy", policy)
                yield f"archive policy {name}"
        types = schema(self._connection)
        for kind, attributes in self._wanted().items():
            if kind not in types:
                content = {"name": kind, "attributes": dict.fromkeys(attributes, _TEXT)}
                self._make("POST", "resource_type", content)
                yield f"resource type {kind}"
            elif absent := [name for name in attributes if name not in types[kind]]:
                patch = [
                    {"op": "add", "path": f"/attributes/{name}", "value": _TEXT} for name in absent
                ]
                self._make("PATCH", f"resource_type/{kind}", patch)
                yield f"attributes {', '.join(absent)} of the resource type {kind}"

    def check_policies(self) -> None:
        """:raises Unavailable: metrics would get an archive policy that nobody knows."""
        known = self._policies()
        absent = [name for name in self._definitions.used_policies if name not in known]
        if absent:
            raise errors.Unavailable(
                f"Gnocchi has no archive policy {', '.join(absent)}, and the resource definition "
                "file does not say what it is"
            )

    def _policies(self) -> set[str]:
        return {policy["name"] for policy in self._connection.get("archive_policy")}

    def _wanted(self) -> Mapping[str, list[str]]:
        """Names of attributes by resource type; several definitions may be of one type."""
        wanted: dict[str, dict[str, None]] = {}
        for rule in self._definitions.resources:
            wanted.setdefault(rule.resource_type, {}).update(dict.fromkeys(rule.attributes))
        return {kind: list(names) for kind, names in wanted.items() if kind != GENERIC}

    def _make(self, method: str, path: str, body: Any) -> None:
        kind = _PATCH if method == "PATCH" else "application/json"
        response = self._connection.send(method, path, {}, body, kind)
        if response.status_code == HTTPStatus.CONFLICT:
            return  # somebody else has just made it
        try:
            understood(response)
        except errors.Rejected as error:
            raise errors.Unavailable(f"{method} {path}: {error}") from error
