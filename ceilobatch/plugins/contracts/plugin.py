# SPDX-License-Identifier: Apache-2.0
"""Plugin: what the contracts of all kinds have in common."""

import abc
from collections.abc import Sequence
from typing import ClassVar

from oslo_config import cfg

Options = Sequence[tuple[str, Sequence[cfg.Opt]]]


class Plugin(abc.ABC):  # noqa: B024  (the kinds have the abstract methods)
    """What every configured plugin has: options, and an end.

    :cvar options: pairs of group and options; they are registered before the driver is
        constructed and appear in the generated sample configuration.
    :cvar operations: the methods of the contract, each call of which is measured.
    """

    options: ClassVar[Options] = ()
    operations: ClassVar[tuple[str, ...]] = ()

    def close(self) -> None:  # noqa: B027  (a driver without resources need not define it)
        """Release what ``__init__`` opened.

        Called once, last, from the thread that constructed the driver (a collector: from the
        worker's main thread, when no call is under way). Not called where the process was killed
        or ``__init__`` raised: nothing that was promised may depend on it. What it raises is a
        bug of the driver.
        """
