# SPDX-License-Identifier: Apache-2.0
"""Who asks, and whether he may: identities from the pipeline, decisions by oslo.policy."""

import threading
from dataclasses import dataclass
from typing import Any

import falcon
from oslo_config import cfg
from oslo_policy import policy

from ceilobatch import config, errors
from ceilobatch.api import policies

# Where the pipeline leaves an identity, and where it says how to get one.
IDENTITY = "ceilobatch.identity"
ADVICE = "ceilobatch.advice"
CHALLENGE = "ceilobatch.challenge"
UNCONFIGURED = (
    "This needs a credential, and the service takes none: set [api] htpasswd_file, or [api] "
    "auth_strategy to keystone."
)


@dataclass(frozen=True, slots=True)
class Identity:
    """Somebody whose credential was good."""

    user: str
    roles: tuple[str, ...] = ()
    project: str | None = None

    @property
    def credentials(self) -> dict[str, Any]:
        """As oslo.policy asks for them."""
        return {"user_id": self.user, "project_id": self.project, "roles": list(self.roles)}


def identity(req: falcon.Request) -> Identity | None:
    """Who asks; None where no credential came along."""
    found: Identity | None = req.env.get(IDENTITY)
    return found


def require(req: falcon.Request, rule: str) -> None:
    """Let those through who may.

    :param rule: one of :mod:`ceilobatch.api.policies`, such as ``letters:edit``.
    :raises falcon.HTTPUnauthorized: nobody may without a credential, and there is none.
    :raises falcon.HTTPForbidden: whoever asks must not.
    """
    who = identity(req)
    gatekeeper: Gatekeeper = req.context.gatekeeper
    if gatekeeper.allows(rule, who):
        return
    if who is None:
        challenge = req.env.get(CHALLENGE)
        raise falcon.HTTPUnauthorized(
            description=req.env.get(ADVICE, UNCONFIGURED),
            challenges=[challenge] if challenge else None,
        )
    raise falcon.HTTPForbidden(description=f"{who.user} must not do this: {rule}.")


class Gatekeeper:
    """Decides by the rules of the operator and those that come with the project.

    :raises ConfigurationError: the file of rules cannot be used.
    """

    def __init__(self, conf: cfg.ConfigOpts) -> None:
        self._enforcer = _enforcer(conf)
        try:
            self._enforcer.load_rules()
        except Exception as error:  # It raises whatever its parsers raise.
            reason = " ".join(str(error).split())
            raise errors.ConfigurationError(f"[oslo_policy] policy_file: {reason}") from error
        self._lock = threading.Lock()

    def allows(self, rule: str, who: Identity | None) -> bool:
        """Whether somebody, or anybody, may."""
        credentials = (who or Identity("")).credentials
        with self._lock:  # The enforcer reads its files again when they have changed.
            return bool(self._enforcer.authorize(rule, {}, credentials))

    def process_request(self, req: falcon.Request, _resp: falcon.Response) -> None:
        """Part of falcon's middleware: be there for :func:`require`."""
        req.context.gatekeeper = self


def enforcer() -> policy.Enforcer:
    """What oslo.policy's commands ask, with the configuration in its usual places."""
    return _enforcer(config.load())


def _enforcer(conf: cfg.ConfigOpts) -> policy.Enforcer:
    made = policy.Enforcer(conf)
    made.register_defaults(policies.list_rules())
    return made
