# SPDX-License-Identifier: Apache-2.0
"""Opens the source that a user has named."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from oslo_config import cfg

from ceilobatch import config, errors
from ceilobatch.perf.dropwizard import DropWizardSource
from ceilobatch.perf.ledger import LedgerSource
from ceilobatch.perf.monasca import LATE, MonascaSource
from ceilobatch.perf.monasca_pages import Pages
from ceilobatch.perf.prometheus import PrometheusSource
from ceilobatch.perf.source import Names, Several, Source
from ceilobatch.perf.web import Web
from ceilobatch.plugins import loader
from ceilobatch.plugins.storage.sql import SqlStorage

LEDGER = "ledger"


class Wanted(NamedTuple):
    """What a user asks for.

    :ivar kind: one of :data:`KINDS`.
    :ivar urls: one for each server; the ledger needs none.
    :ivar late: seconds that points of a Monasca API may take.
    """

    kind: str
    urls: Sequence[str]
    names: Names
    headers: Callable[[], Mapping[str, str]]
    timeout: float
    late: float = LATE


def opened(wanted: Wanted, books: Callable[[], LedgerSource]) -> Source:
    """The source, or all of them as one.

    :param books: opens the ledger of the configuration.
    :raises ConfigurationError: it cannot be what the user takes it for.
    """
    if wanted.kind == LEDGER:
        sources: list[Source] = [LedgerSource(_configured(url)) for url in wanted.urls]
        sources = sources or [books()]
    elif not wanted.urls:
        raise errors.ConfigurationError(f"the source {wanted.kind} needs an address")
    else:
        sources = [KINDS[wanted.kind](url, wanted) for url in wanted.urls]
    return sources[0] if len(sources) == 1 else Several(sources)


def _monasca(url: str, wanted: Wanted) -> Source:
    return MonascaSource(Pages(url, _web(wanted)), wanted.names, wanted.late)


def _dropwizard(url: str, wanted: Wanted) -> Source:
    return DropWizardSource(url, wanted.names, _web(wanted))


def _prometheus(url: str, wanted: Wanted) -> Source:
    return PrometheusSource(url, wanted.names, _web(wanted))


KINDS: Mapping[str, Callable[[str, Wanted], Source]] = {
    "monasca": _monasca,
    "dropwizard": _dropwizard,
    "prometheus": _prometheus,
}


def _web(wanted: Wanted) -> Web:
    return Web(wanted.headers, wanted.timeout)


def _configured(url: str) -> cfg.ConfigOpts:
    """A configuration of nothing but a database."""
    conf = config.load([], [])
    loader.register_options(conf, SqlStorage)
    conf.set_override("connection", url, "storage_sql")
    return conf
