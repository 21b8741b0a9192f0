# SPDX-License-Identifier: Apache-2.0
"""Whether a real monasca-api and ours answer alike, having been given the same points.

``python -m benchmarks.monasca --peer VENV``; the findings are written as JSON. VENV is a virtual
environment with ``monasca-api==11.0.0 falcon==3.1.3 influxdb==5.2.3 oslo.db==14.1.0 SQLAlchemy<2
setuptools<70 waitress``; InfluxDB is Debian's. ``--golden DIRECTORY`` keeps what the real one has
answered, ``--client VENV`` has the python-monascaclient of an environment ask ours.
"""

import argparse
import contextlib
import http.client
import json
import pathlib
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from typing import Any

from waitress import create_server

from benchmarks.monasca_servers import InfluxDB, MonascaApi
from tests.functional.servers.process import HOST
from tests.unit.api.monasca import differing, given
from tests.unit.api.monasca.ours import application

BASE = "http://monasca"
CLIENT = pathlib.Path(__file__).with_name("monasca_client.py")


def main() -> None:
    """Compare and print; fails where they differ and should not."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--peer", type=pathlib.Path, required=True, help="with monasca-api")
    parser.add_argument("--golden", type=pathlib.Path, help="directory for the real answers")
    parser.add_argument("--client", type=pathlib.Path, help="with python-monascaclient")
    options = parser.parse_args()
    with InfluxDB() as influxdb, MonascaApi(options.peer, influxdb) as real, served() as ours:
        influxdb.fill(given.points())
        findings = compared(real.port, ours, options.golden)
        if options.client:
            findings["client"] = asked_by_client(options.client, ours)
    print(json.dumps(findings, indent=2))
    raise SystemExit(bool(findings["different"]))


def compared(real: int, ours: int, golden: pathlib.Path | None) -> dict[str, Any]:
    """Every request, and whether the answers are equal."""
    equal, different = [], {}
    for name, path in given.REQUESTS.items():
        expected, found = asked(real, path), asked(ours, path)
        if golden:
            (golden / f"{name}.json").write_text(f"{json.dumps(expected, indent=1)}\n")
        if written(expected) == written(found):
            equal.append(name)
        else:
            different[name] = {"path": path, "real": expected, "ours": found}
    on_purpose = {
        name: {"path": path, "real one": why, "real": asked(real, path), "ours": asked(ours, path)}
        for name, (path, why) in differing.DIFFERENT.items()
    }
    return {
        "points": sum(1 for _ in given.points()),
        "requests": len(given.REQUESTS),
        "equal": equal,
        "different": different,
        "different on purpose": on_purpose,
    }


def written(answer: dict[str, Any]) -> str:
    """With nothing left open but the order of keys: 1 is not 1.0."""
    return json.dumps(answer, sort_keys=True)


def asked(port: int, path: str) -> dict[str, Any]:
    """The status and the decoded body; the path is sent as it stands."""
    connection = http.client.HTTPConnection(HOST, port, timeout=60)
    with contextlib.closing(connection):
        connection.request("GET", path)
        answer = connection.getresponse()
        text = answer.read().decode().replace(f"http://{HOST}:{port}", BASE)
    return {"status": answer.status, "body": json.loads(text)}


@contextlib.contextmanager
def served() -> Iterator[int]:
    """Ours, with the same points; its port."""
    with (
        tempfile.TemporaryDirectory() as directory,
        application(pathlib.Path(directory)) as app,
    ):
        server = create_server(app, host=HOST, port=0, clear_untrusted_proxy_headers=True)
        thread = threading.Thread(target=server.run, name="server")
        thread.start()
        try:
            yield int(server.effective_port)
        finally:
            server.close()
            server.task_dispatcher.shutdown()
            server.asyncore.close_all(map=server._map)
            thread.join()


def asked_by_client(environment: pathlib.Path, port: int) -> Any:
    """What Monasca's own client makes of ours."""
    done = subprocess.run(
        [environment / "bin" / "python", CLIENT, f"http://{HOST}:{port}/v2.0", given.PROCESS],
        check=True,
        capture_output=True,
        text=True,
    )
    return json.loads(done.stdout)


if __name__ == "__main__":
    main()
