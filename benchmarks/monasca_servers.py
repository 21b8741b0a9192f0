# SPDX-License-Identifier: Apache-2.0
"""A real monasca-api and the InfluxDB it reads from, as its persister would have filled it."""

import pathlib
from collections.abc import Iterable, Sequence

import requests
from typing_extensions import override

from benchmarks import monasca_peer
from tests.functional.servers.process import HOST, Server, free_port
from tests.unit.api.monasca.given import Given

DATABASE = "mon"
REGION = "region"

INFLUXDB = """\
reporting-disabled = true
bind-address = "{host}:{other}"
[meta]
dir = "{directory}/meta"
[data]
dir = "{directory}/data"
wal-dir = "{directory}/wal"
query-log-enabled = false
[monitor]
store-enabled = false
[http]
bind-address = "{host}:{port}"
log-enabled = false
"""

CONFIGURATION = f"""\
[DEFAULT]
region = {REGION}
[influxdb]
ip_address = {HOST}
port = {{influxdb}}
database_name = {DATABASE}
user = root
password = root
[messaging]
driver = monasca_api.common.messaging.fake_publisher:FakePublisher
[database]
connection = sqlite://
"""

PASTE = """\
[pipeline:main]
pipeline = everybody api
[filter:everybody]
paste.filter_factory = monasca_peer:everybody
[app:api]
paste.app_factory = monasca_api.api.server:launch
"""


class InfluxDB(Server):
    """InfluxDB 1.x without authentication."""

    package = "influxdb"

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://{HOST}:{self.port}"

    def fill(self, points: Iterable[Given]) -> None:
        """Make the database of Monasca with these points in it, tags as its persister has them."""
        self._post("query", q=f"create database {DATABASE}")
        body = "\n".join(map(_line, points)).encode()
        self._post("write", body, db=DATABASE, precision="ms")

    def _post(self, path: str, body: bytes = b"", **parameters: str) -> None:
        answer = requests.post(f"{self.url}/{path}", body, params=parameters, timeout=30)
        assert answer.ok, answer.text

    @override
    def prepare(self) -> None:
        text = INFLUXDB.format(
            host=HOST, port=self.port, other=free_port(), directory=self.directory
        )
        (self.directory / "influxdb.conf").write_text(text)

    @override
    def command(self) -> Sequence[str]:
        return ["influxd", "-config", str(self.directory / "influxdb.conf")]

    @override
    def ask(self) -> None:
        assert requests.get(f"{self.url}/ping", timeout=3).status_code == 204


class MonascaApi(Server):
    """monasca-api of another virtual environment; whoever asks may read."""

    package = "monasca-api"

    def __init__(self, environment: pathlib.Path, influxdb: InfluxDB) -> None:
        super().__init__()
        self._environment = environment
        self._influxdb = influxdb

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://{HOST}:{self.port}"

    @override
    def prepare(self) -> None:
        text = CONFIGURATION.format(influxdb=self._influxdb.port)
        (self.directory / "monasca-api.conf").write_text(text)
        (self.directory / "paste.ini").write_text(PASTE)

    @override
    def command(self) -> Sequence[str]:
        files = (self.directory / name for name in ("monasca-api.conf", "paste.ini"))
        python = self._environment.absolute() / "bin" / "python"
        return [str(python), monasca_peer.__file__, *map(str, files), str(self.port)]

    @override
    def ask(self) -> None:
        assert requests.get(f"{self.url}/v2.0", timeout=3).status_code == 200


def _line(point: Given) -> str:
    """In InfluxDB's line protocol."""
    tags = {"_region": REGION, "_tenant_id": monasca_peer.TENANT, **point.dimensions}
    written = "".join(
        f",{_escaped(key)}={_escaped(value)}" for key, value in sorted(tags.items()) if value
    )
    value = f'value={float(point.value)!r},value_meta="{{}}"'
    return f"{_escaped(point.name)}{written} {value} {point.timestamp}"


def _escaped(text: str) -> str:
    for character in ",= ":
        text = text.replace(character, f"\\{character}")
    return text
