# SPDX-License-Identifier: Apache-2.0
"""What the pages name is there: options, commands with their options, configurations, extras."""

import argparse
import configparser
import importlib.metadata
import re
from collections.abc import Iterator

import pytest

from ceilobatch.cmd.main import NAMESPACE, CommandLine
from ceilobatch_tempest_plugin import config as tempest_config

from .pages import ROOT, SOURCE, blocks, pages, text

# Options of other projects, which a page says so of.
FOREIGN = {
    ("DEFAULT", "instance_usage_audit"),
    ("api", "auth_mode"),
    ("oslo_messaging_notifications", "driver"),
}
# Groups whose options depend on what another library is told: keystoneauth's plugins, labels.
OPEN_GROUPS = re.compile(r"^(keystone_authtoken|(storage|collector|scopes)_(gnocchi|keystone)\w*)$")
LABELLED = re.compile(r"^(storage_[a-z]+)_\w+$")
# Of drivers that the guide writes.
WRITTEN = {("storage_mine", "path"), ("storage_drawer", "path")}
NAMED = re.compile(r"``\[(\w+)\]\s+(\w+)(?:\s+=[^`]*)?``")
INLINE = re.compile(r"``(ceilobatch(?: [^`]+)?)``")


def generated() -> Iterator[str]:
    """The namespaces that the sample configuration is made of."""
    for line in (ROOT / "etc/ceilobatch-config-generator.conf").read_text().splitlines():
        if line.startswith("namespace"):
            yield line.partition("=")[2].strip()


@pytest.fixture(scope="module")
def options() -> set[tuple[str, str]]:
    """Group and name of every option that there is."""
    wanted = {*generated(), "oslo.reports"}
    found = {(tempest_config.GROUP.name, option.dest) for option in tempest_config.OPTIONS}
    for point in importlib.metadata.entry_points(group="oslo.config.opts"):
        if point.name in wanted:
            for group, members in point.load()():
                name = str(getattr(group, "name", group) or "DEFAULT")
                found |= {(name, option.dest) for option in members}
    return found


def known(group: str, name: str, options: set[tuple[str, str]]) -> bool:
    """Whether there is such an option."""
    names = {group, LABELLED.sub(r"\1", group)}
    if OPEN_GROUPS.match(group) or {(group, name)} & (FOREIGN | WRITTEN):
        return True
    return any((one, name.replace("-", "_")) in options for one in names)


def test_options_that_are_named_exist(options: set[tuple[str, str]]) -> None:
    missing = [
        f"{page.name}: [{group}] {name}"
        for page in pages()
        for group, name in NAMED.findall(page.read_text())
        if not known(group, name, options)
    ]
    assert missing == []


def test_options_of_configurations_exist(options: set[tuple[str, str]]) -> None:
    missing = []
    for block in blocks("ini"):
        parser = configparser.RawConfigParser(strict=False, default_section="none")
        parser.read_string(block.text)
        missing += [
            f"{block.page}:{block.line}: [{group}] {name}"
            for group in parser.sections()
            for name in parser[group]
            if not known(group, name, options)
        ]
    assert missing == []


@pytest.fixture(scope="module")
def commands() -> dict[str, set[str]]:
    """Every command with its options; under an empty name those that stand before."""
    program = CommandLine()
    found = {"": flags(program.parser)}
    for name in program.command_manager.commands:
        factory, _, _ = program.command_manager.find_command(name.split())
        found[name] = flags(factory(program, program.options, name).get_parser(name))
    return found


def flags(parser: argparse.ArgumentParser) -> set[str]:
    """The options of a parser."""
    return {flag for action in parser._actions for flag in action.option_strings}


def test_commands_in_sentences_exist_with_their_options(commands: dict[str, set[str]]) -> None:
    wrong = []
    for page in pages():
        for found in INLINE.findall(page.read_text()):
            words = found.split()[1:]
            while words and words[0].startswith(("--", "[")):
                words = (
                    words[2:] if "=" not in words[0] and not words[0].startswith("[") else words[1:]
                )
            if words and not words[0].isupper() and not fits(words, commands):
                wrong.append(f"{page.name}: {found}")
    assert wrong == []


def fits(words: list[str], commands: dict[str, set[str]]) -> bool:
    """Whether a command begins so, and has the options."""
    for count in (3, 2, 1):
        name = " ".join(words[:count])
        if name in commands:
            given = {word.partition("=")[0] for word in words if re.match(r"--[a-z]|-[a-z]$", word)}
            return given <= commands[name] | commands[""]
    return any(name.startswith(f"{' '.join(words)} ") for name in commands)


def test_every_command_is_told_of_in_some_page() -> None:
    assert f".. autoprogram-cliff:: {NAMESPACE}" in text()


def test_extras_are_those_that_there_are() -> None:
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg")
    page = (SOURCE / "install.rst").read_text()
    listed = re.search(r"^extra +for\n=+ +=+\n(.*?)^=", page, re.MULTILINE | re.DOTALL)
    assert listed
    assert set(re.findall(r"^``(\w+)``", listed[1], re.MULTILINE)) == set(setup["extras"])


def test_environments_of_tox_exist() -> None:
    tox = configparser.ConfigParser(interpolation=None)
    tox.read(ROOT / "tox.ini")
    named = set(re.findall(r"``tox -e (\w+)``", text()))
    assert named
    assert {f"testenv:{name}" for name in named} <= set(tox.sections())


def test_pages_are_in_four_kinds_and_each_once() -> None:
    index = (SOURCE / "index.rst").read_text()
    headings = re.findall(r"^(.+)\n-+$", index, re.MULTILINE)
    assert headings == [
        "First steps",
        "How to run it",
        "Reference",
        "How it works, and how to build on it",
    ]
    entries = [
        entry
        for page in pages()
        for tree in re.findall(r"toctree::\n(?: +:.*\n)*\n((?: +\S+\n)+)", page.read_text())
        for entry in tree.split()
    ]
    names = {entry.rpartition("/")[2] for entry in entries}
    assert len(entries) == len(set(entries))
    assert names == {page.stem for page in SOURCE.rglob("*.rst")} - {"index"}
