# SPDX-License-Identifier: Apache-2.0
"""What cannot be used becomes a letter, is corrected by a person, and is replayed."""

from tempest.lib import decorators

from ceilobatch_tempest_plugin.client import Answer
from ceilobatch_tempest_plugin.tests.scenario import base


class LettersTest(base.ScenarioTest):
    """From a mistake on the bus to an event."""

    @decorators.idempotent_id("5e9b7c70-0d3e-4a37-8a35-6a0a4f5b1c92")
    def test_malformed_notification_is_corrected_and_replayed(self) -> None:
        """A payload that is a list is a letter; as a mapping, replayed, it is an event."""
        resource, project = self.resource_id(), self.resource_id()
        payload = base.volume(resource, project)
        with self.publisher() as publisher:
            message_id = publisher.publish("volume.exists", [payload])
        letter = self.eventually(lambda: self.letter_of(message_id), "the letter")
        self.assertEqual("waiting", letter["standing"])
        self.assertEqual([], self.events_of(resource))
        self.client.edit_letter(
            letter["id"], [{"op": "replace", "path": "/payload", "value": payload}]
        )
        self.client.replay_letter(letter["id"])
        events = self.events_of(resource)
        self.assertEqual([message_id], [event["message_id"] for event in events])
        replayed = self.client.show("letters", letter["id"])
        assert replayed is not None
        self.assertEqual("replayed", replayed["standing"])

    def letter_of(self, message_id: str) -> Answer | None:
        """The letter of a message."""
        letters = self.client.search("letters", message_id=message_id)["elements"]
        return letters[0] if letters else None
