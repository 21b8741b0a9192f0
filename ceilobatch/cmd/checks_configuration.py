# SPDX-License-Identifier: Apache-2.0
"""The checks of ``ceilobatch check`` that concern what stands in the configuration files."""

import collections
import contextlib
from collections.abc import Iterator, Sequence

from oslo_config import cfg
from oslo_log import log

from ceilobatch import config, errors, opts
from ceilobatch.cmd import checks_plugins, spelling
from ceilobatch.cmd.finding import Finding
from ceilobatch.cmd.logins import options_of_logins
from ceilobatch.cmd.written import Written, files_of
from ceilobatch.plugins import loader

WHAT = "configuration"


def loaded(
    names: Sequence[str] | None, directories: Sequence[str] | None
) -> tuple[cfg.ConfigOpts | None, list[Finding]]:
    """The configuration, if it can be parsed at all, and what is wrong with its files and values.

    :param names: of files, as for :func:`ceilobatch.config.load`.
    """
    try:
        conf = config.load(names, directories)
    except errors.ConfigurationError as error:
        written = _written(names, directories)
        problems = written.torn or map(written.located, error.problems)
        found = [Finding(WHAT, "error", problem) for problem in problems]
        return _in_spite_of_wrong_values(names, directories), found
    read = ", ".join(files(conf)) or "no file found, defaults only"
    return conf, [Finding(WHAT, "ok", read)]


def files(conf: cfg.ConfigOpts) -> list[str]:
    """The configuration files that were read."""
    return [*conf.config_file, *files_of(conf.config_dir)]


def findings(conf: cfg.ConfigOpts, written: Written) -> Iterator[Finding]:
    """What is written and has no effect, or will have none."""
    known = _known(conf, written)
    for look in (spelling.unread, _repeated, _deprecated):
        for sentence in look(written, known):
            yield Finding(WHAT, "warning", sentence)


def _written(names: Sequence[str] | None, directories: Sequence[str] | None) -> Written:
    usual = config.PROJECT
    found = cfg.find_config_files(usual) if names is None else names
    places = cfg.find_config_dirs(usual) if directories is None else directories
    return Written([*found, *files_of(places)])


def _in_spite_of_wrong_values(
    names: Sequence[str] | None, directories: Sequence[str] | None
) -> cfg.ConfigOpts | None:
    """The configuration if it can be parsed at all, so that the rest can be checked."""
    conf = cfg.ConfigOpts()
    log.register_options(conf)
    config.register(conf)
    try:
        conf(
            args=[],
            project=config.PROJECT,
            default_config_files=None if names is None else list(names),
            default_config_dirs=None if directories is None else list(directories),
        )
    except cfg.Error:
        return None
    return conf


def _known(conf: cfg.ConfigOpts, written: Written) -> list[tuple[str, Sequence[cfg.Opt]]]:
    options = [*opts.own_options(), *spelling.of_libraries(), *_options_of_chosen(conf)]
    if any(spelling.unread(written, options)):
        # What no chosen driver reads may be meant for another; importing them all takes long.
        options += _options_of_all_that_load()
    return [*options, *options_of_logins(conf, options)]


def _options_of_all_that_load() -> Iterator[tuple[str, Sequence[cfg.Opt]]]:
    for namespace in loader.NAMESPACES:
        for name in loader.names(namespace):
            with contextlib.suppress(errors.ConfigurationError):
                yield from getattr(loader.load(namespace, name, ""), "options", ())


def _options_of_chosen(conf: cfg.ConfigOpts) -> Iterator[tuple[str, Sequence[cfg.Opt]]]:
    """Those of all plugins that are named, instances of storages with a label among them."""
    for option, namespace, name in checks_plugins.all_of(conf):
        with contextlib.suppress(errors.ConfigurationError):
            yield from loader.options_of(loader.load(namespace, name, option), name)


def _repeated(written: Written, known: opts.Options) -> Iterator[str]:
    """Options that one file sets twice, of which only the last counts."""
    many = {(group, option.dest) for group, members in known for option in members if option.multi}
    by_name = collections.defaultdict(list)
    for line in written.lines:
        if line.option and (line.group, line.option) not in many:
            by_name[line.file, line.group, line.option].append(line)
    for (_, group, option), lines in by_name.items():
        for line in lines[:-1]:
            yield (
                f"{line}: [{group}] {option} is set again in line {lines[-1].number}, which counts"
            )


def _deprecated(written: Written, known: opts.Options) -> Iterator[str]:
    """Options that are set under an old name, or that a coming release will not have."""
    for group, members in known:
        for option in members:
            for old in option.deprecated_opts:
                if line := written.exact(old.group or group, old.name or option.name):
                    yield f"{line}: [{line.group}] {line.option} is now [{group}] {option.name}"
            if option.deprecated_for_removal and (line := written.exact(group, option.name)):
                reason = option.deprecated_reason or "a coming release will not have it"
                sentence = f"{line}: [{group}] {option.name} is deprecated: {reason}"
                yield " ".join(sentence.split())
