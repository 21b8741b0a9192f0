# SPDX-License-Identifier: Apache-2.0
"""Opens the configured recovery for people: to look at letters and to change them."""

import contextlib
from collections.abc import Iterator

from oslo_config import cfg

from ceilobatch import assembly, errors
from ceilobatch.plugins.base import Recovery
from ceilobatch.telemetry.calls import CallRegistry


@contextlib.contextmanager
def opened(conf: cfg.ConfigOpts) -> Iterator[Recovery]:
    """The configured recovery, closed in the end.

    :raises Refused: its driver can only add letters; the sentence tells where they are.
    """
    recovery = assembly.build_recovery(conf, CallRegistry())
    with contextlib.closing(recovery):
        if not recovery.characteristics.readable:
            _refuse_unreadable(recovery, conf.recovery.backend)
        yield recovery


def _refuse_unreadable(recovery: Recovery, name: str) -> None:
    try:
        recovery.entry("")
    except errors.Rejected as error:
        raise errors.Refused(str(error)) from None
    raise errors.Refused(f"[recovery] backend: the driver {name!r} can only add letters")
