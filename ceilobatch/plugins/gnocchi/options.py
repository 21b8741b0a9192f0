# SPDX-License-Identifier: Apache-2.0
"""The options of whatever reads from Gnocchi."""

from oslo_config import cfg

from ceilobatch.plugins.gnocchi import connection

GROUP = "collector_gnocchi"

OPTIONS = (
    cfg.IntOpt(
        "scopes_per_request",
        default=100,
        min=1,
        help="How many scopes are asked for at once. Gnocchi needs some milliseconds for each "
        "resource of them: fewer scopes where a scope has hundreds of resources.",
    ),
    cfg.ListOpt(
        "scope_resource_types",
        default=["generic"],
        help="The resource types that tell which scopes there are and when their data begins. "
        "They need the attribute that [processor] scope_key names; generic has project_id and "
        "user_id, of all resources.",
    ),
    cfg.IntOpt(
        "scope_days",
        default=31,
        min=1,
        help="For how many days a scope is still named after its last resource has ended. What "
        "is not processed then is not processed any more.",
    ),
    *connection.OPTIONS,
)
