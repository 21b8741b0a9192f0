# SPDX-License-Identifier: Apache-2.0
"""Broken metric files, and everything that is said of each."""

from pathlib import Path

import pytest

from ceilobatch import errors
from ceilobatch.plugins.processing import Collector

from .metric_loading import Anything, Orchard, load, write

KNOWN = (
    "unit, factor, offset, alt_name, description, groupby, metadata, mutate, mutate_map, extra_args"
)


def refused(tmp_path: Path, *texts: str, collector: type[Collector] = Anything) -> list[str]:
    """What is said, without the directory."""
    with pytest.raises(errors.ConfigurationError) as caught:
        load(write(tmp_path, *texts), collector)
    return [problem.replace(f"{tmp_path}/", "") for problem in caught.value.problems]


def test_broken_1_no_metrics_at_the_top(tmp_path: Path) -> None:
    assert refused(tmp_path, "cpu: {unit: instance}\n") == [
        "a.yml: there is no mapping of names to metrics under metrics",
    ]


def test_broken_2_not_yaml(tmp_path: Path) -> None:
    assert refused(tmp_path, "metrics:\n  cpu: {unit: instance\n  ram: {unit: MiB}\n") == [
        "a.yml, line 3: this is not YAML: expected ',' or '}', but got ':'",
    ]


def test_broken_3_a_key_is_missing_and_another_misspelt(tmp_path: Path) -> None:
    text = """\
metrics:
  cpu:
    units: instance
    facter: 1/1024
"""
    assert refused(tmp_path, text) == [
        "a.yml, line 2: metric 'cpu': unit is required",
        f"a.yml, line 3: metric 'cpu': units: there is no such key (there are {KNOWN})",
        f"a.yml, line 4: metric 'cpu': facter: there is no such key (there are {KNOWN})",
    ]


def test_broken_4_numbers_that_are_none(tmp_path: Path) -> None:
    text = """\
metrics:
  a: {unit: u, factor: 1/0}
  b: {unit: u, factor: .nan, offset: .inf}
  c: {unit: u, factor: true, offset: "2 * 3"}
  d:
    unit: u
    factor: 1e1000000
    offset:
  e: {unit: u, factor: __import__('os').getpid()}
"""
    no = "is neither a number nor a fraction such as 1/1024"
    assert refused(tmp_path, text) == [
        f"a.yml, line 2: metric 'a': factor: '1/0' {no}",
        f"a.yml, line 3: metric 'b': factor: nan {no}",
        f"a.yml, line 3: metric 'b': offset: inf {no}",
        f"a.yml, line 4: metric 'c': factor: True {no}",
        f"a.yml, line 4: metric 'c': offset: '2 * 3' {no}",
        f"a.yml, line 7: metric 'd': factor: '1e1000000' {no}",
        f"a.yml, line 8: metric 'd': offset: null {no}",
        f"a.yml, line 9: metric 'e': factor: \"__import__('os').getpid()\" {no}",
    ]


def test_broken_5_lists_and_texts_that_are_none(tmp_path: Path) -> None:
    text = """\
metrics:
  a:
    unit: 5
    alt_name: ''
    description: [long]
    groupby: id
    metadata:
      - name
      - {colour: red}
      - ''
"""
    assert refused(tmp_path, text) == [
        "a.yml, line 4: metric 'a': alt_name: '' is not a text, or is empty",
        "a.yml, line 6: metric 'a': groupby: 'id' is not a list of texts",
        "a.yml, line 3: metric 'a': unit: 5 is not a text, or is empty",
        "a.yml, line 9: metric 'a': metadata: an object is not a text, or is empty",
        "a.yml, line 10: metric 'a': metadata: '' is not a text, or is empty",
        "a.yml, line 5: metric 'a': description: a list is not a text, or is empty",
    ]


def test_broken_6_mutations(tmp_path: Path) -> None:
    text = """\
metrics:
  a: {unit: u, mutate: ROUND}
  b: {unit: u, mutate: MAP}
  c: {unit: u, mutate: FLOOR, mutate_map: {0: 1}}
  d: {unit: u, mutate: MAP, mutate_map: {}}
  e:
    unit: u
    mutate: MAP
    mutate_map:
      0: one
      up: 1
      1: 1
      1.0: 2
      "1/2": 3
      0.5: 4
"""
    no = "is neither a number nor a fraction such as 1/1024"
    known = "NONE, NUMBOOL, NOTNUMBOOL, FLOOR, CEIL, MAP"
    empty = "an object is not a mapping of numbers to numbers, or is empty"
    assert refused(tmp_path, text) == [
        f"a.yml, line 2: metric 'a': mutate: 'ROUND' is not one of {known}",
        "a.yml, line 3: metric 'b': mutate: MAP needs a mutate_map, which is missing",
        "a.yml, line 4: metric 'c': mutate_map: this is for mutate: MAP, but mutate is FLOOR",
        f"a.yml, line 5: metric 'd': mutate_map: {empty}",
        "a.yml, line 13: metric 'e': mutate_map.1.0: this key stands here more than once",
        f"a.yml, line 10: metric 'e': mutate_map.0: 'one' {no}",
        f"a.yml, line 11: metric 'e': mutate_map.up: 'up' {no}",
        "a.yml, line 15: metric 'e': mutate_map.0.5: this number is there more than once",
    ]


