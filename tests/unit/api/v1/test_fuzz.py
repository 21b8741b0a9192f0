# SPDX-License-Identifier: Apache-2.0
"""Whatever is asked: no failure of the service, and without a credential nothing happens."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from oslo_config import cfg

from ceilobatch.api import context as contexts
from ceilobatch.api import paste
from ceilobatch.processor.wishes import opened as usage_opened
from ceilobatch.recovery.opening import opened
from tests.api_fuzzing import Fuzz, of_application
from tests.unit.api.conftest import ADMIN, Configure

from .world import World, letter, message, text

EXAMPLES = 6
SECRET = "very-secret"


@pytest.fixture
def conf(configure: Configure, tmp_path: Path) -> cfg.ConfigOpts:
    return configure(text(tmp_path), requests_per_second=0.0, failed_logins_burst=100_000)


@pytest.fixture
def letter_id(world: World) -> str:
    """One of the letters in a world that has something of everything."""
    world.handle(message(1), message(2))
    world.process("a")
    return world.add(letter(3), letter(4, b"\xff"), letter(5, message(5)))[0]


@pytest.fixture
def application(conf: cfg.ConfigOpts) -> Iterator[Any]:
    context = contexts.of(conf)
    with context.closing:
        yield paste.load(context)


def known(letter_id: str) -> dict[str, str]:
    places = {"letter_id": letter_id, "message_id": "m1", "scope_id": "a"}
    return {**places, "namespace": "storage", "name": "sql"}


def state(conf: cfg.ConfigOpts) -> Any:
    """All that a request could change."""
    with opened(conf) as recovery, usage_opened(conf) as storage:
        return list(recovery.entries()), storage.states(), storage.ordered()


def test_an_admin_cannot_make_the_service_fail(application: Any, letter_id: str) -> None:
    fuzz = Fuzz(of_application(application), ADMIN, known(letter_id))
    fuzz.run(EXAMPLES)
    assert {200, 400, 404} <= set(fuzz.counts)


def test_without_a_credential_nothing_changes_and_no_payload_is_shown(
    application: Any, letter_id: str, conf: cfg.ConfigOpts
) -> None:
    def look(answer: str) -> None:
        assert SECRET not in answer
        assert "much3" not in answer

    before = state(conf)
    fuzz = Fuzz(of_application(application), {}, known(letter_id), look)
    fuzz.run(EXAMPLES)
    assert state(conf) == before
    assert {200, 401} <= set(fuzz.counts)
