# SPDX-License-Identifier: Apache-2.0
"""Person: who stands in histories for what was done over REST."""

import falcon
from oslo_config import cfg

from ceilobatch.api.access import identity


def who(req: falcon.Request, conf: cfg.ConfigOpts) -> str:
    """The user of the credential and the host of the service."""
    found = identity(req)
    return f"{found.user if found else 'anybody'} over REST@{conf.host}"
