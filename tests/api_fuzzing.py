# SPDX-License-Identifier: Apache-2.0
"""Asks the service whatever its document allows, and what it does not; shared by all that do."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi import checks

CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
DOCUMENT = "/v1/openapi.json"
# 503 is what the health is told by, and no failure.
HEALTH = "/healthcheck"


class Fuzz:
    """One round over all operations.

    :param headers: of all requests.
    :param known: values of parts of paths that lead somewhere.
    :param look: called with each response's text.
    :ivar counts: answers by status.
    """

    def __init__(
        self,
        schema: Any,
        headers: Mapping[str, str],
        known: Mapping[str, str],
        look: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._schema = schema
        self._headers = dict(headers)
        self._known = known
        self._look = look
        self.counts: dict[int, int] = {}

    def run(self, examples: int, number: int = 0) -> None:
        """So many requests of each operation, from a seed that can be given again."""
        for result in self._schema.get_all_operations():
            operation = result.ok()
            for strategy in self._strategies(operation):
                self._ask(operation, strategy, max(1, examples // 2), number)

    def _strategies(self, operation: Any) -> Iterator[st.SearchStrategy[Any]]:
        names = [one.name for one in operation.path_parameters]
        places = {name: self._known[name] for name in names if name in self._known}
        yield operation.as_strategy(GenerationMode.POSITIVE, path_parameters=places or None)
        yield operation.as_strategy(GenerationMode.NEGATIVE)

    def _ask(self, operation: Any, strategy: Any, examples: int, number: int) -> None:
        @seed(number)
        @settings(
            max_examples=examples,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(strategy)
        def ask(case: Any) -> None:
            self._check(operation, case)

        try:
            ask()
        except Unsatisfiable:  # an operation that nothing can be wrong with
            return

    def _check(self, operation: Any, case: Any) -> None:
        response = case.call(headers=self._headers)
        self.counts[response.status_code] = self.counts.get(response.status_code, 0) + 1
        self._look(response.text)
        wanted = CHECKS[1:] if operation.path == HEALTH else CHECKS
        case.validate_response(response, checks=wanted, headers=self._headers)


def of_application(application: Any) -> Any:
    """The schema of a WSGI application."""
    return schemathesis.openapi.from_wsgi(DOCUMENT, application)


def of_service(url: str) -> Any:
    """The schema of a running service."""
    return schemathesis.openapi.from_url(f"{url}{DOCUMENT}")
