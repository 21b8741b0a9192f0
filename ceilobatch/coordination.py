# SPDX-License-Identifier: Apache-2.0
"""Coordination: which workers there are, on this host and on others (tooz)."""

import contextlib
import logging
import threading
import time
import uuid
from collections.abc import Callable
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import tooz
from oslo_config import cfg
from oslo_log import log
from tooz import coordination

from ceilobatch import errors
from ceilobatch.gate import Backoff
from ceilobatch.state import state_directory

LOG = log.getLogger(__name__)

OPTIONS = [
    cfg.StrOpt(
        "url",
        default="",
        secret=True,
        help="Where the workers of all hosts find each other, as a URL of tooz, such as "
        "redis://host:6379, etcd3+http://host:2379 or kazoo://host:2181. Empty stands for files "
        "below [DEFAULT] state_path, which is enough for the workers of one host.",
    ),
    cfg.IntOpt(
        "lease",
        default=10,
        min=2,
        help="Seconds after which a worker that gives no sign of life is taken for lost and the "
        "others take over what it owned.",
    ),
    cfg.StrOpt(
        "group",
        default="ceilobatch-processor",
        help="The name under which the workers that share their scopes find each other.",
    ),
]

# Signs of life in each lease.
_BEATS = 4
# Drivers that have groups; the others know locks only.
_SCHEMES = ("file", "redis", "etcd3+http", "etcd3+https", "kazoo", "zookeeper", "zake")
# Of these, the ones that call the time after which a member is forgotten just so.
_TIMEOUT_ONLY = {"file", "kazoo", "zookeeper", "zake"}


def coordination_url(conf: cfg.ConfigOpts) -> str:
    """The URL with which to ask tooz for a coordinator.

    :raises ConfigurationError: ``[coordination] url`` cannot be used for that.
    """
    group = conf.coordination
    url = group.url or f"file://{state_directory(conf, 'coordination').resolve()}"
    scheme = urlsplit(url).scheme
    if scheme not in _SCHEMES:
        raise errors.ConfigurationError(
            f"[coordination] url: {scheme or url!r} is no backend that knows groups of members"
            f" (there are: {', '.join(_SCHEMES)})"
        )
    return _with_lease(url, group.lease)


def _with_lease(url: str, lease: int) -> str:
    """Tell the backend after how long it shall forget a silent member."""
    parts = urlsplit(url)
    name = "timeout" if parts.scheme in _TIMEOUT_ONLY else "membership_timeout"
    query = {name: str(lease), **dict(parse_qsl(parts.query))}
    return urlunsplit(parts._replace(query=urlencode(query)))


class Membership(threading.Thread):
    """Gives signs of life and watches who else does.

    :param worker: what this worker is called; its member id is unique all the same.
    :param changed: told of the members, whenever they are others; from this thread.
    :ivar member: the id of this worker.
    :ivar reached: monotonic time of the last answer of the backend.
    """

    def __init__(
        self, conf: cfg.ConfigOpts, worker: str, changed: Callable[[frozenset[str]], None]
    ) -> None:
        super().__init__(name="membership")
        self.member = f"{worker}/{uuid.uuid4().hex[:8]}"
        self.reached: float | None = None
        self._url = coordination_url(conf)
        self._group = conf.coordination.group.encode()
        self._every = conf.coordination.lease / _BEATS
        self._changed = changed
        self._members: frozenset[str] = frozenset()
        self._stopped = threading.Event()
        self._backoff = Backoff(first=0.2, longest=self._every)
        # It tells at level ERROR what is told once, and better, here.
        logging.getLogger("tooz").setLevel(logging.CRITICAL)

    def run(self) -> None:
        """The body of the thread."""
        lost = False
        while not self._stopped.is_set():
            try:
                self._take_part()
            except Exception as error:  # noqa: BLE001  (every backend has errors of its own)
                if not lost:
                    LOG.warning("Coordination is lost: %s: %s", type(error).__name__, error)
                lost = True
                self._stopped.wait(self._backoff.failed())
            else:
                lost = False

    def stop(self) -> None:
        """Leave, so that others take over at once, and join the thread."""
        self._stopped.set()
        if self.is_alive():
            self.join()

    def _take_part(self) -> None:
        """Be a member until stopped.

        :raises Exception: the backend is away.
        """
        coordinator = coordination.get_coordinator(self._url, self.member.encode())
        coordinator.start()
        try:
            self._join(coordinator)
            LOG.info("Coordinated as %s", self.member)
            while not self._stopped.is_set():
                coordinator.heartbeat()
                self._look(coordinator)
                self._backoff.succeeded()
                self._stopped.wait(self._every)
            coordinator.leave_group(self._group).get()
        finally:
            with contextlib.suppress(Exception):
                coordinator.stop()

    def _join(self, coordinator: coordination.CoordinationDriver) -> None:
        with contextlib.suppress(coordination.GroupAlreadyExist):
            coordinator.create_group(self._group).get()
        with contextlib.suppress(coordination.MemberAlreadyExist):
            coordinator.join_group(self._group).get()

    def _look(self, coordinator: coordination.CoordinationDriver) -> None:
        found = coordinator.get_members(self._group).get()
        members = frozenset(_text(member) for member in found)
        if self.member not in members:
            raise tooz.ToozError("the backend has forgotten this worker")
        self.reached = time.monotonic()
        if members != self._members:
            LOG.info("%d workers: %s", len(members), ", ".join(sorted(members)))
            self._members = members
            self._changed(members)


def _text(member: bytes | str) -> str:
    return member.decode() if isinstance(member, bytes) else member
