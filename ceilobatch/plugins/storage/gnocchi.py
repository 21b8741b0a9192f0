# SPDX-License-Identifier: Apache-2.0
"""The storage driver ``gnocchi``: samples as measures in Gnocchi."""

import dataclasses
from collections.abc import Sequence
from typing import cast

from oslo_config import cfg
from oslo_log import log

from ceilobatch.definitions.resources import MetricRule
from ceilobatch.model import IGNORED, Event, Result, Sample, rejected
from ceilobatch.plugins.base import Storage, StorageCharacteristics
from ceilobatch.plugins.storage.gnocchi_options import GROUP, OPTIONS, connect, definitions
from ceilobatch.plugins.storage.gnocchi_posting import Posting
from ceilobatch.plugins.storage.gnocchi_registry import Lacking, Registry
from ceilobatch.plugins.storage.gnocchi_schema import usable_schema
from ceilobatch.plugins.storage.gnocchi_sheet import Sheet
from ceilobatch.plugins.storage.sql_rows import Refused

LOG = log.getLogger(__name__)

SWIFT = "swift_account"
NAMED = 1000


class GnocchiStorage(Storage):
    """Stores samples as measures in Gnocchi, with the resources that they are of.

    The key of a measure is its metric and its time, so a sample that comes again changes nothing;
    Gnocchi does not say that it has come before.

    :raises ConfigurationError: the options or the resource definitions cannot be used.
    """

    options = ((GROUP, OPTIONS),)
    characteristics = StorageCharacteristics(
        accepts=frozenset({Sample}), recognises=False, late_after=0.0
    )

    def __init__(self, conf: cfg.ConfigOpts) -> None:
        super().__init__(conf)
        self._definitions = definitions(conf)
        self._connection = connect(conf)
        self._registry = Registry(self._connection, conf[GROUP].resource_cache)
        self._ignored_projects = frozenset(conf[GROUP].ignore_projects)
        self._rules: dict[str, MetricRule | None] = {}
        self._named: set[str] = set()
        self._usable = False

    @classmethod
    def declares(cls, conf: cfg.ConfigOpts) -> StorageCharacteristics:
        """How late a sample may be, by the archive policies of the resource definitions."""
        late = definitions(conf).late_after
        return dataclasses.replace(cls.characteristics, late_after=late)

    def store(self, items: Sequence[Event] | Sequence[Sample]) -> list[Result]:
        """Store samples, several measures of a metric together, and keep resources up to date."""
        self._prepare()
        results = [IGNORED] * len(items)
        sheet = Sheet()
        for place, sample in enumerate(cast(Sequence[Sample], items)):
            try:
                rule = self._rule(sample)
                if rule is not None:
                    sheet.add(place, sample, rule)
            except Refused as refusal:
                results[place] = rejected(str(refusal))
        try:
            posting = Posting(self._connection, self._registry, sheet.resources, results)
            self._registry.refresh(posting.post(sheet.series()))
        except Lacking:
            self._usable = False
            raise
        return results

    def probe(self) -> None:
        """Ask Gnocchi for an archive policy, which takes its API, its indexer and a login."""
        self._prepare()
        self._connection.get(f"archive_policy/{self._definitions.used_policies[0]}")

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _prepare(self) -> None:
        if not self._usable:
            self._registry.schema = usable_schema(
                self._connection, self._definitions, create=self.conf[GROUP].auto_upgrade
            )
            self._usable = True

    def _rule(self, sample: Sample) -> MetricRule | None:
        """What the sample becomes; None where it is to be ignored.

        :raises Refused: nobody knows its meter, and that matters.
        """
        if sample.project_id in self._ignored_projects:
            return None
        rule = self._found(sample.name)
        if rule is None:
            self._miss(sample.name)
        elif rule.resource.resource_type == SWIFT and sample.resource_id in self._ignored_projects:
            return None
        return rule

    def _found(self, meter: str) -> MetricRule | None:
        if meter not in self._rules:
            if len(self._rules) >= NAMED:
                self._rules.clear()
            self._rules[meter] = self._definitions.find(meter)
        return self._rules[meter]

    def _miss(self, meter: str) -> None:
        if self.conf[GROUP].reject_unknown:
            raise Refused(f"no resource definition knows the meter {meter}")
        if meter not in self._named and len(self._named) < NAMED:
            self._named.add(meter)
            LOG.warning("No resource definition knows the meter %s: its samples are ignored", meter)
