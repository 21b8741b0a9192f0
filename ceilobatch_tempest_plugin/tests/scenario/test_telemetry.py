# SPDX-License-Identifier: Apache-2.0
"""What the agent has done can be read over REST, in each of the views."""

import datetime
import re

from tempest.lib import decorators

from ceilobatch_tempest_plugin.tests.scenario import base

COUNT = 30
RECEIVED = "ceilobatch.instance.requests.received"


class TelemetryTest(base.ScenarioTest):
    """The same number, three times."""

    @decorators.idempotent_id("a2f7c5d0-4e8b-4d61-8c3f-5b9a1e6d7f76")
    def test_messages_are_counted_in_every_view(self) -> None:
        """At least what was published is seen by Prometheus, DropWizard and Monasca."""
        resource = self.resource_id()
        began = datetime.datetime.now(datetime.UTC) - datetime.timedelta(minutes=1)
        before = self.prometheus(), self.dropwizard()
        with self.publisher() as publisher:
            for _ in range(COUNT):
                publisher.publish("volume.exists", base.volume(resource, resource))
        self.eventually(lambda: len(self.events_of(resource)) >= COUNT, "all events")
        self.eventually(lambda: self.prometheus() >= before[0] + COUNT, "Prometheus's view")
        self.eventually(lambda: self.dropwizard() >= before[1] + COUNT, "DropWizard's view")
        self.eventually(lambda: self.monasca(began) >= COUNT, "Monasca's view")

    def prometheus(self) -> float:
        """Messages received, over all threads of agents."""
        lines = self.client.show_exposition().splitlines()
        found = [
            float(match[1])
            for line in lines
            if (
                match := re.fullmatch(
                    r"ceilobatch_requests_received_total\{(?=.*agent).*\} (\S+)", line
                )
            )
        ]
        return sum(found)

    def dropwizard(self) -> float:
        """The same."""
        page = self.client.show_dropwizard()
        counts = {**page["counters"], **page["meters"]}
        return sum(
            float(one["count"])
            for name, one in counts.items()
            if re.fullmatch(r"ceilobatch\.agent\[[^,]*,[^,]*\]\.requests\.received", name)
        )

    def monasca(self, began: datetime.datetime) -> float:
        """The same, since a time."""
        found = self.client.list_measurements(
            name=RECEIVED,
            dimensions="service:agent",
            merge_metrics="true",
            start_time=began.isoformat(),
        )
        return sum(
            float(measurement[1])
            for element in found["elements"]
            for measurement in element["measurements"]
        )
