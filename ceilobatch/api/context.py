# SPDX-License-Identifier: Apache-2.0
"""Context: what all resources of the service work with."""

import contextlib
from dataclasses import dataclass

from oslo_config import cfg

from ceilobatch import errors
from ceilobatch.api.dropwizard_rates import Rates
from ceilobatch.api.history import History
from ceilobatch.api.letters_waiting import LettersWaiting
from ceilobatch.telemetry.board import Board


@dataclass(frozen=True, slots=True)
class Context:
    """Made once for each process; all parts may be used from several threads.

    :ivar board: the figures of all workers of this host as they are now.
    :ivar history: the figures of some time past.
    :ivar letters: how many letters wait for a person.
    :ivar rates: the moving averages of what is counted.
    :ivar closing: what is to be closed after the last request.
    """

    conf: cfg.ConfigOpts
    board: Board
    history: History
    letters: LettersWaiting
    rates: Rates
    closing: contextlib.ExitStack


def of(conf: cfg.ConfigOpts) -> Context:
    """A context with an empty history, whose threads do not run yet.

    :raises ConfigurationError: ``[DEFAULT] state_path`` cannot be used, or every worker would be
        taken for gone before it tells its figures again.
    """
    if conf.api.stale_after <= conf.telemetry.interval:
        raise errors.ConfigurationError(
            f"[api] stale_after: {conf.api.stale_after:g} s is not more than [telemetry] interval, "
            f"{conf.telemetry.interval:g} s"
        )
    board, closing = Board(conf), contextlib.ExitStack()
    letters, rates = LettersWaiting(conf), Rates(board.read)
    closing.callback(letters.stop)
    closing.callback(rates.stop)
    return Context(conf, board, History(conf.api.history), letters, rates, closing)
