# SPDX-License-Identifier: Apache-2.0
"""Our application with the given points, asked as the real one was."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from falcon import testing

from .ours import application

Ask = Callable[[str], dict[str, Any]]


@pytest.fixture(scope="session")
def ask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ask]:
    """From a path, as it stands in a URL, to the status and the decoded body."""
    with application(tmp_path_factory.mktemp("monasca")) as app:
        client = testing.TestClient(app)

        def asked(path: str) -> dict[str, Any]:
            place, _, query = path.partition("?")
            answer = client.simulate_get(place, query_string=query, host="monasca")
            return {"status": answer.status_code, "body": json.loads(answer.text)}

        yield asked
