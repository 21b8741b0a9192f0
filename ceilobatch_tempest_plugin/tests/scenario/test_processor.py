# SPDX-License-Identifier: Apache-2.0
"""The processor finds a scope, catches up with its past, and stores its usage."""

import datetime

from tempest import config
from tempest.lib import decorators

from ceilobatch_tempest_plugin.client import Answer
from ceilobatch_tempest_plugin.tests.scenario import base

CONF = config.CONF
PERIODS = 6
# Periods between the last one with data and now, for everything to be over by then.
BEFORE = 4


class ProcessorTest(base.ScenarioTest):
    """Volumes of the past, one in each period."""

    @classmethod
    def skip_checks(cls) -> None:
        """Skip where there is no processor."""
        super().skip_checks()
        if not CONF.ceilobatch.processor:
            raise cls.skipException("no processor is expected to be there")

    @decorators.idempotent_id("1b6e4c9d-7a0f-4f38-b2d5-9c8e0a7f3d65")
    def test_scope_catches_up_with_its_past(self) -> None:
        """The scope goes on to the present, and has usage in each of the periods."""
        resource, project = self.resource_id(), self.resource_id()
        begins = self.begins()
        with self.publisher() as publisher:
            for begin in begins:
                moment = begin + datetime.timedelta(seconds=CONF.ceilobatch.period / 2)
                payload = base.volume(resource, project, size=5)
                publisher.publish("volume.exists", payload, moment)
        last = begins[-1] + datetime.timedelta(seconds=CONF.ceilobatch.period)
        self.eventually(lambda: self.is_past(project, last), "the scope's periods")
        usage = [one for one in self.usage_of(project) if one["metric"] == "volume.size"]
        self.assertEqual(begins, sorted(moment_of(one["begin"]) for one in usage))
        self.assertEqual({5.0}, {float(one["quantity"]) for one in usage})

    def begins(self) -> list[datetime.datetime]:
        """When the periods begin."""
        period = CONF.ceilobatch.period
        now = int(datetime.datetime.now(datetime.UTC).timestamp())
        first = now - now % period - (PERIODS + BEFORE) * period
        return [
            datetime.datetime.fromtimestamp(first + number * period, datetime.UTC)
            for number in range(PERIODS)
        ]

    def is_past(self, scope: str, moment: datetime.datetime) -> bool:
        """Whether the scope is processed up to a time."""
        found = self.client.show("scopes", scope)
        return found is not None and moment_of(found["last_processed"]) >= moment

    def usage_of(self, scope: str) -> list[Answer]:
        """The stored usage of a scope."""
        return list(self.client.search("usage", scope=scope, limit=1000)["elements"])


def moment_of(text: str) -> datetime.datetime:
    """An aware time of what the service writes."""
    moment = datetime.datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)
