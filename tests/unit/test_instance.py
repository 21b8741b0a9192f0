# SPDX-License-Identifier: Apache-2.0
"""Names with labels, and the configuration as a labelled driver sees it."""

import pytest
from oslo_config import cfg

from ceilobatch import errors
from ceilobatch.plugins import instance

OPTIONS = [cfg.IntOpt("anvils", default=3), cfg.StrOpt("place", default="here")]


@pytest.fixture
def conf():
    conf = cfg.ConfigOpts()
    conf([], default_config_files=[], default_config_dirs=[])
    conf.register_opts([cfg.StrOpt("state_path", default="/state")])
    conf.register_opts(OPTIONS, group="storage_acme")
    conf.register_opts(OPTIONS, group="storage_acme_west")
    conf.register_opts([cfg.IntOpt("workers", default=1)], group="notification")
    conf.set_override("anvils", 1, "storage_acme")
    conf.set_override("anvils", 2, "storage_acme_west")
    return conf


@pytest.fixture
def west(conf):
    return instance.view(conf, "acme:west", ["storage_acme", "DEFAULT"])


@pytest.mark.parametrize(
    ("name", "driver", "label"),
    [("sql", "sql", ""), ("sql:archive", "sql", "archive"), ("my-sql:2_b", "my-sql", "2_b")],
)
def test_name_is_a_driver_and_perhaps_a_label(name, driver, label):
    assert instance.spelling(name, "[storage] events") == (driver, label)


@pytest.mark.parametrize(
    "name", ["sql:", ":a", ":", "sql:A", "sql:a:b", "sql:a-b", "sql: a", "sql:ä"]
)
def test_label_of_other_characters_is_refused_in_one_sentence(name):
    with pytest.raises(errors.ConfigurationError) as caught:
        instance.spelling(name, "[storage] samples")
    (problem,) = caught.value.problems
    assert problem == (
        f"[storage] samples: {name!r} is not a driver with a label, such as sql:archive; labels"
        " are of the characters a-z, 0-9 and _"
    )


def test_driver_without_a_label_gets_the_configuration_itself(conf):
    assert instance.view(conf, "acme", ["storage_acme"]) is conf
    assert instance.label_of(conf) == ""


def test_driver_with_a_label_finds_its_own_values_in_its_own_groups(conf, west):
    assert (west.storage_acme.anvils, west["storage_acme"]["place"]) == (2, "here")
    assert (west.state_path, west.notification.workers) == ("/state", 1)
    assert conf.storage_acme.anvils == 1
    assert instance.label_of(west) == "west"


def test_group_has_one_place_in_the_view(west):
    assert "storage_acme" in west
    assert "storage_other" not in west
    assert [name for name in west if "acme" in name] == ["storage_acme"]
    assert {"notification", "state_path"} < set(west)
    assert len(west) == len(list(west))


def test_driver_that_registers_or_overrides_options_does_so_in_its_own_groups(conf, west):
    west.register_opts([cfg.StrOpt("late", default="yes")], group="storage_acme")
    west.register_opt(cfg.StrOpt("later", default="too"), "storage_acme")
    west.set_override("place", "there", "storage_acme")
    assert (west.storage_acme.late, west.storage_acme.later) == ("yes", "too")
    assert conf.storage_acme_west.place == "there"
    assert conf.storage_acme.place == "here"
    assert "late" not in conf.storage_acme


def test_option_that_is_not_there_is_missing_as_in_any_configuration(west):
    with pytest.raises(cfg.NoSuchOptError):
        west.nothing  # noqa: B018
    with pytest.raises(cfg.NoSuchOptError):
        west.storage_acme.nothing  # noqa: B018


def test_default_group_is_shared(west):
    assert instance.group_name("DEFAULT", "west") == "DEFAULT"
    assert west.state_path == "/state"


def test_errors_name_the_groups_of_the_instance_and_when_away_the_instance(conf, west):
    with pytest.raises(errors.ConfigurationError) as caught, instance.naming(west):
        raise errors.ConfigurationError(["[storage_acme] place: no", "[notification] x: no"])
    assert caught.value.problems == ["[storage_acme_west] place: no", "[notification] x: no"]
    with pytest.raises(errors.Unavailable, match=r"^acme:west: gone$"), instance.naming(west):
        raise errors.Unavailable("gone")
    with pytest.raises(errors.Unavailable, match=r"^gone$"), instance.naming(conf):
        raise errors.Unavailable("gone")
