# SPDX-License-Identifier: Apache-2.0
"""The scope source ``keystone``: the projects of the cloud."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from keystoneauth1 import adapter, loading
from keystoneauth1 import exceptions as keystone
from oslo_config import cfg

from ceilobatch import errors
from ceilobatch.plugins.processing import ScopeSource

GROUP = "scopes_keystone"
# What else there is depends on auth_type, and keystoneauth registers it when it knows which.
OPTIONS = [
    *loading.get_auth_common_conf_options(),
    *loading.get_session_conf_options(),
    *loading.get_adapter_conf_options(include_deprecated=False),
    cfg.StrOpt("of_domain", default="", help="The id of a domain: only its projects. Empty: all."),
    cfg.BoolOpt("enabled_only", default=False, help="Leave out projects that are disabled."),
]
_DEFAULTS: Mapping[str, Any] = {
    "auth_type": "password",
    "service_type": "identity",
    "valid_interfaces": ["internal", "public"],
    "min_version": "3",
    "max_version": "3.latest",
}
# More pages are none that end.
MOST_PAGES = 10_000


class KeystoneScopes(ScopeSource):
    """Names all projects that Keystone lists for the user of ``[scopes_keystone]``.

    :raises ConfigurationError: something is missing that is needed to authenticate.
    """

    options = ((GROUP, OPTIONS),)

    def __init__(self, conf: cfg.ConfigOpts) -> None:
        super().__init__(conf)
        own = conf[GROUP]
        self._identity = _identity(conf)
        self._parameters = {"domain_id": own.of_domain} if own.of_domain else {}
        if own.enabled_only:
            self._parameters["enabled"] = "true"

    def scopes(self) -> Iterable[str]:
        """See the contract."""
        try:
            return [project["id"] for page in self._pages() for project in page["projects"]]
        except (keystone.ClientException, OSError) as error:
            sentence = " ".join(str(error).split())
            raise errors.Unavailable(f"Keystone: {type(error).__name__}: {sentence}") from error
        except (LookupError, TypeError, ValueError) as error:
            raise errors.Unavailable(f"Keystone: this is no list of projects: {error!r}") from error

    def close(self) -> None:
        """Close the connections."""
        self._identity.session.session.close()

    def _pages(self) -> Iterator[Any]:
        page = self._identity.get("/projects", params=self._parameters).json()
        for _ in range(MOST_PAGES):
            if page.get("truncated"):
                raise errors.Unavailable(
                    "Keystone does not list all projects, see list_limit of its configuration"
                )
            yield page
            following = (page.get("links") or {}).get("next")
            if not following:
                return
            page = self._identity.get(following).json()


def _identity(conf: cfg.ConfigOpts) -> adapter.Adapter:
    for option, value in _DEFAULTS.items():
        conf.set_default(option, value, group=GROUP)
    try:
        auth = loading.load_auth_from_conf_options(conf, GROUP)
        timeout = conf[GROUP].timeout or conf.processor.request_timeout
        session = loading.load_session_from_conf_options(conf, GROUP, auth=auth, timeout=timeout)
        return loading.load_adapter_from_conf_options(conf, GROUP, session=session)
    except (keystone.ClientException, cfg.Error, TypeError, ValueError) as error:
        sentence = " ".join(str(error).split())
        raise errors.ConfigurationError(f"[{GROUP}]: {sentence}") from None
