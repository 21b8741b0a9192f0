# SPDX-License-Identifier: Apache-2.0
"""The example files of operators fit the programs that are shipped."""

import configparser
import io
import json
import logging
import logging.config
import re
from pathlib import Path

import pytest

from ceilobatch import config, workers
from ceilobatch.api.options import OPTIONS as API_OPTIONS
from ceilobatch.api.options import PORT

ETC = Path(__file__).parents[2] / "etc"
DAEMONS = ("agent", "processor", "api")
SCRIPTS = Path(__file__).parents[2] / "setup.cfg"


class Unit(configparser.RawConfigParser):
    """systemd's format, as far as these files use it."""

    optionxform = staticmethod(str)  # type: ignore[assignment]


def unit(daemon: str) -> Unit:
    parsed = Unit(interpolation=None)
    parsed.read(ETC / "systemd" / f"ceilobatch-{daemon}.service")
    return parsed


@pytest.mark.parametrize("daemon", DAEMONS)
def test_unit_starts_a_script_that_is_installed(daemon):
    script = Path(unit(daemon)["Service"]["ExecStart"].split()[0]).name
    assert re.search(rf"^ +{script} = ", SCRIPTS.read_text(), re.MULTILINE)


@pytest.mark.parametrize("daemon", DAEMONS)
def test_unit_lets_the_daemon_stop_its_workers_and_waits_for_them(daemon):
    service = unit(daemon)["Service"]
    timeout = next(one for one in workers.OPTIONS if one.name == "graceful_shutdown_timeout")
    assert service["KillMode"] == "mixed"
    assert int(service["TimeoutStopSec"]) > timeout.default


def test_only_daemons_that_obey_sighup_are_reloaded():
    assert [daemon for daemon in DAEMONS if "ExecReload" in unit(daemon)["Service"]] == [
        "agent",
        "processor",
    ]


@pytest.mark.parametrize("file", ["nginx/ceilobatch-api.conf", "wsgi/uwsgi.ini"])
def test_servers_before_the_rest_service_use_its_port(file):
    assert f"127.0.0.1:{PORT}" in (ETC / file).read_text()


def test_proxy_takes_bodies_as_large_as_the_service_does():
    size = next(one.default for one in API_OPTIONS if one.name == "max_body_size")
    text = (ETC / "nginx/ceilobatch-api.conf").read_text()
    assert f"client_max_body_size {size // 1024**2}m;" in text


def test_gunicorn_configuration_uses_the_port_and_one_process():
    settings: dict[str, object] = {}
    exec((ETC / "wsgi/gunicorn.conf.py").read_text(), settings)
    assert (settings["bind"], settings["workers"]) == (f"127.0.0.1:{PORT}", 1)


def test_uwsgi_finishes_requests_in_hand_and_takes_long_tokens():
    settings = configparser.RawConfigParser()
    settings.read(ETC / "wsgi/uwsgi.ini")
    found = settings["uwsgi"]
    assert found["hook-master-start"] == "unix_signal:15 gracefully_kill_them_all"
    assert "die-on-term" not in found
    assert int(found["buffer-size"]) >= 16 * 1024
    assert found["processes"] == "1"


def test_proxy_passes_on_nothing_that_clients_say_of_themselves():
    text = (ETC / "nginx/ceilobatch-api.conf").read_text()
    for header in ("Forwarded", "X-Forwarded-Host", "X-Forwarded-Prefix"):
        assert f'proxy_set_header {header} "";' in text


def test_container_runs_a_script_that_is_installed():
    text = (ETC / "container/Containerfile").read_text()
    command = json.loads(re.findall(r"^CMD (.*)$", text, re.MULTILINE)[-1])
    assert re.search(rf"^ +{command[0]} = ", SCRIPTS.read_text(), re.MULTILINE)


def test_logging_configuration_writes_a_json_object_a_line(tmp_path, monkeypatch):
    stream = io.StringIO()
    monkeypatch.setattr("sys.stderr", stream)
    known = {name: logging.getLogger(name) for name in ("", "ceilobatch", "amqp", "alembic")}
    before = {
        name: (one.level, one.handlers[:], one.propagate, one.disabled)
        for name, one in known.items()
    }
    file = tmp_path / "ceilobatch.conf"
    file.write_text(f"[DEFAULT]\nlog_config_append = {ETC}/ceilobatch/logging.conf.sample\n")
    try:
        config.setup_logging(config.load([str(file)]))
        logging.getLogger("ceilobatch.agent").info("Consuming from %s", "here")
        logging.getLogger("amqp").info("nothing that operators want to know")
    finally:
        for name, (level, handlers, propagate, disabled) in before.items():
            one = known[name]
            one.setLevel(level)
            one.handlers, one.propagate, one.disabled = handlers, propagate, disabled
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [line["message"] for line in lines] == ["Consuming from here"]
