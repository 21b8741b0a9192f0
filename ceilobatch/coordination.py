# SPDX-License-Identifier: Apache-2.0
"""Coordination: which workers there are, on this host and on others (tooz)."""

import contextlib
import logging
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

import tooz
from oslo_config import cfg
from oslo_log import log
from tooz import coordination

from ceilobatch import errors
from ceilobatch.gate import Backoff
from ceilobatch.impatience import fail_at_once
from ceilobatch.state import state_directory

LOG = log.getLogger(__name__)

# Seconds that a backend has to let this worker go.
LAST_WAIT = 3.0
# How many workers a line of the log names.
MOST_NAMES = 4

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

# Signs of life in each lease. Somebody else notices that a worker is lost up to one beat after
# the backend has forgotten it, which therefore happens a beat before the end of the lease.
_BEATS = 4
# Drivers that have groups, the others know locks only; and what they call the seconds after
# which a member is forgotten, and those after which a request has failed.
_NAMES: Mapping[str, tuple[str, str]] = {
    "file": ("timeout", ""),
    "redis": ("membership_timeout", "socket_timeout"),
    "etcd3+http": ("membership_timeout", "timeout"),
    "etcd3+https": ("membership_timeout", "timeout"),
    "kazoo": ("timeout", ""),
    "zookeeper": ("timeout", ""),
}


def coordination_url(conf: cfg.ConfigOpts) -> str:
    """The URL with which to ask tooz for a coordinator.

    :raises ConfigurationError: ``[coordination] url`` cannot be used for that.
    """
    group = conf.coordination
    url = group.url or f"file://{state_directory(conf, 'coordination').resolve()}"
    scheme = url.partition("://")[0] if "://" in url else ""
    if scheme not in _NAMES:
        raise errors.ConfigurationError(
            f"[coordination] url: {scheme or url!r} is no backend that knows groups of members"
            f" (there are: {', '.join(_NAMES)})"
        )
    if url == f"{scheme}://":
        raise errors.ConfigurationError(f"[coordination] url: {url} does not say where")
    return _with_lease(url, group.lease)


def refuse_what_cannot_work(conf: cfg.ConfigOpts) -> None:
    """Look at the URL, and whether its driver can be had, without asking the backend.

    :raises ConfigurationError: it cannot be used.
    """
    url = coordination_url(conf)
    try:
        # Of a wrong port only the one who connects complains.
        _ = urlsplit(url).port
        coordination.get_coordinator(url, b"nobody")
    except Exception as error:
        # Only the first line is a sentence; what a driver raises is its own affair.
        reason = str(error).partition("\n")[0] or type(error).__name__
        raise errors.ConfigurationError(f"[coordination] url: {reason}") from error


def members(conf: cfg.ConfigOpts) -> list[str]:
    """Who takes part now, without taking part.

    :raises ConfigurationError: the URL cannot be used.
    :raises Unavailable: the backend does not answer, or refuses the login.
    """
    refuse_what_cannot_work(conf)
    coordinator = coordination.get_coordinator(coordination_url(conf), uuid.uuid4().hex.encode())
    fail_at_once(coordinator)
    try:
        coordinator.start()
        with contextlib.suppress(coordination.GroupNotCreated):
            found = coordinator.get_members(conf.coordination.group.encode()).get()
            return sorted(map(_text, found))
        return []
    except Exception as error:
        reason = str(error).partition("\n")[0] or type(error).__name__
        raise errors.Unavailable(f"[coordination] url: {reason}") from error
    finally:
        with contextlib.suppress(Exception):
            coordinator.stop()


def _with_lease(url: str, lease: int) -> str:
    """Tell the backend after how long it shall forget a silent member, and fail."""
    parts = urlsplit(url)
    membership, request = _NAMES[parts.scheme]
    query = {membership: str(max(1, lease * (_BEATS - 1) // _BEATS))}
    if request:
        query[request] = str(max(1, lease // 2))
    query.update(parse_qsl(parts.query))
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
        # A backend that hangs shall not keep the process from ending.
        super().__init__(name="membership", daemon=True)
        self.member = f"{worker}/{uuid.uuid4().hex[:8]}"
        self.reached: float | None = None
        self._url = coordination_url(conf)
        self._group = conf.coordination.group.encode()
        self._every = conf.coordination.lease / _BEATS
        self._changed = changed
        self._members: frozenset[str] = frozenset()
        self._stopped = threading.Event()
        self._lost = False
        self._backoff = Backoff(first=0.2, longest=self._every)
        # It tells at level ERROR what is told once, and better, here.
        logging.getLogger("tooz").setLevel(logging.CRITICAL)

    def run(self) -> None:
        """The body of the thread."""
        while not self._stopped.is_set():
            reason = ""
            try:
                self._take_part()
            except Exception as error:  # noqa: BLE001  (every backend has errors of its own)
                reason = f"{type(error).__name__}: {error}"
            if reason and not self._stopped.is_set():
                if not self._lost:
                    LOG.warning("Coordination is lost, scopes stay shared as they are: %s", reason)
                self._lost = True
                self._stopped.wait(self._backoff.failed())

    def stop(self) -> None:
        """Leave, so that others take over at once, and join the thread.

        A backend that does not answer has its time, and forgets this worker later.
        """
        self._stopped.set()
        if self.is_alive():
            self.join(LAST_WAIT)
        if self.is_alive():
            LOG.info("The others will notice within the lease that %s is gone", self.member)

    def _take_part(self) -> None:
        """Be a member until stopped.

        :raises Exception: the backend is away.
        """
        coordinator = coordination.get_coordinator(self._url, self.member.encode())
        fail_at_once(coordinator)
        coordinator.start()
        try:
            self._join(coordinator)
            LOG.info("Coordinated as %s", self.member)
            while not self._stopped.is_set():
                coordinator.heartbeat()
                self._look(coordinator)
                self._lost = False
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
            for what, some in (
                ("joined", members - self._members - {self.member}),
                ("gone", self._members - members),
            ):
                if some:
                    LOG.info("%s: %s; workers now: %d", what, _names(some), len(members))
            self._members = members
            self._changed(members)


def _names(members: frozenset[str]) -> str:
    shown = sorted(members)[:MOST_NAMES]
    more = len(members) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")


def _text(member: bytes | str) -> str:
    return member.decode() if isinstance(member, bytes) else member
