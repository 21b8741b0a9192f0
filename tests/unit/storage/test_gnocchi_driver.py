# SPDX-License-Identifier: Apache-2.0
"""What the storage driver ``gnocchi`` declares and refuses before it has met a Gnocchi."""

from pathlib import Path

import pytest
from oslo_config import cfg

from ceilobatch import errors
from ceilobatch.model import Event, Sample
from ceilobatch.plugins import instance, loader
from ceilobatch.plugins.base import Storage, StorageCharacteristics
from ceilobatch.plugins.storage.gnocchi import GnocchiStorage
from ceilobatch.recovery.late import LateData
from ceilobatch.telemetry.calls import CallRegistry

BASIC = {"auth_type": "gnocchi-basic", "user": "admin", "endpoint": "http://127.0.0.1:1"}


def configured(tmp_path: Path, group: str = "storage_gnocchi", **options: object) -> cfg.ConfigOpts:
    file = tmp_path / "ceilobatch.conf"
    file.write_text("\n".join([f"[{group}]", *(f"{k} = {v}" for k, v in options.items()), ""]))
    conf = cfg.ConfigOpts()
    conf([], project="ceilobatch", default_config_files=[str(file)], default_config_dirs=[])
    return conf


def construct(conf: cfg.ConfigOpts, name: str = "gnocchi") -> Storage:
    driver: Storage = loader.construct(
        conf, loader.STORAGE, name, "[storage] samples", CallRegistry()
    )
    return driver


def declared(conf: cfg.ConfigOpts, name: str = "gnocchi") -> StorageCharacteristics:
    return GnocchiStorage.declares(loader.configured(conf, GnocchiStorage, name))


def test_it_takes_samples_only_and_recognises_none(tmp_path: Path) -> None:
    found = declared(configured(tmp_path, **BASIC))
    assert Sample in found.accepts
    assert Event not in found.accepts
    assert found.idempotent
    assert not found.recognises


def test_lateness_is_that_of_its_own_file(tmp_path: Path) -> None:
    assert declared(configured(tmp_path, **BASIC)).late_after == 86400
    file = tmp_path / "resources.yaml"
    file.write_text("resources: [{resource_type: a, metrics: [b]}]\n")
    conf = configured(tmp_path, "storage_gnocchi_second", resources_file=file, **BASIC)
    assert declared(conf).late_after == 86400
    assert declared(conf, "gnocchi:second").late_after == 0
    assert list(LateData([("gnocchi:second", declared(conf, "gnocchi:second"))]).problems()) == []


def test_no_authentication_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(errors.ConfigurationError, match=r"\[storage_gnocchi\]: auth_type is empty"):
        construct(configured(tmp_path))


def test_wrong_file_is_a_sentence_that_names_it(tmp_path: Path) -> None:
    file = tmp_path / "resources.yaml"
    file.write_text("resources: []\n")
    conf = configured(tmp_path, "storage_gnocchi_second", resources_file=file, **BASIC)
    with pytest.raises(errors.ConfigurationError) as caught:
        construct(conf, "gnocchi:second")
    assert caught.value.problems == [
        f"[storage_gnocchi_second] resources_file: there is no metric in {file}"
    ]


def test_nobody_there_is_unavailable_and_named(tmp_path: Path) -> None:
    options = {**BASIC, "timeout": 2}
    conf = configured(tmp_path, "storage_gnocchi_second", **options)
    driver = construct(conf, "gnocchi:second")
    assert instance.label_of(driver.conf) == "second"
    with pytest.raises(errors.Unavailable, match="gnocchi:second: Gnocchi: "):
        driver.probe()
    driver.close()
