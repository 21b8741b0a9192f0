# SPDX-License-Identifier: Apache-2.0
"""Samples stored into a Gnocchi, and what has arrived there."""

import contextlib
import datetime
import logging
import pathlib
import urllib.parse
import uuid
from collections.abc import Iterator, Sequence
from typing import Any

import yaml

from ceilobatch import config
from ceilobatch.model import Result, Sample
from ceilobatch.plugins import loader
from ceilobatch.plugins.base import Storage
from ceilobatch.telemetry.calls import CallRegistry

from .servers import Gnocchi

BLOCK = datetime.timedelta(minutes=5)
# A moment at which a block begins, not so long ago that any policy has forgotten it.
START = datetime.datetime.now(datetime.UTC).replace(
    minute=0, second=0, microsecond=0
) - datetime.timedelta(hours=4)
REQUESTS = "urllib3.connectionpool"


class Shelf:
    """The storage driver ``gnocchi`` of one test, with a resource type of its own.

    :param directory: for files.
    """

    def __init__(self, server: Gnocchi, directory: pathlib.Path) -> None:
        self.server = server
        self.kind = f"t{uuid.uuid4().hex[:8]}"
        self.file = directory / "gnocchi_resources.yaml"
        self.directory = directory
        self.define(attributes={"host": "resource_metadata.host", "size": "metadata.size"})

    def define(self, *, policy: str | None = None, **changes: Any) -> None:
        """Write the resource definition file."""
        resource = {"resource_type": self.kind, "metrics": {"memory": None, "vcpus": None}}
        name = policy or "shelf"
        body = {
            "name": name,
            "aggregation_methods": ["last", "count", "sum"],
            "back_window": 1000,
            "definition": [{"granularity": "5 minutes", "timespan": "30 days"}],
        }
        content = {"archive_policy_default": name, "resources": [{**resource, **changes}]}
        self.file.write_text(yaml.safe_dump({**content, "archive_policies": [body]}))

    def settings(self, **options: object) -> dict[str, object]:
        """What stands in ``[storage_gnocchi]``."""
        return {
            "auth_type": "gnocchi-basic",
            "user": "admin",
            "endpoint": self.server.url,
            "resources_file": self.file,
            **options,
        }

    def configuration(self, **options: object) -> pathlib.Path:
        """A configuration file with samples in Gnocchi."""
        file = self.directory / "ceilobatch.conf"
        lines = [f"{name} = {value}" for name, value in self.settings(**options).items()]
        text = "\n".join(["[storage]", "samples = gnocchi", "[storage_gnocchi]", *lines, ""])
        file.write_text(f"[DEFAULT]\nstate_path = {self.directory}\n{text}")
        return file

    @contextlib.contextmanager
    def storage(self, **options: object) -> Iterator[Storage]:
        """The driver, as a worker has it."""
        conf = config.load([str(self.configuration(**options))])
        driver = loader.construct(
            conf, loader.STORAGE, "gnocchi", "[storage] samples", CallRegistry()
        )
        with contextlib.closing(driver):
            yield driver

    def store(self, samples: Sequence[Sample], **options: object) -> list[Result]:
        """Store with a driver of its own."""
        with self.storage(**options) as storage:
            return storage.store(samples)

    def resource(self, resource_id: str, kind: str = "") -> dict[str, Any]:
        """A resource as Gnocchi has it."""
        place = urllib.parse.quote(resource_id, safe="")
        found: dict[str, Any] = self.server.request("GET", f"resource/{kind or self.kind}/{place}")
        return found

    def history(self, resource_id: str) -> list[dict[str, Any]]:
        """All revisions of a resource."""
        path = f"resource/{self.kind}/{resource_id}/history"
        found: list[dict[str, Any]] = self.server.request("GET", path)
        return found

    def measures(self, resource_id: str, name: str, method: str = "last") -> dict[int, float]:
        """The values of a metric by the number of the block after :data:`START`."""
        place = urllib.parse.quote(resource_id, safe="")
        found = self.server.request(
            "GET",
            f"resource/generic/{place}/metric/{name}/measures",
            refresh="true",
            aggregation=method,
            granularity=BLOCK.total_seconds(),
        )
        return {
            (datetime.datetime.fromisoformat(when) - START) // BLOCK: value
            for when, _, value in found
        }


def new_id() -> str:
    """The id of a resource that no other test has."""
    return str(uuid.uuid4())


def sample(resource_id: str | None, block: int = 0, value: float = 1, /, **changes: Any) -> Sample:
    """A sample at the beginning of a block."""
    changes.setdefault("metadata", {})
    made = Sample(
        message_id=str(uuid.uuid4()),
        name="memory",
        position=0,
        type="gauge",
        unit="MiB",
        volume=value,
        user_id="u1",
        project_id="p1",
        resource_id=resource_id,
        timestamp=START + block * BLOCK,
        metadata={},
    )
    return made._replace(**changes)


@contextlib.contextmanager
def requests_sent() -> Iterator[list[str]]:
    """The method and path of each HTTP request of this process, as the HTTP library logs them."""
    seen: list[str] = []

    class Listener(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if "HTTP/" in (message := record.getMessage()):
                seen.append(message.split('"')[1].rsplit(" ", 1)[0])

    logger = logging.getLogger(REQUESTS)
    listener, level, propagates = Listener(), logger.level, logger.propagate
    logger.addHandler(listener)
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
    try:
        yield seen
    finally:
        logger.removeHandler(listener)
        logger.setLevel(level)
        logger.propagate = propagates
