# SPDX-License-Identifier: Apache-2.0
"""All routes below ``/v1``."""

from ceilobatch.api.application import App
from ceilobatch.api.context import Context
from ceilobatch.api.v1 import (
    document,
    ledger,
    letter,
    letter_discard,
    letter_replay,
    letters,
    plugins,
    records,
    refusals,
    scopes,
    usage,
    workers,
)

_MODULES = (
    *(ledger, letters, letter, letter_replay, letter_discard),
    *(records, scopes, usage, plugins, workers, document),
)


def add_routes(app: App, context: Context) -> None:
    """Answer everything below ``/v1``."""
    refusals.install(app)
    for module in _MODULES:
        module.add_routes(app, context)
