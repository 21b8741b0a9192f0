# SPDX-License-Identifier: Apache-2.0
"""``check --probe`` on real servers: logins, rights and versions, and nothing that it leaves."""

import json
import urllib.parse
import uuid
from pathlib import Path

import pytest

from ceilobatch.cmd.main import main

from .servers import PostgreSQL, RabbitMQ


class Probe:
    """Runs the command; the rows by what they are about."""

    def __init__(self, directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self._directory = directory
        self._capsys = capsys

    def __call__(self, text: str) -> dict[str, tuple[str, str]]:
        file = self._directory / "ceilobatch.conf"
        file.write_text(f"[DEFAULT]\nstate_path = {self._directory}\n{text}")
        main(["--config-file", str(file), "check", "--probe", "-f", "json"])
        found = json.loads(self._capsys.readouterr().out)
        return {row["what"]: (row["result"], row["detail"]) for row in found}


@pytest.fixture
def probe(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Probe:
    return Probe(tmp_path, capsys)


def test_bus_tells_version_rights_and_what_is_not_there_yet(
    probe: Probe, rabbitmq: RabbitMQ, rabbitmq_url: str
) -> None:
    place = urllib.parse.urlsplit(rabbitmq_url)
    with rabbitmq.connect(rabbitmq_url) as connection:
        connection.channel().exchange_declare("nova", "topic", auto_delete=False)
    what = f"probe bus {place.hostname}:{place.port}"
    text = f"transport_url = {rabbitmq_url}\n[notification]\nexchanges = nova,glance\n"
    result, detail = probe(text)[what]
    assert result == "ok"
    assert "; RabbitMQ 3." in detail or "; RabbitMQ 4." in detail
    assert detail.endswith(
        "may declare, bind and read; not there yet, so the agent declares them: glance"
    )
    assert rabbitmq.queues(rabbitmq_url) == {}

    name = urllib.parse.unquote(place.path.removeprefix("/"))
    # It goes with the server: every call of rabbitmqctl takes a second.
    user = f"reader-{uuid.uuid4().hex[:8]}"
    rabbitmq.control("add_user", user, "s3cret")
    rabbitmq.control("set_permissions", "-p", name, user, "^$", ".*", ".*")
    lesser = place._replace(netloc=f"{user}:s3cret@{place.hostname}:{place.port}").geturl()
    result, detail = probe(text.replace(rabbitmq_url, lesser))[what]
    assert result == "error"
    assert "the login lacks a right (ACCESS_REFUSED" in detail
    assert "rabbitmqctl set_permissions" in detail
    assert "s3cret" not in detail


def test_storage_tells_server_and_revision_and_a_right_that_is_missing(
    probe: Probe, postgresql: PostgreSQL, postgresql_url: str
) -> None:
    text = f"transport_url = fake://\n[storage_sql]\nconnection = {postgresql_url}\n"
    what = "probe [storage] events, samples: sql"
    result, detail = probe(text)[what]
    assert result == "error"
    assert "ceilobatch db upgrade" in detail
    result, detail = probe(f"{text}auto_upgrade = true\n")[what]
    assert result == "ok"
    assert detail.startswith("ready: postgresql 1")

    name = f"reader{urllib.parse.urlsplit(postgresql_url).path.removeprefix('/')}"
    place = urllib.parse.urlsplit(postgresql_url)
    for sql in (
        f"CREATE ROLE {name} LOGIN PASSWORD 's3cret'",
        f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {name}",
    ):
        postgresql.execute(sql, postgresql_url)
    try:
        lesser = place._replace(netloc=f"{name}:s3cret@{place.hostname}:{place.port}").geturl()
        result, detail = probe(text.replace(postgresql_url, lesser))[what]
    finally:
        postgresql.execute(f"DROP OWNED BY {name}", postgresql_url)
        postgresql.execute(f"DROP ROLE {name}", postgresql_url)
    assert result == "error"
    assert "permission denied" in detail
    assert "s3cret" not in detail
