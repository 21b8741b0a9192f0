# SPDX-License-Identifier: Apache-2.0
"""Sends figures by statsd; all that is peculiar about monasca-statsd stays in here."""

from oslo_config import cfg

from ceilobatch.telemetry.snapshot import Snapshot


class Statsd:
    """One for each worker process, made after it has started.

    :ivar sent: datagrams handed to the network.
    :ivar lost: datagrams that could not be.
    """

    def __init__(self, conf: cfg.ConfigOpts) -> None:
        self.sent = 0
        self.lost = 0

    def send(self, snapshot: Snapshot) -> None:
        """Send what is new since the last time; never raises, never waits."""

    def close(self) -> None:
        """Close the socket."""
