# SPDX-License-Identifier: Apache-2.0
"""Service, which knows scripts of messages, and Stage, which plays several at a time."""

import abc
import itertools
from collections.abc import Callable, Iterator
from typing import ClassVar

from ceilobatch.testing.notifications.cloud import Cloud
from ceilobatch.testing.notifications.record import Message

Script = Iterator[Message]

AT_ONCE = 8


class Service(abc.ABC):
    """One service of the cloud and what it does.

    :cvar exchange: where it publishes.
    :cvar topic: the topic before the priority.
    """

    exchange: ClassVar[str]
    topic: ClassVar[str] = "notifications"

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud

    @abc.abstractmethod
    def scripts(self) -> list[tuple[int, Callable[[], Script]]]:
        """Its operations, each with how often it happens compared with the others.

        A script yields the messages of one operation in order, at least one.
        """


class Stage:
    """Plays the scripts of one service, interleaved as concurrent requests are."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self._cloud = service.cloud
        scripts = service.scripts()
        self._choices = [script for _, script in scripts]
        self._weights = list(itertools.accumulate(weight for weight, _ in scripts))
        self._playing = [self._start() for _ in range(AT_ONCE)]

    def next(self) -> tuple[Message, str]:
        """The next message, and the id of the request it belongs to."""
        index = self._cloud.below(AT_ONCE)
        script, request_id = self._playing[index]
        message = next(script, None)
        while message is None:
            script, request_id = self._playing[index] = self._start()
            message = next(script, None)
        return message, request_id

    def _start(self) -> tuple[Script, str]:
        choice = self._cloud.random.choices(self._choices, cum_weights=self._weights)[0]
        return choice(), f"req-{self._cloud.uuid()}"
