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
"""

MODULE = """
from oslo_config import cfg
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


def make_conf():
    conf = cfg.ConfigOpts()
    conf([], default_config_files=[])
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
