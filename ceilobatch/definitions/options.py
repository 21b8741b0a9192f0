# SPDX-License-Identifier: Apache-2.0
"""The options of the groups [events] and [meters]."""

from collections.abc import Sequence

from oslo_config import cfg, types

PRIORITIES = ("audit", "debug", "info", "warn", "error", "critical", "sample")

_PRIORITY = types.String(choices=PRIORITIES, ignore_case=True)

EVENTS = [
    cfg.ListOpt(
        "definitions",
        default=[],
        help="Event definition files, or directories whose .yaml files are read in sorted "
        "order. Of several definitions that match a notification the last one is used. Empty: "
        "the packaged definitions, then /etc/ceilobatch/events.d where it exists.",
    ),
    cfg.ListOpt(
        "store_raw",
        item_type=_PRIORITY,
        default=[],
        help="Priorities of notifications whose whole body is stored with the event.",
    ),
    cfg.BoolOpt(
        "drop_unmatched",
        default=False,
        help="Make no event of a notification that no definition matches. Otherwise it becomes "
        "an event with the default traits.",
    ),
    cfg.BoolOpt(
        "strict",
        default=False,
        help="Send a notification to recovery when one of its traits cannot be converted. "
        "Otherwise the event is stored without that trait and with a warning.",
    ),
]

METERS = [
    cfg.ListOpt(
        "definitions",
        default=[],
        help="Meter definition files, or directories whose .yaml files are read in sorted "
        "order. Of two definitions of a meter in different files the earlier file's is used, "
        "within a file the later one. Empty: /etc/ceilobatch/meters.d where it exists, then the "
        "packaged definitions.",
    ),
    cfg.ListOpt(
        "include",
        default=[],
        help="Globs of the meter names that become samples. Empty: all.",
    ),
    cfg.ListOpt(
        "exclude",
        default=[],
        help="Globs of the meter names that do not become samples, whatever is included.",
    ),
    cfg.ListOpt(
        "user_metadata_prefixes",
        default=["metering."],
        help="Keys of a resource's user metadata that begin so are kept in the samples' "
        "metadata, without the prefix.",
    ),
    cfg.ListOpt(
        "user_metadata_keys",
        default=[],
        help="Further keys of a resource's user metadata that are kept, by their whole name.",
    ),
]

OPTIONS: Sequence[tuple[str, Sequence[cfg.Opt]]] = (("events", EVENTS), ("meters", METERS))


def register(conf: cfg.ConfigOpts) -> None:
    """Make the options known to a configuration; more than once does no harm."""
    for group, options in OPTIONS:
        conf.register_opts(options, group=group)
