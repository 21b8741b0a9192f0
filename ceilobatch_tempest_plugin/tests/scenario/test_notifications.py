# SPDX-License-Identifier: Apache-2.0
"""What is published on the bus becomes events and samples."""

from tempest.lib import decorators

from ceilobatch_tempest_plugin.tests.scenario import base

COUNT = 20


class NotificationsTest(base.ScenarioTest):
    """Published, stored, shown."""

    @decorators.idempotent_id("8d0c1f4e-6f0b-4f6b-9d1c-0c5a2f9b7e11")
    def test_notifications_become_events_and_samples(self) -> None:
        """Each notification is one event with traits, and one sample of the volume's size."""
        resource, project = self.resource_id(), self.resource_id()
        with self.publisher() as publisher:
            published = {
                publisher.publish("volume.exists", base.volume(resource, project, size=3))
                for _ in range(COUNT)
            }
        self.eventually(lambda: len(self.events_of(resource)) >= COUNT, "all events")
        events = self.events_of(resource)
        self.assertEqual(published, {event["message_id"] for event in events})
        self.assertEqual(COUNT, len(events))
        self.assertEqual({project}, {event["traits"]["project_id"]["value"] for event in events})
        sizes = [one for one in self.samples_of(resource) if one["name"] == "volume.size"]
        self.assertEqual(published, {sample["message_id"] for sample in sizes})
        self.assertEqual([3.0] * COUNT, [float(sample["volume"]) for sample in sizes])
