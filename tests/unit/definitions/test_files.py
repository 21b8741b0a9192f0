# SPDX-License-Identifier: Apache-2.0
"""Which definition files are read, in which order, and what is wrong with them."""

import pytest

from ceilobatch import errors
from ceilobatch.definitions import load, packaged

from .conftest import write
from .sent import sample, traits


def event_file(trait):
    return f"- {{event_type: thing.made, traits: {{{trait}: publisher_id}}}}"


def meter_file(unit, name="things"):
    return f"""
metric:
- {{name: {name}, type: gauge, unit: {unit}, event_type: thing, volume: 1,
   resource_id: publisher_id}}
"""


def trait_of(definitions):
    (name,) = set(traits(definitions)) - {"service"}
    return name


def test_of_a_directory_the_yaml_files_are_read_in_sorted_order(load_events):
    definitions = load_events(
        {"b.yaml": event_file("b"), "a.yaml": event_file("a"), "c.yml": event_file("c")}
    )
    assert trait_of(definitions) == "b"


def test_later_files_of_the_list_win_for_events(conf, calls, tmp_path):
    first = write(tmp_path / "z", event_file("first"))
    (tmp_path / "a.txt").write_text(event_file("second"))
    conf.set_override("definitions", [first, str(tmp_path / "a.txt")], "events")
    assert trait_of(load.load_events(conf, calls)) == "second"


def test_earlier_files_of_the_list_win_for_meters(conf, calls, tmp_path):
    first = write(tmp_path / "z", {"a.yaml": meter_file("first"), "b.yaml": meter_file("third")})
    second = write(tmp_path / "a", meter_file("second"))
    conf.set_override("definitions", [first, second], "meters")
    assert sample(load.load_meters(conf, calls)).unit == "first"


def test_within_a_file_the_later_definition_of_a_meter_wins(load_meters):
    text = meter_file("first") + meter_file("second").replace("metric:", "")
    assert sample(load_meters(text)).unit == "second"


def test_without_a_setting_the_operators_definitions_win_over_the_packaged(
    conf, calls, tmp_path, monkeypatch
):
    monkeypatch.setattr(packaged, "OPERATOR", tmp_path / "operator")
    monkeypatch.setattr(packaged, "directory", lambda name: tmp_path / "packaged" / name)
    write(tmp_path / "packaged" / "events.d", event_file("packaged"))
    write(tmp_path / "packaged" / "meters.d", meter_file("packaged"))
    assert trait_of(load.load_events(conf, calls)) == "packaged"
    assert sample(load.load_meters(conf, calls)).unit == "packaged"
    write(tmp_path / "operator" / "events.d", event_file("operator"))
    write(tmp_path / "operator" / "meters.d", meter_file("operator"))
    assert trait_of(load.load_events(conf, calls)) == "operator"
    assert sample(load.load_meters(conf, calls)).unit == "operator"


def test_a_source_tree_has_its_definitions_beside_the_package():
    for name in ("events.d", "meters.d"):
        directory = packaged.directory(name)
        assert directory.is_dir()
        assert directory.parts[-3:] == ("etc", "ceilobatch", name)


def test_an_installation_has_its_definitions_under_the_prefix(tmp_path, monkeypatch):
    monkeypatch.setattr(packaged, "__file__", str(tmp_path / "lib" / "ceilobatch" / "x" / "y.py"))
    monkeypatch.setattr(packaged.sysconfig, "get_path", lambda _: str(tmp_path / "data"))
    monkeypatch.setattr(packaged.sys, "prefix", str(tmp_path / "prefix"))
    with pytest.raises(errors.ConfigurationError) as refused:
        packaged.directory("events.d")
    assert str(tmp_path / "prefix" / "etc" / "ceilobatch") in str(refused.value)
    for root in ("prefix", "data"):
        expected = tmp_path / root / "etc" / "ceilobatch" / "events.d"
        expected.mkdir(parents=True)
        assert packaged.directory("events.d") == expected


def refused_by(loading, conf, calls):
    with pytest.raises(errors.ConfigurationError) as refused:
        loading(conf, calls)
    return refused.value.problems


def test_a_path_that_does_not_exist_is_refused_with_its_option(conf, calls, tmp_path):
    for group, loading in [("events", load.load_events), ("meters", load.load_meters)]:
        conf.set_override("definitions", [f"{tmp_path}/no.yaml"], group)
        assert refused_by(loading, conf, calls) == [
            f"[{group}] definitions: there is no file or directory {tmp_path}/no.yaml"
        ]


def test_a_path_that_leads_through_a_file_is_refused(conf, calls, tmp_path):
    (tmp_path / "file").write_text("")
    conf.set_override("definitions", [f"{tmp_path}/file/below"], "events")
    assert refused_by(load.load_events, conf, calls) == [
        f"[events] definitions: {tmp_path}/file/below cannot be read: Not a directory"
    ]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"- a: [1\n- b", ", line 2: this is not YAML: "),
        (b"- a: *nowhere", ", line 1: this is not YAML: found undefined alias 'nowhere'"),
        (b"- a: !strange x", ", line 1: this is not YAML: could not determine a constructor"),
        (b"- {[a]: b}", ", line 1: this is not YAML: found unhashable key"),
        (b"- a: \xff", ": this is not YAML: "),
        (b"- a: \x00", ": this is not YAML: "),
        (b"[" * 5000, ": this is nested too deeply"),
    ],
)
def test_what_is_not_yaml_is_refused_in_one_sentence(load_events, tmp_path, content, reason):
    (tmp_path / "events.d").mkdir()
    (tmp_path / "events.d" / "bad.yaml").write_bytes(content)
    with pytest.raises(errors.ConfigurationError) as refused:
        load_events({})
    (problem,) = refused.value.problems
    assert problem.startswith(f"{tmp_path}/events.d/bad.yaml{reason}")
    assert "\n" not in problem


def test_a_directory_in_place_of_a_file_is_refused(load_events, tmp_path):
    (tmp_path / "events.d" / "odd.yaml").mkdir(parents=True)
    with pytest.raises(errors.ConfigurationError) as refused:
        load_events({})
    (problem,) = refused.value.problems
    assert problem == f"{tmp_path}/events.d/odd.yaml: cannot be read: Is a directory"


def test_a_priority_that_does_not_exist_is_refused(conf):
    with pytest.raises(ValueError, match="loud"):
        conf.set_override("store_raw", ["loud"], "events")
