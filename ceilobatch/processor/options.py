# SPDX-License-Identifier: Apache-2.0
"""The options of the processor."""

from oslo_config import cfg

OPTIONS = [
    cfg.StrOpt(
        "collector",
        default="sql",
        help="Where metrics come from: a driver of the namespace ceilobatch.collectors.",
    ),
    cfg.ListOpt(
        "scopes",
        default=["sql"],
        help="Which scopes there are: drivers of the namespace ceilobatch.scopes; what they name "
        "is put together.",
    ),
    cfg.ListOpt(
        "handlers",
        default=["usage"],
        help="What is done with a scope's period before it is stored: drivers of the namespace "
        "ceilobatch.period_handlers, in this order.",
    ),
    cfg.StrOpt(
        "storage",
        default="sql",
        help="Where usage and the progress of scopes are kept: a driver of the namespace "
        "ceilobatch.usage_storage.",
    ),
    cfg.MultiStrOpt(
        "metrics_files",
        default=[],
        sample_default=["<the packaged metrics.yml>"],
        help="Files of metric definitions. No file stands for the packaged one.",
    ),
    cfg.StrOpt(
        "scope_key",
        default="project_id",
        help="The attribute of resources and samples that names their scope.",
    ),
    cfg.IntOpt(
        "period",
        default=3600,
        min=1,
        help="Seconds of a period. Periods begin at whole multiples of it since 1970, UTC.",
    ),
    cfg.IntOpt(
        "wait_periods",
        default=2,
        min=0,
        help="How many periods to wait after the end of a period for data that comes late, where "
        "the collector does not say that everything has arrived.",
    ),
    cfg.IntOpt(
        "settle",
        default=60,
        min=0,
        help="Seconds to wait after the end of a period in any case.",
    ),
    cfg.IntOpt(
        "revisit_periods",
        default=6,
        min=0,
        help="How many periods after its end a period is looked at a second time, for data that "
        "came later still; what is found is stored as a correction. 0: never.",
    ),
    cfg.StrOpt(
        "start",
        default="",
        help="When a new scope begins, as an ISO 8601 time in UTC, such as 2026-01-01T00:00. Empty "
        "stands for its first data where the collector knows it, else for the beginning of the "
        "month.",
    ),
    cfg.IntOpt("workers", default=1, min=1, help="Worker processes on this host."),
    cfg.IntOpt(
        "max_threads",
        default=16,
        min=1,
        help="Threads of each worker that retrieve: the most requests it has under way at the "
        "same time.",
    ),
    cfg.IntOpt(
        "periods_ahead",
        default=48,
        min=1,
        help="How many periods of a scope may be retrieved before the first of them is stored.",
    ),
    cfg.IntOpt(
        "request_timeout",
        default=60,
        min=1,
        help="Seconds until a request that is not answered has failed, and frees its thread.",
    ),
    cfg.IntOpt(
        "scopes_interval",
        default=300,
        min=1,
        help="Seconds between two looks for new scopes.",
    ),
]
