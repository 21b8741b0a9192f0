# SPDX-License-Identifier: Apache-2.0
"""Posting: measures on their way into Gnocchi, those that it refuses singled out.

Gnocchi takes the whole of a request or nothing of it.
"""

import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus

import orjson
import requests

from ceilobatch import errors
from ceilobatch.model import STORED, Result, rejected
from ceilobatch.plugins.gnocchi.answers import reason_of
from ceilobatch.plugins.gnocchi.connection import Connection
from ceilobatch.plugins.storage.gnocchi_registry import Lacking, Registry
from ceilobatch.plugins.storage.gnocchi_sheet import Resource, Series, batched, key_of

# Gnocchi makes new metrics one by one; with so many a request still ends in time.
SERIES = 1000
# Of so many Gnocchi may say that it is its own mistake; with more of them it is ill.
SUSPECTS = 10
# How often it may say that it does not know a resource that was made just before.
ROUNDS = 3

_PATH = "batch/resources/metrics/measures"
_NO_POLICY = re.compile(r"Archive policy .* does not exist")


class Posting:
    """The measures of one call, and what becomes of them.

    :param resources: of all the series, by key.
    :param results: by place; those of the samples in the series are set.
    """

    def __init__(
        self,
        connection: Connection,
        registry: Registry,
        resources: Mapping[str, Resource],
        results: list[Result],
    ) -> None:
        self._connection = connection
        self._registry = registry
        self._resources = resources
        self._results = results
        self._accepted = 0
        self._suspects: list[Series] = []
        self._refused: set[str] = set()
        self._rounds = 0

    def post(self, series: Sequence[Series]) -> list[Resource]:
        """Store the series, and reject those that cannot be; the resources that are there.

        :raises Unavailable: nothing is known of any.
        """
        for begin in range(0, len(series), SERIES):
            self._rounds = 0
            self._post(series[begin : begin + SERIES])
        suspects, self._suspects = self._suspects, []
        for suspect in suspects:
            response = self._send([suspect])
            if response.ok:
                self._accept([suspect])
            elif response.status_code == HTTPStatus.INTERNAL_SERVER_ERROR and self._accepted:
                self._reject([suspect], f"Gnocchi fails with it alone: {reason_of(response)}")
            else:
                raise _unavailable(response)
        return [one for one in self._resources.values() if one.key not in self._refused]

    def _post(self, series: Sequence[Series]) -> None:
        series = [one for one in series if one.resource.key not in self._refused]
        if not series:
            return
        response = self._send(series)
        status = response.status_code
        if response.ok:
            self._accept(series)
        elif unknown := _unknown(response):
            self._create(unknown, response)
            self._post(series)
        elif status == HTTPStatus.BAD_REQUEST and _NO_POLICY.match(reason_of(response)):
            raise Lacking(f"Gnocchi says: {reason_of(response)}")
        elif status in (HTTPStatus.BAD_REQUEST, HTTPStatus.REQUEST_ENTITY_TOO_LARGE):
            if not self._divide(series):
                self._reject(series, f"Gnocchi says: {reason_of(response)}")
        elif status == HTTPStatus.INTERNAL_SERVER_ERROR:
            if not self._divide(series):
                self._suspect(series[0], response)
        else:
            raise _unavailable(response)

    def _divide(self, series: Sequence[Series]) -> bool:
        """Store both halves; False where there is one measure only."""
        if len(series) > 1:
            middle = len(series) // 2
            halves = [series[:middle], series[middle:]]
        elif len(series[0].places) > 1:
            halves = [[part] for part in series[0].parts()]
        else:
            return False
        for half in halves:
            self._post(half)
        return True

    def _suspect(self, series: Series, response: requests.Response) -> None:
        """Gnocchi fails with this measure: that is its, unless others fail as well."""
        self._suspects.append(series)
        if len(self._suspects) > (SUSPECTS if self._accepted else 1):
            raise _unavailable(response)

    def _create(self, unknown: Sequence[str], response: requests.Response) -> None:
        self._rounds += 1
        if self._rounds > ROUNDS:
            raise errors.Unavailable(f"Gnocchi forgets resources: {reason_of(response)}")
        for key in dict.fromkeys(map(key_of, unknown)):
            resource = self._resources[key]
            refusal = self._registry.create(resource)
            if refusal is not None:
                self._refused.add(key)
                self._reject(list(resource.series.values()), refusal)

    def _send(self, series: Sequence[Series]) -> requests.Response:
        return self._connection.send("POST", _PATH, {"create_metrics": "true"}, batched(series))

    def _accept(self, series: Sequence[Series]) -> None:
        for one in series:
            self._accepted += len(one.places)
            for place in one.places:
                self._results[place] = STORED

    def _reject(self, series: Sequence[Series], reason: str) -> None:
        for one in series:
            for place in one.places:
                self._results[place] = rejected(reason)


def _unknown(response: requests.Response) -> list[str]:
    """The ids that an answer calls unknown."""
    if response.status_code != HTTPStatus.BAD_REQUEST:
        return []
    try:
        description = orjson.loads(response.content)["description"]
        if description["cause"] == "Unknown resources":
            return [str(one["original_resource_id"]) for one in description["detail"]]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        pass
    return []


def _unavailable(response: requests.Response) -> errors.Unavailable:
    return errors.Unavailable(
        f"Gnocchi answered {response.status_code} {response.reason}: {reason_of(response)}"
    )
