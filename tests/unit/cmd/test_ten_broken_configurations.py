# SPDX-License-Identifier: Apache-2.0
"""Ten configurations that cannot work, and the line with which ``check`` tells each mistake."""

import json
from pathlib import Path
from typing import NamedTuple

import pytest

from ceilobatch.plugins import loader
from tests.unit.cmd.running import Run


class Broken(NamedTuple):
    """A configuration, and what is printed: ``FILE``, ``DEFINITIONS`` stand for the files,
    ``STORAGE``, ``TRANSPORTS`` for the names of what is installed.

    :ivar text: behind ``[DEFAULT]`` with a state directory, which takes two lines.
    :ivar definitions: of a file that the text names.
    """

    text: str
    what: str
    line: str
    definitions: str = ""


TEN = {
    "a number that is none": Broken(
        "[notification]\nworkers = many\n",
        "configuration",
        "FILE, line 4: [notification] workers: 'many' is not a whole number",
    ),
    "a line that is no option": Broken(
        "[storage]\nevents sql\n",
        "configuration",
        "FILE, line 4: 'events sql' is neither [group] nor option = value",
    ),
    "a driver that is not installed": Broken(
        "[storage]\nevents = mongodb\n",
        "[storage] events: mongodb",
        "FILE, line 4: [storage] events: no plugin 'mongodb' in the namespace ceilobatch.storage "
        "(installed: STORAGE)",
    ),
    "a label without a database": Broken(
        "[storage]\nsamples = sql:archive\n[storage_sql_archive]\nstatement_timeout = 9\n",
        "construct [storage] samples: sql:archive",
        "FILE, line 5: [storage_sql_archive] connection is needed: empty, it would stand for the "
        "file ceilobatch.sqlite, which belongs to the driver without a label",
    ),
    "a driver that stores something else": Broken(
        "[storage]\nevents = gnocchi\n",
        "[storage] events: gnocchi",
        "FILE, line 4: [storage] events: the driver 'gnocchi' stores no events: take it out of "
        "the list",
    ),
    "a database that nobody knows": Broken(
        "[storage_sql]\nconnection = oracle://u:s3cret@host/d\n",
        "construct [storage] events, samples: sql",
        "FILE, line 4: [storage_sql] connection: 'oracle' is not a database that is known here "
        "(sqlite, postgresql, mysql, mariadb)",
    ),
    "a bus that nobody speaks to": Broken(
        "[notification]\nurls = rabit://u:s3cret@host:5672/\n",
        "bus",
        "FILE, line 4: [notification] urls: no messaging driver 'rabit' (installed: TRANSPORTS)",
    ),
    "a trait of no type": Broken(
        "[events]\ndefinitions = DEFINITIONS\n",
        "[events] definitions",
        "DEFINITIONS, line 3: event definition of a.b: traits.size: there is no type 'number' "
        "(there are text, int, float, datetime)",
        "- event_type: a.b\n  traits:\n    size:\n      fields: payload.size\n      type: number\n",
    ),
    "a coordinator without groups": Broken(
        "[coordination]\nurl = mysql://u:s3cret@host/d\n",
        "[coordination] url",
        "FILE, line 4: [coordination] url: 'mysql' is no backend that knows groups of members "
        "(there are: file, redis, etcd3+http, etcd3+https, kazoo, zookeeper)",
    ),
    "a log that has no place": Broken(
        "log_file = /nonexistent/agent.log\n",
        "logging",
        "FILE, line 3: [DEFAULT] log_file: there is no directory /nonexistent: make it, or name "
        "another",
    ),
}


@pytest.mark.parametrize("name", TEN)
def test_mistake_is_one_line_with_file_key_and_what_to_do(
    name: str, bare: Run, tmp_path: Path
) -> None:
    broken = TEN[name]
    file, definitions = tmp_path / "ceilobatch.conf", tmp_path / "definitions.yaml"
    definitions.write_text(broken.definitions)
    text = broken.text.replace("DEFINITIONS", str(definitions))
    file.write_text(f"[DEFAULT]\nstate_path = {tmp_path}/state\n{text}")
    answer = bare("--config-file", str(file), "check", "-f", "json")
    wrong = [row for row in json.loads(answer.out) if row["result"] == "error"]
    line = broken.line.replace("FILE", str(file)).replace("DEFINITIONS", str(definitions))
    for namespace in ("STORAGE", "TRANSPORTS"):
        line = line.replace(namespace, ", ".join(loader.names(getattr(loader, namespace))))
    assert wrong == [{"what": broken.what, "result": "error", "detail": line}]
    assert answer.code == 1
    assert answer.err == ""
    assert "Traceback" not in answer.out
    assert "s3cret" not in answer.out


def test_ten_are_ten() -> None:
    assert len(TEN) == 10
