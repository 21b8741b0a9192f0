# SPDX-License-Identifier: Apache-2.0
"""Cloud: the simulated deployment whose services send the notifications."""

import datetime
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from ceilobatch.testing.notifications.record import Actor, Payload

T = TypeVar("T")

PROJECTS = 12
USERS_PER_PROJECT = 3
HOSTS = 40
IMAGE_NAMES = ("ubuntu-24.04", "debian-12", "rocky-9", "cirros-0.6", "windows-2022")


class Pool(Generic[T]):
    """The live things of one kind; whoever works on one takes it out meanwhile.

    The size swings around ``size``: the fewer there are, the likelier :meth:`growing`.
    """

    def __init__(self, source: random.Random, size: int, make: Callable[[], T]) -> None:
        self._random = source
        self._size = size
        self._make = make
        self._items = [make() for _ in range(size)]

    def growing(self) -> bool:
        """Whether a new one should come rather than an old one go."""
        return self._random.random() * 2 * self._size >= len(self._items)

    def new(self) -> T:
        """One that did not exist; it is not in the pool until it is given back."""
        return self._make()

    def take(self) -> T:
        """Any one, out of the pool; a new one where the pool is empty."""
        items = self._items
        if not items:
            return self._make()
        index = int(self._random.random() * len(items))
        items[index], items[-1] = items[-1], items[index]
        return items.pop()

    def give(self, item: T) -> None:
        """Put it into the pool."""
        self._items.append(item)

    def look(self) -> T:
        """Any one, left where it is."""
        item = self.take()
        self.give(item)
        return item


@dataclass(frozen=True, slots=True)
class Flavor:
    """A size of instance."""

    id: str
    number: int
    name: str
    vcpus: int
    memory_mb: int
    root_gb: int
    ephemeral_gb: int


@dataclass(slots=True)
class Instance:
    """A server, as nova knows it."""

    id: str
    name: str
    actor: Actor
    flavor: Flavor
    image: str
    host: str
    address: str
    created: datetime.datetime
    launched: datetime.datetime | None
    port: str


class Cloud:
    """The time, the dice, and everything that more than one service knows of.

    :ivar now: the simulated time, aware, UTC; the caller moves it on.
    """

    def __init__(self, seed: int | str, start: datetime.datetime) -> None:
        self.random = random.Random(seed)
        self.now = start
        self.region = "RegionOne"
        self.hosts = [f"compute-{number:03d}" for number in range(HOSTS)]
        self.actors = [actor for _ in range(PROJECTS) for actor in self._project()]
        self.flavors = [
            Flavor(self.uuid(), 1, "m1.small", 1, 2048, 20, 0),
            Flavor(self.uuid(), 2, "m1.medium", 2, 4096, 40, 0),
            Flavor(self.uuid(), 3, "m1.large", 4, 8192, 80, 0),
            Flavor(self.uuid(), 4, "c1.scratch", 8, 16384, 80, 40),
            Flavor(self.uuid(), 5, "m1.huge", 16, 65536, 160, 160),
        ]
        self.image_ids = [self.uuid() for _ in IMAGE_NAMES]
        self.networks = [(self.uuid(), self.uuid()) for _ in range(PROJECTS)]
        self.instances: Pool[Instance] = Pool(self.random, 200, self._instance)

    def hex(self) -> str:
        """A new id of 32 hexadecimal digits."""
        return f"{self.random.getrandbits(128):032x}"

    def uuid(self) -> str:
        """A new id in the form of a random UUID."""
        digits = f"{self.random.getrandbits(128):032x}"
        return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"

    def any_of(self, choices: list[T] | tuple[T, ...]) -> T:
        """One of them."""
        return choices[int(self.random.random() * len(choices))]

    def below(self, limit: int) -> int:
        """A number from 0 to limit - 1."""
        return int(self.random.random() * limit)

    def actor(self) -> Actor:
        """Any user of any project."""
        return self.any_of(self.actors)

    def ago(self, seconds: float) -> datetime.datetime:
        """A moment before now."""
        return self.now - datetime.timedelta(seconds=seconds)

    def last_hour(self) -> tuple[str, str]:
        """The last whole hour, as an audit period: beginning and end."""
        end = self.now.replace(minute=0, second=0, microsecond=0)
        return naive(end - datetime.timedelta(hours=1)), naive(end)

    def _project(self) -> list[Actor]:
        project = self.hex()
        return [self._actor(project, number) for number in range(USERS_PER_PROJECT)]

    def _actor(self, project: str, number: int) -> Actor:
        user = self.hex()
        name = f"user-{project[:4]}-{number}"
        return Actor(project, user, name, _context(project, user))

    def _instance(self) -> Instance:
        created = self.ago(self.below(7 * 86400))
        return Instance(
            id=self.uuid(),
            name=f"server-{self.random.getrandbits(24):06x}",
            actor=self.actor(),
            flavor=self.any_of(self.flavors),
            image=self.any_of(self.image_ids),
            host=self.any_of(self.hosts),
            address=f"10.{self.below(250)}.{self.below(250)}.{2 + self.below(250)}",
            created=created,
            launched=created + datetime.timedelta(seconds=8 + self.below(40)),
            port=self.uuid(),
        )


def _context(project: str, user: str) -> Payload:
    return {
        "_context_user": user,
        "_context_tenant": project,
        "_context_user_id": user,
        "_context_project_id": project,
        "_context_domain": None,
        "_context_user_domain": "default",
        "_context_project_domain": "default",
        "_context_is_admin": False,
        "_context_read_only": False,
        "_context_show_deleted": False,
        "_context_auth_token": None,
        "_context_global_request_id": None,
        "_context_resource_uuid": None,
        "_context_roles": ["member", "reader"],
        "_context_is_admin_project": True,
    }


def naive(moment: datetime.datetime) -> str:
    """ISO 8601 without zone, as services write UTC."""
    return moment.replace(tzinfo=None).isoformat()


def zulu(moment: datetime.datetime) -> str:
    """ISO 8601 to the second with a Z, as nova's versioned notifications write UTC."""
    return f"{moment.replace(tzinfo=None, microsecond=0).isoformat()}Z"
