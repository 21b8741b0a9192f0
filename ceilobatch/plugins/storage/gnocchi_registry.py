# SPDX-License-Identifier: Apache-2.0
"""Registry: the resources in Gnocchi, made where they are missing and kept up to date."""

import datetime
import time
import urllib.parse
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any, NamedTuple

import requests
from oslo_log import log

from ceilobatch import errors
from ceilobatch.plugins.gnocchi.answers import reason_of, understood
from ceilobatch.plugins.gnocchi.connection import Connection
from ceilobatch.plugins.storage.gnocchi_attributes import completed, same, taken
from ceilobatch.plugins.storage.gnocchi_schema import Attributes, Schema
from ceilobatch.plugins.storage.gnocchi_sheet import Resource, key_of

LOG = log.getLogger(__name__)

# How many ids are asked for at once.
ASKED = 500
# Other workers and people change resources, too: after so many seconds they are asked for again.
TRUSTED = 600.0
PROJECT = "project_id"


class Lacking(errors.Unavailable):
    """Something was removed from Gnocchi that was there when it was looked for."""


class Known(NamedTuple):
    """What is remembered of a resource.

    :ivar values: a hash of the attributes that Gnocchi has.
    :ivar newest: the time of the sample that they are from.
    :ivar until: when it is forgotten, by the monotonic clock.
    """

    values: int
    newest: datetime.datetime
    until: float


class Registry:
    """Resources of one Gnocchi.

    :param limit: how many are remembered.
    :ivar schema: to be set before anything else is asked for.
    """

    def __init__(self, connection: Connection, limit: int) -> None:
        self.schema: Schema = {}
        self._connection = connection
        self._limit = limit
        self._known: OrderedDict[str, Known] = OrderedDict()

    def create(self, resource: Resource) -> str | None:
        """Make a resource, unless somebody else just has; why it cannot be, if that is so.

        :raises Unavailable: it is not known whether it is there.
        """
        attributes = self._attributes(resource)
        values = self._values(resource)
        body = {
            "id": resource.id,
            "user_id": resource.user_id,
            PROJECT: values.pop(PROJECT, None),
            "started_at": resource.started.isoformat(),
        }
        response = self._post(resource, {**body, **completed(values, attributes)})
        if response.status_code == HTTPStatus.BAD_REQUEST and values:
            LOG.warning("Resource %s without attributes: %s", resource.id, reason_of(response))
            response = self._post(resource, {**body, **completed({}, attributes)})
        elif response.status_code == HTTPStatus.CREATED:
            self._remember(resource)
        if response.status_code == HTTPStatus.CONFLICT:
            return None
        try:
            answer = understood(response)
        except errors.Rejected as error:
            return f"the resource {resource.id!r} cannot be made: {error}"
        if answer.nothing:
            raise Lacking(f"Gnocchi has no resource type {resource.rule.resource_type} any more")
        return None

    def refresh(self, resources: Iterable[Resource]) -> None:
        """Bring the attributes of resources that are there up to date.

        :raises Unavailable: it is not known which are.
        """
        unknown: dict[str, list[Resource]] = {}
        now = time.monotonic()
        for resource in resources:
            known = self._known.get(resource.key)
            if known is None or known.until < now:
                unknown.setdefault(resource.rule.resource_type, []).append(resource)
            elif resource.newest >= known.newest and known.values != self._hash(resource):
                self._update(resource, self._values(resource))
        for kind, some in unknown.items():
            self._compare(kind, some)

    def _compare(self, kind: str, resources: Sequence[Resource]) -> None:
        """Ask what Gnocchi has, and change what is different."""
        for begin in range(0, len(resources), ASKED):
            asked = {one.key: one for one in resources[begin : begin + ASKED]}
            for found in self._found(kind, list(asked.values())):
                resource = asked.get(key_of(found["original_resource_id"]))
                if resource is not None:
                    self._update(resource, self._different(resource, found))
            for resource in asked.values():
                # What is not found is of another type, where its attributes are not ours.
                self._remember(resource)

    def _different(self, resource: Resource, found: Mapping[str, Any]) -> dict[str, Any]:
        attributes = self._attributes(resource)
        return {
            name: value
            for name, value in self._values(resource).items()
            if not same(value, found.get(name), attributes.get(name))
        }

    def _found(self, kind: str, resources: Sequence[Resource]) -> Iterator[Mapping[str, Any]]:
        names_or_uuids: list[dict[str, Any]] = [
            {"in": {"original_resource_id": [one.id for one in resources]}}
        ]
        # Gnocchi refuses an empty list.
        if uuids := [one.key for one in resources if one.is_uuid]:
            names_or_uuids.append({"in": {"id": uuids}})
        query = {"or": names_or_uuids}
        names = ["original_resource_id", PROJECT, *self.schema.get(kind, {})]
        try:
            for page in self._connection.search(kind, query, names):
                yield from page
        except errors.Rejected as error:
            raise errors.Unavailable(str(error)) from error

    def _update(self, resource: Resource, values: Mapping[str, Any]) -> None:
        if values:
            place = urllib.parse.quote(resource.id, safe="")
            path = f"resource/{resource.rule.resource_type}/{place}"
            response = self._connection.send("PATCH", path, {}, values)
            if response.status_code not in (HTTPStatus.NOT_FOUND, HTTPStatus.BAD_REQUEST):
                understood(response)
            elif response.status_code == HTTPStatus.BAD_REQUEST:
                LOG.warning("Resource %s is not changed: %s", resource.id, reason_of(response))
        self._remember(resource)

    def _post(self, resource: Resource, body: Mapping[str, Any]) -> requests.Response:
        return self._connection.send("POST", f"resource/{resource.rule.resource_type}", {}, body)

    def _attributes(self, resource: Resource) -> Attributes:
        return self.schema.get(resource.rule.resource_type, {})

    def _values(self, resource: Resource) -> dict[str, Any]:
        values = taken(resource.values, self._attributes(resource))
        project = resource.values.get(PROJECT)
        return values if project is None else {**values, PROJECT: project}

    def _hash(self, resource: Resource) -> int:
        return hash(frozenset(self._values(resource).items()))

    def _remember(self, resource: Resource) -> None:
        until = time.monotonic() + TRUSTED
        self._known[resource.key] = Known(self._hash(resource), resource.newest, until)
        self._known.move_to_end(resource.key)
        if len(self._known) > self._limit:
            self._known.popitem(last=False)
