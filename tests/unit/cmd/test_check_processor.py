# SPDX-License-Identifier: Apache-2.0
"""``ceilobatch check`` looks at what the processor needs, too."""

import json
from pathlib import Path

import pytest

from ceilobatch.cmd.main import main


def check(capsys: pytest.CaptureFixture[str], file: Path, *arguments: str) -> dict[str, list[str]]:
    main(["--config-file", str(file), "check", *arguments, "-f", "json"])
    found: dict[str, list[str]] = {}
    for row in json.loads(capsys.readouterr().out):
        found.setdefault(row["what"], []).append(f"{row['result']}: {row['detail']}")
    return found


def configured(directory: Path, text: str) -> Path:
    file = directory / "ceilobatch.conf"
    file.write_text(f"[DEFAULT]\nstate_path = {directory / 'state'}\n{text}")
    return file


def test_embedded_defaults_are_found_in_order_also_when_nothing_is_there_yet(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = check(capsys, configured(tmp_path, ""), "--probe")
    assert found["probe [processor] scopes: sql"] == ["ok: 0 scopes"]
    assert found["probe [processor] storage: sql"] == ["ok: ready"]
    assert found["[coordination] url"] == ["ok: by files of this host"]
    assert {row.partition(":")[0] for rows in found.values() for row in rows} == {"ok"}


def test_every_mistake_is_told_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    metrics = tmp_path / "metrics.yml"
    metrics.write_text("metrics:\n  vcpus:\n    factor: much\n")
    file = configured(
        tmp_path,
        "[processor]\nscopes = static,nowhere\nstart = yesterday\n"
        f"metrics_files = {metrics}\n[coordination]\nurl = mysql://host/database\n",
    )
    found = check(capsys, file)
    assert "no plugin 'nowhere'" in found["[processor] scopes: nowhere"][0]
    assert "'yesterday' is not an ISO 8601 time" in found["[processor] start"][0]
    assert "'mysql' is no backend that knows groups" in found["[coordination] url"][0]
    assert len(found["[processor] metrics_files"]) == 2
    assert all(row.startswith("error: ") for row in found["[processor] metrics_files"])
