# SPDX-License-Identifier: Apache-2.0
"""Every pool gets its own copy of every notification."""

from tempest import config
from tempest.lib import decorators

from ceilobatch_tempest_plugin.client import Answer, CeilobatchClient
from ceilobatch_tempest_plugin.tests.scenario import base

CONF = config.CONF
COUNT = 20


class PoolsTest(base.ScenarioTest):
    """Two agents in two pools on one bus."""

    @classmethod
    def skip_checks(cls) -> None:
        """Skip where there is one pool."""
        super().skip_checks()
        if not CONF.ceilobatch.second_endpoint:
            raise cls.skipException("no second pool is configured")

    @classmethod
    def setup_clients(cls) -> None:
        """A client of each pool's service."""
        super().setup_clients()
        cls.second = cls.client_at(CONF.ceilobatch.second_endpoint)

    @decorators.idempotent_id("f3d8a1e6-2b7c-4c59-9a0f-7e1b6c4d8a54")
    def test_both_pools_store_everything_once(self) -> None:
        """Neither takes anything away from the other."""
        resource = self.resource_id()
        with self.publisher() as publisher:
            published = {
                publisher.publish("volume.exists", base.volume(resource, resource))
                for _ in range(COUNT)
            }
        for client in (self.client, self.second):
            events = self.all_events(resource, client)
            self.assertEqual(COUNT, len(events))
            self.assertEqual(published, {event["message_id"] for event in events})

    def all_events(self, resource: str, client: CeilobatchClient) -> list[Answer]:
        """The events of a pool once they are all there."""
        where = f"all events at {client.base_url}"
        self.eventually(lambda: len(self.events_of(resource, client)) >= COUNT, where)
        return self.events_of(resource, client)
