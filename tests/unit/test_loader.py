# SPDX-License-Identifier: Apache-2.0
"""Plugins out of installed packages: good ones, missing ones and broken ones."""

import sys
import textwrap

import pytest
from oslo_config import cfg

from ceilobatch import errors, opts
from ceilobatch.plugins import loader
from ceilobatch.telemetry.calls import CallRegistry

ENTRY_POINTS = """
[ceilobatch.storage]
acme = acme_storage:Acme
unimportable = acme_missing:Nothing
unconstructible = acme_storage:Unconstructible
picky = acme_storage:Picky
obstacle = acme_storage:Obstacle
"""

MODULE = """
from oslo_config import cfg
from ceilobatch import errors
from ceilobatch.model import STORED
from ceilobatch.plugins.base import Storage


class Acme(Storage):
    '''Stores at Acme's.'''

    options = (("storage_acme", [cfg.IntOpt("anvils", default=3, help="How many.")]),)

    def store(self, items):
        return [STORED] * len(items)

    def probe(self):
        pass


class Unconstructible(Acme):
    def __init__(self, conf):
        raise OSError("no anvils")


class Picky(Acme):
    def __init__(self, conf):
        super().__init__(conf)
        if conf.storage_acme.anvils < 1:
            raise errors.ConfigurationError("[storage_acme] anvils: at least one is needed")

    def store(self, items):
        raise errors.Unavailable("[storage_acme] anvils: all are in use")


class Obstacle(Acme):
    options = (("storage_acme_west", [cfg.StrOpt("anvils", help="Not a number.")]),)
"""


@pytest.fixture
def third_party(tmp_path, monkeypatch):
    """A package of somebody else, installed."""
    package = tmp_path / "acme-1.2.dist-info"
    package.mkdir()
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: acme\nVersion: 1.2\n")
    (package / "entry_points.txt").write_text(ENTRY_POINTS)
    (tmp_path / "acme_storage.py").write_text(textwrap.dedent(MODULE))
    monkeypatch.syspath_prepend(str(tmp_path))
    # Stevedore caches what is installed, by sys.path, in memory.
    from stevedore import _cache

    monkeypatch.setattr(_cache, "_c", _cache.Cache(str(tmp_path / "cache")))
    from stevedore.extension import ExtensionManager

    monkeypatch.setattr(ExtensionManager, "ENTRY_POINT_CACHE", {})
    yield
    sys.modules.pop("acme_storage", None)


def make_conf(*files):
    conf = cfg.ConfigOpts()
    conf([], default_config_files=[str(file) for file in files])
    return conf


@pytest.mark.usefixtures("third_party")
def test_third_party_driver_is_constructed_with_its_options_and_measured():
    conf, calls = make_conf(), CallRegistry()
    driver = loader.construct(conf, loader.STORAGE, "acme", "[storage] events", calls)
    assert conf.storage_acme.anvils == 3
    driver.store([1, 2])
    assert calls.snapshot()[loader.STORAGE, "acme", "store"].items == 2


@pytest.mark.usefixtures("third_party")
@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("unimportable", "does not load: ModuleNotFoundError: No module named 'acme_missing'"),
        ("unconstructible", "cannot be constructed: OSError: no anvils"),
    ],
)
def test_broken_driver_is_one_sentence_that_names_option_and_namespace(name, reason):
    with pytest.raises(errors.ConfigurationError) as caught:
        loader.construct(make_conf(), loader.STORAGE, name, "[storage] events", CallRegistry())
    (problem,) = caught.value.problems
    assert problem == (
        f"[storage] events: the plugin {name!r} of the namespace ceilobatch.storage {reason}"
    )


@pytest.mark.usefixtures("third_party")
def test_driver_is_constructed_again_with_a_label_and_options_of_its_own(tmp_path):
    file = tmp_path / "acme.conf"
    file.write_text("[storage_acme]\nanvils = 7\n[storage_acme_west]\nanvils = 8\n")
    conf, calls = make_conf(file), CallRegistry()
    plain, west, east = (
        loader.construct(conf, loader.STORAGE, name, "[storage] events", calls)
        for name in ("acme", "acme:west", "acme:east")
    )
    assert [one.conf.storage_acme.anvils for one in (plain, west, east)] == [7, 8, 3]
    assert conf.storage_acme_east.anvils == 3
    west.store([1, 2])
    assert calls.snapshot()[loader.STORAGE, "acme:west", "store"].items == 2
    assert calls.snapshot()[loader.STORAGE, "acme", "store"].calls == 0


@pytest.mark.usefixtures("third_party")
def test_what_a_driver_says_of_its_options_names_those_of_its_label(tmp_path):
    file = tmp_path / "acme.conf"
    file.write_text("[storage_acme_west]\nanvils = 0\n")
    conf, calls = make_conf(file), CallRegistry()
    with pytest.raises(errors.ConfigurationError) as caught:
        loader.construct(conf, loader.STORAGE, "picky:west", "[storage] events", calls)
    assert caught.value.problems == ["[storage_acme_west] anvils: at least one is needed"]
    east = loader.construct(conf, loader.STORAGE, "picky:east", "[storage] events", calls)
    with pytest.raises(errors.Unavailable) as away:
        east.store([1])
    assert str(away.value) == "picky:east: [storage_acme_east] anvils: all are in use"
    assert calls.snapshot()[loader.STORAGE, "picky:east", "store"].errors == 1


@pytest.mark.usefixtures("third_party")
def test_label_that_makes_the_group_of_another_driver_is_refused():
    conf, calls = make_conf(), CallRegistry()
    loader.construct(conf, loader.STORAGE, "obstacle", "[storage] events", calls)
    with pytest.raises(errors.ConfigurationError, match="'acme:west' cannot have its options"):
        loader.construct(conf, loader.STORAGE, "acme:west", "[storage] events", calls)


@pytest.mark.usefixtures("third_party")
def test_only_storage_drivers_have_labels():
    with pytest.raises(errors.ConfigurationError, match="no plugin 'file:second'"):
        loader.load(loader.RECOVERY, "file:second", "[recovery] backend")


@pytest.mark.usefixtures("third_party")
def test_installed_plugins_are_described_with_package_version_and_error():
    described = {one.name: one for one in loader.describe(loader.STORAGE)}
    acme = described["acme"]
    assert (acme.package, acme.version, acme.error) == ("acme", "1.2", "")
    assert acme.summary == "Stores at Acme's."
    assert described["unimportable"].error.startswith("ModuleNotFoundError")


@pytest.mark.usefixtures("third_party")
def test_options_of_third_parties_are_listed_for_the_sample_configuration():
    listed = dict(opts.list_opts())
    assert [option.name for option in listed["storage_acme"]] == ["anvils"]
    assert "notification" in listed
