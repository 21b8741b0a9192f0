# SPDX-License-Identifier: Apache-2.0
"""The sample configuration in the tree is what the code would generate now."""

import itertools
import pathlib
import re
import subprocess
import sys

GENERATOR = "etc/ceilobatch-config-generator.conf"
SAMPLE = "etc/ceilobatch/ceilobatch.conf.sample"


def own_options(sample: str) -> dict[str, list[str]]:
    """The lines of each group that come from our options.

    Those of the libraries change with their versions, which are not ours to fix.
    """
    groups: dict[str, list[str]] = {}
    group = namespace = ""
    for line in sample.splitlines():
        if heading := re.fullmatch(r"\[(\w+)\]", line):
            group = heading[1]
        elif origin := re.fullmatch(r"# From ([\w.]+)", line):
            namespace = origin[1]
        elif namespace == "ceilobatch" and line.strip("#"):
            groups.setdefault(group, []).append(line)
    return groups


def test_sample_configuration_is_up_to_date(root: pathlib.Path, tmp_path: pathlib.Path) -> None:
    generated = tmp_path / "generated"
    generate = (sys.executable, "-m", "oslo_config.generator", "--config-file", GENERATOR)
    subprocess.run([*generate, "--output-file", generated], cwd=root, check=True)
    expected = own_options(generated.read_text())
    assert expected
    assert own_options((root / SAMPLE).read_text()) == expected, "run 'tox -e genconfig'"


def test_sample_configuration_is_the_same_on_every_host(root: pathlib.Path) -> None:
    groups = own_options((root / SAMPLE).read_text())
    assert "#host = <your hostname>" in groups["DEFAULT"]
    lines = itertools.chain.from_iterable(groups.values())
    assert [line for line in lines if str(root) in line or sys.prefix in line] == []
