# SPDX-License-Identifier: Apache-2.0
"""The checks of ``ceilobatch check`` that concern this host: the state directory and the log."""

import contextlib
import logging
import os
from collections.abc import Iterator
from pathlib import Path

from oslo_config import cfg

from ceilobatch import errors
from ceilobatch.cmd.finding import Finding, examine
from ceilobatch.state import state_directory

STATE = "[DEFAULT] state_path"
LOGGING = "logging"


def findings(conf: cfg.ConfigOpts) -> Iterator[Finding]:
    """Whether there is room for the state and the log; wrong values were told already."""
    with contextlib.suppress(cfg.Error, ValueError):
        yield from examine(STATE, lambda: state(conf))
        if not Path(conf.state_path).is_absolute():
            yield Finding(
                STATE,
                "warning",
                f"{STATE}: {conf.state_path} is another directory "
                "wherever a command is started: write an absolute path",
            )
    with contextlib.suppress(cfg.Error, ValueError):
        yield from examine(LOGGING, lambda: _log(conf))


def state(conf: cfg.ConfigOpts) -> str:
    """The state directory, made if it is not there.

    :raises ConfigurationError: it cannot be made or written.
    """
    path = Path(conf.state_path)
    if path.exists() and not path.is_dir():
        raise errors.ConfigurationError(f"{STATE}: {path} is not a directory: name another place")
    path = state_directory(conf)
    if not os.access(path, os.R_OK | os.W_OK | os.X_OK):
        raise errors.ConfigurationError(
            f"{STATE}: {path} cannot be written by the user {_user()}: make it his"
        )
    return str(path)


def _user() -> str:
    import pwd

    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return str(os.geteuid())


def _log(conf: cfg.ConfigOpts) -> str:
    problems = list(_log_problems(conf))
    if problems:
        raise errors.ConfigurationError(problems)
    if conf.log_config_append:
        return f"as {conf.log_config_append} says"
    return str(_log_file(conf) or "to the standard error")


def _log_problems(conf: cfg.ConfigOpts) -> Iterator[str]:
    for pair in conf.default_log_levels:
        _, _, level = pair.partition("=")
        if not isinstance(logging.getLevelName(level), int) and not level.isdigit():
            option = "[DEFAULT] default_log_levels"
            yield f"{option}: {pair!r} is not logger=LEVEL, such as amqp=WARNING"
    if conf.log_config_append:
        yield from _configuration_problems(Path(conf.log_config_append))
    elif path := _log_file(conf):
        option = "[DEFAULT] log_dir" if conf.log_dir else "[DEFAULT] log_file"
        yield from _file_problems(option, path)


def _log_file(conf: cfg.ConfigOpts) -> Path | None:
    """Where the agent would log to; its program makes the name where only a directory is given."""
    if not conf.log_file and not conf.log_dir:
        return None
    return Path(conf.log_dir or "") / (conf.log_file or "ceilobatch-agent.log")


def _configuration_problems(path: Path) -> Iterator[str]:
    import configparser

    option = "[DEFAULT] log_config_append"
    if not path.is_file():
        yield f"{option}: there is no file {path}"
        return
    parser = configparser.RawConfigParser()
    try:
        parser.read_string(path.read_text(encoding="utf-8"), str(path))
    except (configparser.Error, UnicodeDecodeError) as error:
        yield f"{option}: {path} cannot be parsed: {' '.join(str(error).split())}"
        return
    except OSError as error:
        yield f"{option}: {path} cannot be read: {error.strerror}"
        return
    for section in ("loggers", "handlers", "formatters"):
        if not parser.has_option(section, "keys"):
            yield f"{option}: {path} has no [{section}] keys, which a log configuration needs"


def _file_problems(option: str, path: Path) -> Iterator[str]:
    if not path.parent.is_dir():
        yield f"{option}: there is no directory {path.parent}: make it, or name another"
    elif path.is_dir():
        yield f"{option}: {path} is a directory, not a file"
    elif not os.access(path if path.exists() else path.parent, os.W_OK):
        yield f"{option}: {path} cannot be written by the user {_user()}"
