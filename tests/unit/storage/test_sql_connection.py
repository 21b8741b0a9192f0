# SPDX-License-Identifier: Apache-2.0
"""What the SQL storage says of settings that cannot work."""

import sys
from pathlib import Path

import pytest
from oslo_config import cfg

from ceilobatch import errors, state
from ceilobatch.plugins.storage import sql_query
from ceilobatch.plugins.storage.sql import SqlStorage
from ceilobatch.plugins.storage.sql_connection import database_url


def configure(url: str, path: object = "/nonexistent") -> cfg.ConfigOpts:
    conf = cfg.ConfigOpts()
    conf([], default_config_files=[], default_config_dirs=[])
    conf.register_opts(state.OPTIONS)
    for group, options in SqlStorage.options:
        conf.register_opts(options, group=group)
    conf.set_override("connection", url, "storage_sql")
    conf.set_override("state_path", str(path))
    return conf


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("nonsense", "cannot be read as the URL"),
        ("postgresql://user:geheim@host:port/db", "cannot be read as the URL"),
        ("oracle://user:geheim@host/db", "'oracle' is not a database that is known here"),
        ("postgresql+psycopg2://user:geheim@host/db", r"write postgresql\+psycopg://"),
        ("mysql+mysqldb://user:geheim@host/db", r"write mysql\+pymysql://"),
        ("sqlite://", "needs a file"),
        ("sqlite:///:memory:", "needs a file"),
        ("sqlite:////nonexistent/directory/file", "there is no directory"),
        ("sqlite:////tmp", "is a directory"),
    ],
)
def test_wrong_connection_is_refused_with_one_sentence(url, sentence):
    with pytest.raises(errors.ConfigurationError, match=sentence) as caught:
        SqlStorage(configure(url))
    assert len(caught.value.problems) == 1
    assert caught.value.problems[0].startswith("[storage_sql] connection")
    assert "geheim" not in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "module", "extra"),
    [
        ("postgresql://user:geheim@host/db", "psycopg", "postgresql"),
        ("mysql://user:geheim@host/db", "pymysql", "mysql"),
    ],
)
def test_missing_driver_is_told_with_the_extra_to_install(monkeypatch, url, module, extra):
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(errors.ConfigurationError) as caught:
        SqlStorage(configure(url))
    assert f"ceilobatch[{extra}]" in str(caught.value)
    assert "geheim" not in str(caught.value)


def test_default_is_a_file_below_the_state_path(tmp_path):
    storage = SqlStorage(configure("", tmp_path / "state"))
    storage.probe()
    storage.close()
    assert (tmp_path / "state" / "ceilobatch.sqlite").exists()


@pytest.mark.parametrize(
    ("written", "used"),
    [
        ("postgresql://h/d", "postgresql+psycopg://h/d"),
        ("postgresql+psycopg://h/d?sslmode=require", "postgresql+psycopg://h/d?sslmode=require"),
        ("mysql://h/d", "mysql+pymysql://h/d"),
        ("mariadb://h/d", "mysql+pymysql://h/d"),
    ],
)
def test_driver_is_chosen_for_the_operator(written, used):
    assert str(database_url(configure(written))) == used


def test_reading_does_not_make_a_database(tmp_path: Path):
    conf = configure(f"sqlite:///{tmp_path}/absent.sqlite")
    with pytest.raises(errors.Unavailable, match="there is no database"):
        list(sql_query.list_events(conf))
    assert not list(tmp_path.iterdir())
