# SPDX-License-Identifier: Apache-2.0
"""The command ceilobatch-api as operators run it."""

import re
import signal
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import bcrypt
import psutil
import pytest
import requests

from ceilobatch.definitions import packaged

from .agent_process import PROGRAMS, Agent
from .servers import wait_until

LISTENS = re.compile(r"Listening on (http://\S+)")
# A filter that keeps requests for /slow in hand until it is let go.
SLOW = """
import pathlib, time
HERE = pathlib.Path(__file__).parent

def factory(conf):
    def made(following):
        def slow(environ, start):
            if environ["PATH_INFO"] == "/slow":
                (HERE / "asked").touch()
                while not (HERE / "go").exists():
                    time.sleep(0.01)
                environ["PATH_INFO"] = "/"
            return following(environ, start)
        return slow
    return made
"""


class Api(Agent):
    """The service as a process."""

    program = "ceilobatch-api"

    def wait(self) -> str:
        """Where it listens, as soon as it does."""
        wait_until(lambda: LISTENS.search(self.read_log()), what="the service to listen")
        found = LISTENS.search(self.read_log())
        assert found
        return found[1]


MakeApi = Callable[..., Api]


@pytest.fixture
def make_api(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MakeApi]:
    made = []
    (tmp_path / "slow_filter.py").write_text(SLOW)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    paste = tmp_path / "paste.ini"
    own = "[filter:slow]\npaste.filter_factory = slow_filter:factory\n"
    text = packaged.file("api-paste.ini").read_text()
    paste.write_text(text.replace("rate_limit body_size", "rate_limit slow body_size") + own)

    def make(**api: object) -> Api:
        group = {"port": free_port(), "paste_config": paste, **api}
        made.append(Api(tmp_path / f"api{len(made)}", {"api": group}).start())
        return made[-1]

    yield make
    for one in made:
        one.kill_all()


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


def test_service_answers_and_finishes_what_it_has_in_hand_when_told_to_end(make_api, tmp_path):
    htpasswd = tmp_path / "htpasswd"
    digest = bcrypt.hashpw(b"secret", bcrypt.gensalt(4)).decode()
    htpasswd.write_text(f"ann:{digest}\n")
    api = make_api(htpasswd_file=htpasswd, admin_users="ann")
    url = api.wait()
    assert requests.get(f"{url}/healthcheck", timeout=20).status_code == 503
    assert requests.get(url, auth=("ann", "wrong"), timeout=20).status_code == 401
    assert requests.get(url, auth=("ann", "secret"), timeout=20).status_code == 200
    assert api.process is not None
    listening = [one.laddr.ip for one in psutil.Process(api.process.pid).net_connections("tcp")]
    assert set(listening) == {"127.0.0.1"}

    found = []
    asking = threading.Thread(target=lambda: found.append(requests.get(f"{url}/slow", timeout=20)))
    asking.start()
    wait_until((tmp_path / "asked").exists, what="the request")
    api.send(signal.SIGTERM)
    wait_until(lambda: not accepts(url), what="the service to refuse connections")
    (tmp_path / "go").touch()
    asking.join(20)
    assert [answer.status_code for answer in found] == [200]
    assert "links" in found[0].json()
    assert api.process.wait(20) == 0
    assert api.logged("Stopped; all requests were answered") == 1
    assert api.logged("Traceback") == 0


def accepts(url: str) -> bool:
    host, _, port = url.removeprefix("http://").partition(":")
    with socket.socket() as one:
        return one.connect_ex((host, int(port))) == 0


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ("htpasswd_file = /nowhere", "[api] htpasswd_file: /nowhere: "),
        ("port = {taken}", "[api] host, port: cannot listen on 127.0.0.1 port {taken}: "),
    ],
)
def test_service_that_cannot_work_says_why_in_a_line(tmp_path, settings, sentence):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        file = tmp_path / "ceilobatch.conf"
        state = f"[DEFAULT]\nstate_path = {tmp_path}\n"
        file.write_text(f"{state}[api]\n{settings.format(taken=port)}\n")
        done = subprocess.run(
            [PROGRAMS / Api.program, "--config-file", file],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
    errors = [line for line in done.stderr.splitlines() if line.startswith("ceilobatch-api: ")]
    assert done.returncode == 1
    assert len(errors) == 1
    assert errors[0].startswith(f"ceilobatch-api: error: {sentence.format(taken=port)}")
    assert "Traceback" not in done.stderr
