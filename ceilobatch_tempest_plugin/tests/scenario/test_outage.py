# SPDX-License-Identifier: Apache-2.0
"""While storage is away nothing is consumed; what waited is stored when it is back."""

import shlex
import subprocess
import time

from tempest import config
from tempest.lib import decorators

from ceilobatch_tempest_plugin.tests.scenario import base

CONF = config.CONF
COUNT = 50


@decorators.serial
class OutageTest(base.ScenarioTest):
    """The storage is stopped and started with the configured commands."""

    @classmethod
    def skip_checks(cls) -> None:
        """Skip where nobody has said how."""
        super().skip_checks()
        if not CONF.ceilobatch.outage_begin_command or not CONF.ceilobatch.outage_end_command:
            raise cls.skipException("no outage commands are configured")

    @decorators.idempotent_id("c0a5d2b8-9f5e-4b7c-8b0e-2b5d7e3a9f43")
    @decorators.attr(type="slow")
    def test_nothing_is_lost_while_storage_is_away(self) -> None:
        """The gate closes, the service says so, and all is stored once, later."""
        resource = self.resource_id()
        self.eventually(self.is_healthy, "a healthy agent before the outage")
        self.run_command(CONF.ceilobatch.outage_begin_command)
        try:
            with self.publisher() as publisher:
                published = {
                    publisher.publish("volume.exists", base.volume(resource, resource))
                    for _ in range(COUNT)
                }
            self.eventually(self.is_closed, "a closed gate")
        finally:
            self.run_command(CONF.ceilobatch.outage_end_command)
        self.eventually(self.is_healthy, "a healthy agent after the outage")
        self.eventually(lambda: len(self.events_of(resource)) >= COUNT, "all events")
        # What would come twice comes within this.
        time.sleep(CONF.ceilobatch.interval)
        events = self.events_of(resource)
        self.assertEqual(published, {event["message_id"] for event in events})
        samples = [one for one in self.samples_of(resource) if one["name"] == "volume.size"]
        self.assertEqual((COUNT, COUNT), (len(events), len(samples)))

    def is_healthy(self) -> bool:
        """Whether every worker is well."""
        return self.client.show_health()[0] == 200

    def is_closed(self) -> bool:
        """Whether a gate is closed."""
        workers = self.client.show_health()[1]["workers"]
        return any(worker["status"] == "closed" for worker in workers)

    @staticmethod
    def run_command(command: str) -> None:
        """Run one of the configured commands; its failure is the scenario's."""
        subprocess.run(shlex.split(command), check=True, timeout=CONF.ceilobatch.timeout)
