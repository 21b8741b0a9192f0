# SPDX-License-Identifier: Apache-2.0
"""The scope source ``prometheus``: the scopes that are values of a label."""

from collections.abc import Iterable

from oslo_config import cfg

from ceilobatch import errors
from ceilobatch.plugins.collectors import prometheus_options
from ceilobatch.plugins.collectors.prometheus_server import PrometheusServer
from ceilobatch.plugins.processing import ScopeSource

GROUP = "scopes_prometheus"
OPTIONS = [
    cfg.MultiStrOpt(
        "match",
        default=[],
        help='Selectors of series, such as openstack_nova_vcpus or {job="openstack"}: only what '
        "one of them selects is looked at. None: all series.",
    ),
]


class PrometheusScopes(ScopeSource):
    """Names the values that the label ``[processor] scope_key`` has in Prometheus.

    Which one that is, and how it is asked, is said in ``[collector_prometheus]``.

    :raises ConfigurationError: a file that the options name is not there.
    """

    options = (
        (GROUP, OPTIONS),
        (prometheus_options.GROUP, prometheus_options.OPTIONS),
    )

    def __init__(self, conf: cfg.ConfigOpts) -> None:
        super().__init__(conf)
        self._label = conf.processor.scope_key
        self._match = conf[GROUP].match
        self._server = PrometheusServer(conf)

    def scopes(self) -> Iterable[str]:
        """See the contract."""
        try:
            values = self._server.get(f"label/{self._label}/values", {"match[]": self._match})
        except errors.Rejected as error:
            raise errors.Unavailable(f"[{GROUP}] match: {error}") from error
        if not isinstance(values, list):
            raise errors.Unavailable(f"the answer is no list of values: {values!r:.300}")
        return [str(value) for value in values if value]

    def close(self) -> None:
        """Close the connection."""
        self._server.close()
