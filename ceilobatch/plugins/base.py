# SPDX-License-Identifier: Apache-2.0
"""The contracts of the plugin kinds; what is written here is what drivers may rely on.

Common to all kinds:

- *Who constructs.* A worker process has one or several consuming threads. Each constructs a
  driver of its own, in that thread, after the process has started (none is forked later): sockets
  and threads may be opened in ``__init__``. It should not need another host there: what
  is away at the start is met by the first call, with ``Unavailable``. A driver is also
  constructed, and closed without a call, when a daemon starts and by ``ceilobatch check``, to
  find mistakes; and by commands such as ``recovery replay``, which call it as a worker does.
- *Who calls.* All calls come from the thread that constructed the driver, never two at a time.
  Other threads and processes, on this host and others, have drivers of their own on the same
  store, at the same time. (A collector is called from many threads: see there.)
- *How it ends.* ``close()`` is the last call and comes once. A killed process does not call it.
- *What exceptions cause.* :class:`~ceilobatch.errors.Unavailable` says wait and try again: the
  batch is given back to the bus and the gate closes, so that nothing more is consumed until
  ``probe()`` returns. :class:`~ceilobatch.errors.Rejected` says never try this again.
  :class:`~ceilobatch.errors.ConfigurationError` out of ``__init__`` ends the process with its
  sentences and exit code 1. Anything else is taken for a bug of the driver: the call is repeated
  with fewer items until the culprit is alone, and that one goes to recovery. Exceptions that are
  no :class:`Exception` (``SystemExit``, ``KeyboardInterrupt``) are never caught.
- *How long.* There is no time limit on a call but the driver's own: a call that hangs holds up
  its thread, and the messages that this has taken stay unacknowledged. Give every connection a
  timeout and turn its end into ``Unavailable``.

Each kind is in a file of its own in ``ceilobatch.plugins.contracts``; the suites that check a
driver are in ``ceilobatch.testing``.
"""

from ceilobatch.plugins.contracts.handler import Handler, HandlerCharacteristics
from ceilobatch.plugins.contracts.plugin import Options, Plugin
from ceilobatch.plugins.contracts.recovery import Damage, Recovery, RecoveryCharacteristics
from ceilobatch.plugins.contracts.storage import Bookkeeper, Storage, StorageCharacteristics
from ceilobatch.plugins.contracts.trait import TraitPlugin

__all__ = [
    "Bookkeeper",
    "Damage",
    "Handler",
    "HandlerCharacteristics",
    "Options",
    "Plugin",
    "Recovery",
    "RecoveryCharacteristics",
    "Storage",
    "StorageCharacteristics",
    "TraitPlugin",
]
