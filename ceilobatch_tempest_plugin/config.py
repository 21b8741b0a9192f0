# SPDX-License-Identifier: Apache-2.0
"""The options of the scenarios, in ``tempest.conf``."""

from oslo_config import cfg

SERVICE_AVAILABLE = cfg.BoolOpt(
    "ceilobatch", default=True, help="Whether Ceilobatch is expected to be there."
)

GROUP = cfg.OptGroup("ceilobatch", title="Ceilobatch")

OPTIONS = [
    cfg.StrOpt(
        "auth_strategy",
        default="http_basic",
        choices=["http_basic", "keystone"],
        help="How the REST service is told who asks: by username and password below, or by a "
        "token of the admin credentials of tempest.",
    ),
    cfg.URIOpt(
        "endpoint",
        schemes=["http", "https"],
        default="http://127.0.0.1:8963",
        help="Where the REST service is. With keystone, only where catalog_type is empty.",
    ),
    cfg.StrOpt(
        "catalog_type",
        default="",
        help="With keystone: the service type under which the catalog has the REST service.",
    ),
    cfg.StrOpt("username", default="admin", help="With http_basic: one of [api] admin_users."),
    cfg.StrOpt("password", default="", secret=True, help="With http_basic."),
    cfg.StrOpt(
        "transport_url",
        default="rabbit://guest:guest@127.0.0.1:5672/",
        secret=True,
        help="The bus that the agent listens to.",
    ),
    cfg.StrOpt("exchange", default="nova", help="One of [notification] exchanges."),
    cfg.StrOpt("topic", default="notifications", help="One of [notification] topics."),
    cfg.URIOpt(
        "second_endpoint",
        schemes=["http", "https"],
        help="The REST service of an agent in another pool of the same bus, with a storage of "
        "its own. Without one the scenario of two pools is skipped.",
    ),
    cfg.StrOpt(
        "outage_begin_command",
        default="",
        help="Command that makes the storage of the agent unavailable, such as "
        "'ssh db systemctl stop postgresql'. Without one the outage scenario is skipped.",
    ),
    cfg.StrOpt("outage_end_command", default="", help="Command that makes it available again."),
    cfg.BoolOpt(
        "processor",
        default=True,
        help="Whether a processor runs that collects from the agent's samples (collector sql).",
    ),
    cfg.IntOpt("period", default=3600, min=1, help="[processor] period."),
    cfg.IntOpt("timeout", default=120, min=1, help="Seconds to wait for something to come true."),
    cfg.FloatOpt("interval", default=0.5, min=0.01, help="Seconds between two looks."),
]
