# SPDX-License-Identifier: Apache-2.0
"""Place: an empty virtual host, database and directory, and the agents that run there."""

from pathlib import Path
from types import TracebackType
from typing import Any

from tests.functional.letter_scene import Scene
from tests.functional.servers import PostgreSQL, RabbitMQ


class Place:
    """Gone with all that runs there when the context is left."""

    def __init__(
        self, rabbitmq: RabbitMQ, postgresql: PostgreSQL, directory: Path, seed: int
    ) -> None:
        self.postgresql = postgresql
        self.directory = directory
        self.seed = seed
        self._rabbitmq = rabbitmq
        self._url = rabbitmq.create_vhost()
        self.database = postgresql.create_database()
        self._scenes: list[Scene] = []

    def scene(self, backend: str, **options: Any) -> Scene:
        """An agent that is not started yet."""
        urls = (self._url, self.database)
        self._scenes.append(
            Scene(self._rabbitmq, self.postgresql, urls, self.directory, backend, **options)
        )
        return self._scenes[-1]

    def __enter__(self) -> "Place":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for scene in self._scenes:
            scene.agent.kill_all()
        self._rabbitmq.delete_vhost(self._url)
        self.postgresql.drop_database(self.database)
