# SPDX-License-Identifier: Apache-2.0
"""Work: what comes of one notification while its meters are measured."""

import datetime
from collections.abc import Callable
from typing import NamedTuple

from ceilobatch.definitions.chains import Body
from ceilobatch.definitions.metadata import Metadata, MetadataRule
from ceilobatch.message import Notification
from ceilobatch.model import MeterProblem, Sample

Owner = tuple[str | None, str | None, str, datetime.datetime]


class Work:
    """The samples and problems so far, and the metadata that they share.

    :ivar body: of the notification.
    """

    __slots__ = ("_metadata", "body", "notification", "problems", "samples")

    def __init__(self, notification: Notification) -> None:
        self.notification = notification
        self.body = notification.body
        self.samples: list[Sample] = []
        self.problems: list[MeterProblem] = []
        self._metadata: dict[MetadataRule, Metadata] = {}

    def metadata(self, rule: MetadataRule) -> Metadata:
        """What a rule finds in this notification, made once."""
        made = self._metadata.get(rule)
        if made is None:
            made = self._metadata[rule] = rule(self.body)
        return made


Maker = Callable[[Work], None]
"""Adds the samples of one or more definitions to the work."""


class Subject(NamedTuple):
    """What a sample is about; one object for all definitions that say the same of it.

    :ivar owner: user, project, resource and time, given a body and the time of its
        notification; raises ValueError with a sentence.
    """

    owner: Callable[[Body, datetime.datetime], Owner]
    metadata: MetadataRule
