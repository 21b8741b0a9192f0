# SPDX-License-Identifier: Apache-2.0
"""The options of the REST service."""

from oslo_config import cfg

PORT = 8963

OPTIONS = [
    cfg.HostAddressOpt(
        "host",
        default="127.0.0.1",
        help="Address that the service listens on. Others than this host reach it through a proxy "
        "that speaks TLS; do not open it to a network without one.",
    ),
    cfg.PortOpt("port", default=PORT, min=1, help="TCP port that the service listens on."),
    cfg.IntOpt(
        "threads", default=8, min=1, max=256, help="How many requests are answered at a time."
    ),
    cfg.IntOpt(
        "connections",
        default=500,
        min=1,
        help="How many connections are open at a time; others wait to be accepted.",
    ),
    cfg.StrOpt(
        "trusted_proxy",
        help="Address of the proxy before the service. What it says of its clients in "
        "X-Forwarded-For and the like is believed; from others such headers are removed.",
    ),
    cfg.StrOpt(
        "paste_config",
        help="File of the paste pipelines. The default is api-paste.ini of /etc/ceilobatch, and "
        "where there is none, that of the package.",
    ),
    cfg.StrOpt(
        "auth_strategy",
        choices=[
            ("none", "no credential is taken; what needs one is refused"),
            ("http_basic", "names and passwords of htpasswd_file"),
            ("keystone", "tokens of Keystone, as [keystone_authtoken] says"),
        ],
        help="Which pipeline of paste_config is used, and so what credentials are. The default is "
        "http_basic where htpasswd_file is set, none where it is not.",
    ),
    cfg.StrOpt(
        "htpasswd_file",
        help="File of names and passwords as 'htpasswd -B' writes it; only bcrypt is accepted. It "
        "is read anew for each request.",
    ),
    cfg.ListOpt(
        "admin_users",
        default=[],
        help="Names of htpasswd_file that have the role admin: they see everything and may "
        "change it.",
    ),
    cfg.ListOpt(
        "reader_users",
        default=[],
        help="Names of htpasswd_file that have the role reader: they see payloads and change "
        "nothing.",
    ),
    cfg.IntOpt(
        "max_body_size",
        default=1024 * 1024,
        min=1,
        help="Bytes that the body of a request may have; more is answered with 413.",
    ),
    cfg.FloatOpt(
        "requests_per_second",
        default=1000.0,
        min=0.0,
        help="Requests that one client address may make each second in the long run; more is "
        "answered with 429. 0 stands for no limit.",
    ),
    cfg.IntOpt(
        "requests_burst",
        default=2000,
        min=1,
        help="Requests that one client address may make at once after a rest.",
    ),
    cfg.FloatOpt(
        "failed_logins_per_minute",
        default=6.0,
        min=0.1,
        help="Wrong credentials that one client address may try each minute in the long run; "
        "further ones are answered with 429 without being looked at.",
    ),
    cfg.IntOpt(
        "failed_logins_burst",
        default=10,
        min=1,
        help="Wrong credentials that one client address may try at once after a rest.",
    ),
    cfg.FloatOpt(
        "interval",
        default=10.0,
        min=0.1,
        help="Seconds between two samplings of the figures that /v2.0/metrics shows.",
    ),
    cfg.FloatOpt(
        "history",
        default=3600.0,
        min=1.0,
        help="Seconds that sampled figures are kept, in memory.",
    ),
    cfg.FloatOpt(
        "letters_interval",
        default=60.0,
        min=1.0,
        help="Seconds between two countings of the letters in recovery.",
    ),
    cfg.FloatOpt(
        "ledger_interval",
        default=1.0,
        min=0.0,
        help="Seconds that the sums of the ledger are kept for others who ask; adding them up "
        "reads much of the database. 0 stands for adding up for each request.",
    ),
    cfg.FloatOpt(
        "stale_after",
        default=15.0,
        min=1.0,
        help="Seconds without new figures after which a worker that has not ended is taken for "
        "gone by /healthcheck. More than the interval of [telemetry].",
    ),
    cfg.FloatOpt(
        "stalled_after",
        default=120.0,
        min=1.0,
        help="Seconds without a turn of its loop after which /healthcheck takes a worker for "
        "stalled. More than a call of a storage may take.",
    ),
]