def test_broken_7_arguments_that_the_collector_does_not_take(tmp_path: Path) -> None:
    text = """\
metrics:
  a: {unit: u}
  b:
    unit: u
    extra_args:
      leaf: green
      tree: oak
  c: {unit: u, extra_args: [tree]}
"""
    assert refused(tmp_path, text, collector=Orchard) == [
        "a.yml, line 2: metric 'a': extra_args: tree is required",
        "a.yml, line 6: metric 'b': extra_args: leaf means nothing here",
        "a.yml, line 7: metric 'b': extra_args: tree: 'oak' does not grow here",
        "a.yml, line 8: metric 'c': extra_args: a list is not a mapping",
    ]


def test_broken_8_two_metrics_of_one_alt_name(tmp_path: Path) -> None:
    first = """\
metrics:
  cpu: {unit: instance, alt_name: instance}
  vcpus:
    - {unit: vcpu}
    - {unit: vcpu}
"""
    second = """\
metrics:
  memory:
    unit: MiB
    alt_name: instance
"""
    stored = "alt_name: usage of this metric would be stored as"
    advice = "give one of them another alt_name"
    assert refused(tmp_path, first, second) == [
        f"a.yml, line 5: metric 'vcpus': {stored} 'vcpus', as that of a.yml, line 4: "
        f"metric 'vcpus' is; {advice}",
        f"b.yml, line 4: metric 'memory': {stored} 'instance', as that of a.yml, line 2: "
        f"metric 'cpu' is; {advice}",
    ]


def test_broken_9_what_one_of_two_would_be_lost_of(tmp_path: Path) -> None:
    text = """\
metrics:
  cpu: {unit: instance}
  ram: {unit: MiB, factor: 1, unit: GiB}
  cpu:
    unit: vcpu
    extra_args:
      aggregation_method: max
      aggregation_method: mean
metrics: {}
"""
    more = "this key stands here more than once"
    assert refused(tmp_path, text.removesuffix("metrics: {}\n")) == [
        "a.yml, line 4: metric 'cpu': this name stands here more than once; "
        "several mappings of one are a list",
        f"a.yml, line 8: metric 'cpu': extra_args.aggregation_method: {more}",
        f"a.yml, line 3: metric 'ram': unit: {more}",
    ]
    assert refused(tmp_path, text) == [f"a.yml, line 9: metric file: metrics: {more}"]


def test_broken_10_metrics_that_are_none(tmp_path: Path) -> None:
    text = """\
metrics:
  a:
  b: []
  c: [{unit: u}, cpu]
  d: 5
  7: {unit: u}
  '': {unit: u}
collector: gnocchi
"""
    assert refused(tmp_path, text) == [
        "a.yml, line 8: metric file: collector: there is no such key, only metrics",
        "a.yml, line 2: metric 'a': this is not a mapping",
        "a.yml, line 3: metric 'b': this list is empty",
        "a.yml, line 4: metric 'c': this is not a mapping",
        "a.yml, line 5: metric 'd': this is not a mapping",
        "a.yml, line 6: metric 7: the name is not a text, or is empty",
        "a.yml, line 7: metric '': the name is not a text, or is empty",
    ]


def test_mistakes_of_all_files_are_told_together(tmp_path: Path) -> None:
    told = refused(tmp_path, "metrics: {a: {}}", "metrics: [", "metrics: {b: {unit: u, mutate: X}}")
    assert [one.partition(":")[0] for one in told] == [
        "a.yml, line 1",
        "b.yml, line 1",
        "c.yml, line 1",
    ]


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(errors.ConfigurationError) as caught:
        load([tmp_path / "none.yml", tmp_path])
    assert caught.value.problems == [
        f"[processor] metrics_files: there is no file {tmp_path}/none.yml",
        f"{tmp_path}: cannot be read: Is a directory",
    ]


@pytest.mark.parametrize("text", ["", "metrics: {}"])
def test_a_processor_without_metrics_is_refused(tmp_path: Path, text: str) -> None:
    assert refused(tmp_path, text, text) == [
        "[processor] metrics_files: there is no metric in a.yml, b.yml"
    ]
