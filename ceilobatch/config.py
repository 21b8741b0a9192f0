# SPDX-License-Identifier: Apache-2.0
"""Loads the configuration into a fresh ConfigOpts; refuses what cannot work."""

from collections.abc import Iterator, Mapping, Sequence

from oslo_config import cfg
from oslo_log import log

from ceilobatch import errors, opts

PROJECT = "ceilobatch"
# What Python says of a text that is no number, and what is said here.
_WORDS = {
    "invalid literal for int() with base 10: ": "is not a whole number",
    "could not convert string to float: ": "is not a number",
    "Unexpected boolean value ": "is neither true nor false",
}
# Libraries that tell at INFO what concerns only their developers.
QUIET = ("amqp=WARNING", "alembic=WARNING")


def load(
    config_files: Sequence[str] | None = None,
    config_dirs: Sequence[str] | None = None,
    overrides: Mapping[tuple[str, str], object] | None = None,
) -> cfg.ConfigOpts:
    """A fresh configuration with all options of the project's own parts registered.

    :param config_files: None stands for oslo.config's usual places.
    :param config_dirs: None stands for oslo.config's usual places.
    :param overrides: (group, option) to a value that beats the files; ``DEFAULT`` is a group.
    :raises ConfigurationError: a file is missing or cannot be parsed, or a value is not of its
        option's type.
    """
    conf = cfg.ConfigOpts()
    log.register_options(conf)
    register(conf)
    try:
        conf(
            args=[
                *(f"--config-file={file}" for file in config_files or ()),
                *(f"--config-dir={directory}" for directory in config_dirs or ()),
            ],
            project=PROJECT,
            # Those of the arguments must exist, the usual ones need not.
            default_config_files=None if config_files is None else [],
            default_config_dirs=None if config_dirs is None else [],
        )
    except cfg.ConfigFilesNotFoundError as error:
        missing = ", ".join(error.config_files)
        raise errors.ConfigurationError(f"configuration file not found: {missing}") from None
    except cfg.ConfigFilesPermissionDeniedError as error:
        refused = ", ".join(error.config_files)
        raise errors.ConfigurationError(
            f"configuration file cannot be read by this user: {refused}"
        ) from None
    except cfg.ConfigDirNotFoundError as error:
        raise errors.ConfigurationError(
            f"configuration directory not found: {error.config_dir}"
        ) from None
    except cfg.Error as error:
        raise errors.ConfigurationError(" ".join(str(error).split())) from None
    for (group, name), value in (overrides or {}).items():
        conf.set_override(name, value, None if group == "DEFAULT" else group)
    if problems := list(wrong_values(conf, opts.own_options())):
        raise errors.ConfigurationError(problems)
    return conf


def register(conf: cfg.ConfigOpts) -> None:
    """Register the options of the project's own parts."""
    for group, options in opts.own_options():
        conf.register_opts(options, group=None if group == "DEFAULT" else group)


def wrong_values(conf: cfg.ConfigOpts, options: opts.Options) -> Iterator[str]:
    """One sentence for each option whose configured value is not of its type."""
    for group, members in options:
        for option in members:
            try:
                conf[option.dest] if group == "DEFAULT" else conf[group][option.dest]
            except (cfg.Error, ValueError) as error:
                yield f"[{group}] {option.name}: {_reason(error)}"


def _reason(error: Exception) -> str:
    """What oslo.config says of a wrong value, without where it keeps it."""
    text = " ".join(str(error).split())
    reason = text.partition("is not valid: ")[2] or text
    for begin, end in _WORDS.items():
        if reason.startswith(begin):
            return f"{reason.removeprefix(begin)} {end}"
    return reason


def setup_logging(conf: cfg.ConfigOpts, debug: bool = False) -> None:
    """Send log records where the configuration says, by oslo.log.

    :raises ConfigurationError: the logging configuration cannot be used.
    """
    if debug:
        conf.set_override("debug", True)
    log.set_defaults(default_log_levels=[*log.get_default_log_levels(), *QUIET])
    try:
        log.setup(conf, PROJECT)
    except (log.LogConfigError, OSError, ValueError) as error:
        raise errors.ConfigurationError(f"logging cannot be set up: {error}") from None
