# SPDX-License-Identifier: Apache-2.0
"""Ten broken metric files: what the daemon prints before it ends."""

import pathlib
from typing import NamedTuple

import pytest

from .processor_process import Processor


class Broken(NamedTuple):
    """A file and what has to be said of it, one beginning of a sentence for each mistake."""

    collector: str
    text: str
    told: list[str]


NUMBER = "is neither a number nor a fraction such as 1/1024"
FILES = {
    "cut_off": Broken(
        "sql",
        "metrics:\n  vcpus: {unit: vcpu\n  memory: {unit: MiB}\n",
        [", line 3: this is not YAML: expected ',' or '}', but got ':'"],
    ),
    "no_metrics": Broken(
        "gnocchi",
        "vcpus:\n  unit: vcpu\n  extra_args: {resource_type: instance}\n",
        [": there is no mapping of names to metrics under metrics"],
    ),
    "misspelt": Broken(
        "sql",
        "metrics:\n  memory:\n    units: MiB\n    facter: 1/1024\n",
        [
            ", line 2: metric 'memory': unit is required",
            ", line 3: metric 'memory': units: there is no such key (there are unit, factor, ",
            ", line 4: metric 'memory': facter: there is no such key (there are unit, ",
        ],
    ),
    "numbers": Broken(
        "sql",
        "metrics:\n"
        "  a: {unit: u, factor: 1/0}\n"
        "  b: {unit: u, offset: half}\n"
        "  c: {unit: u, factor: __import__('os').getpid()}\n",
        [
            f", line 2: metric 'a': factor: '1/0' {NUMBER}",
            f", line 3: metric 'b': offset: 'half' {NUMBER}",
            f", line 4: metric 'c': factor: \"__import__('os').getpid()\" {NUMBER}",
        ],
    ),
    "mutations": Broken(
        "sql",
        "metrics:\n"
        "  a: {unit: u, mutate: ROUND}\n"
        "  b: {unit: u, mutate: MAP}\n"
        "  c: {unit: u, mutate: FLOOR, mutate_map: {0: 1}}\n",
        [
            ", line 2: metric 'a': mutate: 'ROUND' is not one of NONE, NUMBOOL, ",
            ", line 3: metric 'b': mutate: MAP needs a mutate_map, which is missing",
            ", line 4: metric 'c': mutate_map: this is for mutate: MAP, but mutate is FLOOR",
        ],
    ),
    "one_name_twice": Broken(
        "prometheus",
        "metrics:\n"
        "  node_memory: {unit: MiB, alt_name: memory}\n"
        "  libvirt_memory: {unit: MiB, alt_name: memory}\n",
        [
            ", line 3: metric 'libvirt_memory': alt_name: usage of this metric would be stored as "
            "'memory', as that of "
        ],
    ),
    "lost_by_repetition": Broken(
        "sql",
        "metrics:\n  vcpus: {unit: instance}\n  memory: {unit: MiB}\n  vcpus: {unit: vcpu}\n",
        [", line 4: metric 'vcpus': this name stands here more than once; several mappings "],
    ),
    "arguments_of_gnocchi": Broken(
        "gnocchi",
        "metrics:\n"
        "  vcpus: {unit: vcpu}\n"
        "  memory:\n"
        "    unit: MiB\n"
        "    extra_args:\n"
        "      resource_type: instance\n"
        "      aggregation_method: biggest\n"
        "      force_granularity: hourly\n"
        "      query_function: abs\n",
        [
            ", line 2: metric 'vcpus': extra_args: resource_type: it is required",
            ", line 9: metric 'memory': extra_args: query_function: there is no such argument of "
            "the collector gnocchi (there are resource_type, ",
            ", line 7: metric 'memory': extra_args: aggregation_method: 'biggest' is not one of ",
            ", line 8: metric 'memory': extra_args: force_granularity: 'hourly' is not a number ",
        ],
    ),
    "arguments_of_prometheus": Broken(
        "prometheus",
        "metrics:\n"
        "  cpu:\n"
        "    unit: instance\n"
        "    extra_args: {aggregation_method: last, range_function: slope, query_suffix: 7}\n",
        [
            ", line 4: metric 'cpu': extra_args: aggregation_method: 'last' is not one of avg, ",
            ", line 4: metric 'cpu': extra_args: range_function: 'slope' is not one of changes, ",
            ", line 4: metric 'cpu': extra_args: query_suffix: 7 is not a text",
        ],
    ),
    "of_another_collector": Broken(
        "sql",
        "metrics:\n"
        "  vcpus:\n"
        "    unit: vcpu\n"
        "    groupby: resource_id\n"
        "    extra_args: {resource_type: instance, aggregation_method: 95pct}\n",
        [
            ", line 5: metric 'vcpus': extra_args: resource_type: the collector sql has no such ",
            ", line 5: metric 'vcpus': extra_args: aggregation_method: '95pct' is not one of max, ",
            ", line 4: metric 'vcpus': groupby: 'resource_id' is not a list of texts",
        ],
    ),
}


@pytest.fixture(scope="module")
def daemons(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Processor]:
    """One for each file, started side by side."""
    directory = tmp_path_factory.mktemp("broken")
    return {name: _start(directory / name, broken) for name, broken in FILES.items()}


def _start(directory: pathlib.Path, broken: Broken) -> Processor:
    directory.mkdir()
    file = directory / "metrics.yml"
    file.write_text(broken.text)
    options = {"collector": broken.collector, "scopes": "static", "metrics_files": file}
    groups: dict[str, dict[str, object]] = {
        "processor": dict(options),
        "storage_sql": {"connection": f"sqlite:///{directory}/store.db"},
        "collector_gnocchi": {"auth_type": "gnocchi-basic", "user": "a", "endpoint": "http://b"},
        "collector_prometheus": {"url": "http://127.0.0.1:1"},
        "scopes_static": {"ids": "one"},
    }
    return Processor(directory, groups).start()


@pytest.mark.parametrize("name", FILES)
def test_everything_that_is_wrong_is_printed_and_nothing_else(
    daemons: dict[str, Processor], name: str
) -> None:
    daemon = daemons[name]
    assert daemon.process is not None
    assert daemon.process.wait(60) == 1
    printed = daemon.read_log()
    lines = printed.splitlines()
    start = f"ceilobatch-processor: error: {daemon.directory / 'metrics.yml'}"
    told = FILES[name].told
    assert len(lines) == len(told), printed
    for line, sentence in zip(lines, told, strict=True):
        assert line.startswith(start + sentence), printed
