# SPDX-License-Identifier: Apache-2.0
"""The service in this process, behind its whole pipeline, with two people who have passwords."""

import dataclasses
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import bcrypt
import pytest
from falcon import testing
from oslo_config import cfg

from ceilobatch import config
from ceilobatch.api import context as contexts
from ceilobatch.api import paste
from ceilobatch.api.context import Context
from ceilobatch.definitions import packaged
from ceilobatch.telemetry.snapshot import Snapshot

# They may do everything, see everything, and nothing beyond what everybody may.
PASSWORDS = {"ann": "ann's", "rob": "rob's", "eve": "eve's"}
DIGESTS = {
    name: bcrypt.hashpw(password.encode(), bcrypt.gensalt(4)).decode()
    for name, password in PASSWORDS.items()
}

Configure = Callable[..., cfg.ConfigOpts]
Hang = Callable[..., Snapshot]


def basic(name: str, password: str | None = None) -> dict[str, str]:
    pair = f"{name}:{PASSWORDS[name] if password is None else password}"
    return {"Authorization": f"Basic {b64encode(pair.encode()).decode()}"}


ADMIN = basic("ann")
READER = basic("rob")
NO_ROLE = basic("eve")


@pytest.fixture
def htpasswd(tmp_path: Path) -> Path:
    file = tmp_path / "htpasswd"
    file.write_text("".join(f"{name}:{digest}\n" for name, digest in DIGESTS.items()))
    return file


@pytest.fixture
def configure(tmp_path: Path, htpasswd: Path) -> Configure:
    """Makes a configuration out of options of [api] and the text of a file."""

    def make(text: str = "", **api: Any) -> cfg.ConfigOpts:
        file = tmp_path / "ceilobatch.conf"
        file.write_text(text)
        own = {
            "paste_config": str(packaged.file("api-paste.ini")),
            "htpasswd_file": str(htpasswd),
            "admin_users": ["ann"],
            "reader_users": ["rob"],
            # What a test has just changed is to be seen.
            "ledger_interval": 0,
            **api,
        }
        state = {("DEFAULT", "state_path"): str(tmp_path / "state"), ("DEFAULT", "host"): "here"}
        options = {("api", name): value for name, value in own.items()}
        return config.load([str(file)], [], {**state, **options})

    return make


@pytest.fixture
def conf(configure: Configure) -> cfg.ConfigOpts:
    return configure()


@pytest.fixture
def context(conf: cfg.ConfigOpts) -> Iterator[Context]:
    made = contexts.of(conf)
    with made.closing:
        yield made


@pytest.fixture
def client(context: Context) -> testing.TestClient:
    return testing.TestClient(paste.load(context))


@pytest.fixture
def make_client(configure: Configure) -> Iterator[Callable[..., testing.TestClient]]:
    """Makes clients of services that are configured otherwise."""
    made: list[Context] = []

    def make(**changes: Any) -> testing.TestClient:
        made.append(contexts.of(configure(**changes)))
        return testing.TestClient(paste.load(made[-1]))

    yield make
    for one in made:
        one.closing.close()


@pytest.fixture
def hang(context: Context) -> Hang:
    """Hangs out the figures of a worker as it would; a healthy one by default."""

    def put(**changes: Any) -> Snapshot:
        now = time.time()
        usual = Snapshot(
            *("agent", "here", "ceilobatch", "p0"),
            now - 60,
            now,
            ended=False,
            idle=0.1,
            closed={},
            readings=[],
        )
        snapshot = dataclasses.replace(usual, **changes)
        context.board.hang(snapshot)
        return snapshot

    return put
