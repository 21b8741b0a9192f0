# SPDX-License-Identifier: Apache-2.0
"""The options of the collector ``fixed``."""

from oslo_config import cfg

GROUP = "collector_fixed"

OPTIONS = [
    cfg.StrOpt(
        "file",
        default="",
        help="A JSON or YAML file with a list of points, each with metric, scope, begin, value and "
        "perhaps groupby and metadata. Empty: a formula makes the points.",
    ),
    cfg.IntOpt(
        "points",
        default=5,
        min=0,
        help="How many points the formula makes of each metric, scope and period.",
    ),
    cfg.FloatOpt("latency", default=0.0, min=0.0, help="Seconds that each request takes."),
    cfg.FloatOpt(
        "jitter",
        default=0.0,
        min=0.0,
        help="Seconds that a request takes longer, at most; each another part of it.",
    ),
    cfg.FloatOpt(
        "failures",
        default=0.0,
        min=0.0,
        max=1.0,
        help="The share of requests that fail, such as 0.05.",
    ),
    cfg.FloatOpt(
        "hangs",
        default=0.0,
        min=0.0,
        max=1.0,
        help="The share of requests that are not answered, and fail after [processor] "
        "request_timeout.",
    ),
    cfg.IntOpt(
        "seed",
        sample_default="<another one each time>",
        help="What failures, hangs and jitter are drawn from; the same one draws the same.",
    ),
    cfg.FloatOpt(
        "lateness",
        default=0.0,
        min=0.0,
        help="How many seconds after the end of a period its points appear.",
    ),
    cfg.IntOpt(
        "periods",
        default=1,
        min=0,
        help="How many periods one request may ask for. 0: any number.",
    ),
    cfg.IntOpt(
        "scopes",
        default=1,
        min=0,
        help="How many scopes one request may ask for. 0: any number.",
    ),
    cfg.ListOpt("rejected", default=[], help="Names of metrics that can never be read."),
]
