# SPDX-License-Identifier: Apache-2.0
"""What the scenarios have in common: who asks, whom they ask, and how long they wait."""

import contextlib
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any, ClassVar, TypeVar

from tempest import config, test

from ceilobatch_tempest_plugin import bus
from ceilobatch_tempest_plugin.client import Answer, CeilobatchClient
from ceilobatch_tempest_plugin.credentials import BasicAuth

CONF = config.CONF
Found = TypeVar("Found")
KEYSTONE = "keystone"


class ScenarioTest(test.BaseTestCase):  # type: ignore[misc]
    """A scenario against the running agent, processor and REST service.

    :cvar client: of the REST service.
    """

    client: ClassVar[CeilobatchClient]

    @classmethod
    def skip_checks(cls) -> None:
        """Skip where Ceilobatch is not there."""
        super().skip_checks()
        if not CONF.service_available.ceilobatch:
            raise cls.skipException("Ceilobatch is not available")

    @classmethod
    def setup_credentials(cls) -> None:
        """Without Keystone none are needed of tempest."""
        cls.credentials = ["admin"] if CONF.ceilobatch.auth_strategy == KEYSTONE else []
        cls.set_network_resources()
        super().setup_credentials()

    @classmethod
    def setup_clients(cls) -> None:
        """The client of the service."""
        super().setup_clients()
        cls.client = cls.client_at(CONF.ceilobatch.endpoint)

    @classmethod
    def client_at(cls, endpoint: str) -> CeilobatchClient:
        """A client of the service at this URL, or of the catalog's with Keystone."""
        section = CONF.ceilobatch
        if section.auth_strategy != KEYSTONE:
            auth: Any = BasicAuth(endpoint, section.username, section.password)
            return CeilobatchClient(auth, "", "")
        auth = cls.os_admin.auth_provider
        client = CeilobatchClient(auth, section.catalog_type, CONF.identity.region)
        if not section.catalog_type:
            auth.base_url = lambda *_arguments, **_named: endpoint
        return client

    @contextlib.contextmanager
    def publisher(self) -> Iterator[bus.Publisher]:
        """A publisher on the bus of the configuration."""
        section = CONF.ceilobatch
        with bus.publisher(section.transport_url, section.exchange, section.topic) as publisher:
            yield publisher

    def eventually(self, look: Callable[[], Found | None], what: str) -> Found:
        """What ``look`` answers as soon as that is something; fails when it takes too long."""
        deadline = time.monotonic() + CONF.ceilobatch.timeout
        while time.monotonic() < deadline:
            found = look()
            if found:
                return found
            time.sleep(CONF.ceilobatch.interval)
        raise self.failureException(f"{what}: not within {CONF.ceilobatch.timeout} s")

    def resource_id(self) -> str:
        """An id that nothing else has."""
        return str(uuid.uuid4())

    def events_of(self, resource: str, client: CeilobatchClient | None = None) -> list[Answer]:
        """The stored events about a resource."""
        listed = (client or self.client).search("events", resource=resource, limit=1000)
        return list(listed["elements"])

    def samples_of(self, resource: str) -> list[Answer]:
        """The stored samples of a resource."""
        return list(self.client.search("samples", resource=resource, limit=1000)["elements"])


def volume(resource: str, project: str, **changed: object) -> dict[str, object]:
    """The payload of a notification about a volume, as cinder's is."""
    return {
        "volume_id": resource,
        "tenant_id": project,
        "user_id": "tempest",
        "display_name": "tempest",
        "size": 3,
        "status": "available",
        "volume_type": "ssd",
        "availability_zone": "nova",
        "created_at": "2026-01-01 00:00:00+00:00",
        "replication_status": None,
        "snapshot_id": None,
        "host": "storage1",
        **changed,
    }
