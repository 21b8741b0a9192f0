# SPDX-License-Identifier: Apache-2.0
"""The options of the collector ``prometheus``, and of the scope source, which asks the same one."""

from oslo_config import cfg

GROUP = "collector_prometheus"
# What Prometheus answers at most of one series.
MOST_PERIODS = 11_000

OPTIONS = [
    cfg.URIOpt(
        "url",
        default="http://localhost:9090",
        schemes=["http", "https"],
        help="Where Prometheus is, or what speaks its language, without /api/v1.",
    ),
    cfg.StrOpt("user", default="", help="The user, for basic authentication."),
    cfg.StrOpt("password", default="", secret=True, help="The user's password."),
    cfg.StrOpt(
        "bearer_token_file",
        default="",
        help="A file with a token that is sent with each request; it is read anew each time.",
    ),
    cfg.StrOpt(
        "cafile",
        default="",
        help="A file with the certificates of the authorities that are trusted, instead of the "
        "usual ones.",
    ),
    cfg.BoolOpt("insecure", default=False, help="Trust whatever certificate it has."),
    cfg.IntOpt(
        "periods",
        default=24,
        min=1,
        max=MOST_PERIODS,
        help="How many periods one request asks for, at most.",
    ),
    cfg.IntOpt(
        "scopes",
        default=50,
        min=1,
        help="How many scopes one request asks for, at most.",
    ),
]
