# SPDX-License-Identifier: Apache-2.0
"""The service on a file recovery and an SQLite file, asked as admin, reader and nobody."""

from pathlib import Path

import pytest
from falcon import testing
from oslo_config import cfg

from tests.unit.api.conftest import ADMIN, READER, Configure

from .described import Described
from .world import World, text


@pytest.fixture
def conf(configure: Configure, tmp_path: Path, request: pytest.FixtureRequest) -> cfg.ConfigOpts:
    backend = getattr(request, "param", "file")
    return configure(text(tmp_path, f"[recovery]\nbackend = {backend}\n"))


@pytest.fixture
def world(conf: cfg.ConfigOpts) -> World:
    return World(conf)


@pytest.fixture
def admin(client: testing.TestClient) -> Described:
    return Described(client, ADMIN)


@pytest.fixture
def reader(client: testing.TestClient) -> Described:
    return Described(client, READER)


@pytest.fixture
def nobody(client: testing.TestClient) -> Described:
    return Described(client, {})
