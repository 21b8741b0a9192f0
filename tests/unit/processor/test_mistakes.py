# SPDX-License-Identifier: Apache-2.0
"""What a user may get wrong is refused before anything is started, in one sentence each."""

from pathlib import Path
from typing import Any

import pytest

from ceilobatch import config, errors
from ceilobatch.processor import assembly


def refused(tmp_path: Path, **changes: Any) -> list[str]:
    metrics = tmp_path / "metrics.yml"
    metrics.write_text('{"metrics": {"cpu": {"unit": "instance"}}}')
    groups: dict[str, dict[str, Any]] = {
        "DEFAULT": {"state_path": tmp_path / "state"},
        "processor": {"collector": "fixed", "scopes": "fixed", "metrics_files": metrics},
    }
    for group, options in changes.items():
        groups.setdefault(group, {}).update(options)
    file = tmp_path / "ceilobatch.conf"
    file.write_text(
        "\n".join(
            line
            for group, options in groups.items()
            for line in (f"[{group}]", *(f"{name} = {value}" for name, value in options.items()))
        )
    )
    try:
        assembly.refuse_what_cannot_work(config.load([str(file)]))
    except errors.ConfigurationError as error:
        return list(error.problems)
    return []


def test_what_is_right_is_not_refused(tmp_path: Path) -> None:
    assert refused(tmp_path) == []


@pytest.mark.parametrize(
    ("group", "option", "value", "sentence"),
    [
        ("processor", "collector", "nosuch", "[processor] collector: no plugin 'nosuch'"),
        ("processor", "scopes", "nosuch", "[processor] scopes: no plugin 'nosuch'"),
        ("processor", "scopes", "", "[processor] scopes: there has to be at least one"),
        ("processor", "handlers", "nosuch", "[processor] handlers: no plugin 'nosuch'"),
        ("processor", "handlers", "", "[processor] handlers: there has to be at least one"),
        ("processor", "storage", "nosuch", "[processor] storage: no plugin 'nosuch'"),
        ("processor", "start", "yesterday", "[processor] start: 'yesterday' is not an ISO 8601"),
        ("processor", "metrics_files", "absent.yml", "[processor] metrics_files: there is no file"),
        ("processor", "workers", "0", "[processor] workers: "),
        ("collector_fixed", "points", "-1", "[collector_fixed] points: Should be greater than"),
        ("scopes_fixed", "count", "few", "[scopes_fixed] count: 'few' is not a whole number"),
        ("usage_sql", "connection", "bogus://host", "[usage_sql] connection: 'bogus' is not"),
        ("coordination", "url", "memcached://host", "[coordination] url: 'memcached' is no"),
        ("coordination", "url", "redis://host:port", "[coordination] url: Port could not be"),
        ("coordination", "lease", "1", "[coordination] lease: Should be greater than"),
    ],
)
def test_a_mistake_is_one_sentence(
    tmp_path: Path, group: str, option: str, value: str, sentence: str
) -> None:
    (problem,) = refused(tmp_path, **{group: {option: value}})
    assert problem.startswith(sentence)


def test_all_mistakes_are_told_together(tmp_path: Path) -> None:
    problems = refused(
        tmp_path,
        processor={"scopes": "nosuch", "start": "yesterday", "storage": "nosuch"},
        coordination={"url": "redis://"},
    )
    assert [problem.partition(":")[0] for problem in problems] == [
        "[processor] scopes",
        "[processor] storage",
        "[processor] start",
        "[coordination] url",
    ]
