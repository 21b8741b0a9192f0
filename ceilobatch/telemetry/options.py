# SPDX-License-Identifier: Apache-2.0
"""The options of the project's measurements of itself."""

from oslo_config import cfg

DIALECTS = ("monasca", "dogstatsd", "plain")

TELEMETRY = [
    cfg.BoolOpt(
        "enable",
        default=True,
        help="Let every worker write its figures below state_path, where ceilobatch-api reads "
        "them. Calls are counted either way.",
    ),
    cfg.FloatOpt(
        "interval",
        default=5.0,
        min=0.1,
        mutable=True,
        help="Seconds between two writings of the figures. Each takes some two milliseconds of CPU "
        "of a busy worker.",
    ),
]

STATSD = [
    cfg.BoolOpt("enable", default=False, help="Send the figures of every worker by statsd."),
    cfg.StrOpt("host", default="127.0.0.1", help="Name or address of the statsd daemon."),
    cfg.PortOpt("port", default=8125, help="UDP port of the statsd daemon."),
    cfg.StrOpt("prefix", default="ceilobatch", help="What all names begin with, before a dot."),
    cfg.DictOpt(
        "dimensions",
        default={},
        help="Dimensions to add to all figures, such as region:west,cloud:one.",
    ),
    cfg.IntOpt(
        "flush_interval",
        default=20,
        min=1,
        mutable=True,
        help="Seconds between two sendings. It is also the period that the minimum and the "
        "maximum of a time are told of, over statsd and elsewhere.",
    ),
    cfg.StrOpt(
        "dialect",
        default="monasca",
        choices=[
            ("monasca", "as monasca-statsd writes it, for monasca-agent"),
            ("dogstatsd", "with tags, for the agents of Datadog, Telegraf, statsd_exporter"),
            ("plain", "without dimensions; those that tell series apart go into the name"),
        ],
        help="How figures are written.",
    ),
]

OPTIONS = [("telemetry", TELEMETRY), ("statsd", STATSD)]
