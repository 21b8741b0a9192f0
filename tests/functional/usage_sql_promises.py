# SPDX-License-Identifier: Apache-2.0
"""What the SQL usage storage promises of rows and queries in every database."""

import logging
from decimal import Decimal
from types import MappingProxyType

from ceilobatch.plugins.usage_storage.sql_query import Wanted

from .usage_person_promises import PersonPromises
from .usage_setup import START, at, numbered, period, usage

NUMBERS = (
    "0",
    "-1.5",
    "0.1",
    "12345678901234567890123456789.0000000000000000000000000000000000001",
    "9" * 190,
    "1E-300",
    "1E+300",
    str(Decimal(3) / 2**30),
)
TEXTS = ("", " ", "a", "a ", "A", "é\U0001f600", '"\\u0000', "x" * 5000, "%s", "'", "\\")


class SqlUsagePromises(PersonPromises):
    """Run by the subclasses, which have a fixture ``url``."""

    # -- rows

    def test_quantities_are_exact(self, storage, look):
        usages = [usage(number, resource=f"r{place}") for place, number in enumerate(NUMBERS)]
        storage.store(START, [period(0, usages)], "w", final=False)
        assert [row[3] for row in look.rows()] == [Decimal(number) for number in NUMBERS]
        assert storage.correct(START, [period(0, usages)], "w") == 0

    def test_sums_are_exact(self, storage, look):
        tenth, tiny = usage("0.1"), usage("1E-40", resource="r2")
        large = usage("98765432109876543210987654321098765432109876", resource="r3")
        storage.store(
            START, [period(hour, [tenth, tiny, large]) for hour in range(30)], "w", final=True
        )
        ((unit, total, count),) = look.sums([])
        expected = 30 * int(large.quantity)
        assert (unit, count) == ("vCPU", 90)
        assert str(total) == f"{expected + 3}.{'0' * 38}30"

    def test_what_no_database_keeps_is_left_out_and_told(self, storage, look, caplog):
        usages = [
            usage("NaN"),
            usage("Infinity", "ram"),
            usage("1" * 201, "long"),
            usage("1E+10000", "wide"),
            usage(1, "m" * 256),
            usage(1, "nul\0"),
            usage(1, "unit", unit="u" * 256),
            usage(1, "twice"),
            usage(2, "twice"),
            usage(1, "good"),
        ]
        with caplog.at_level(logging.WARNING):
            storage.store(START, [period(0, usages)], "w", final=False)
        assert [row[1] for row in look.rows()] == ["good", "twice"]
        error = self.state(storage).error
        for metric in ("cpu", "ram", "long", "wide", "m" * 255, "nul\ufffd", "unit", "twice"):
            assert f"{metric}: left out of storage: " in error
        assert "quantity that is not finite" in error
        assert len(caplog.records) == 8
        assert storage.correct(START, [period(0, usages)], "w") == 0

    def test_attributes_are_kept_as_they_are(self, storage, look):
        usages = [usage(1, groupby={"id": text}, metadata={"name": text}) for text in TEXTS]
        storage.store(START, [period(0, usages)], "w", final=False)
        for text in TEXTS:
            (row,) = look.all(Wanted(attributes=[("id", text)]))
            assert row[6:] == ({"id": text}, {"name": text})
        assert storage.correct(START, [period(0, usages)], "w") == 0
        assert {row[0] for row in look.sums(["id"])} == set(TEXTS)

    def test_attributes_that_no_database_keeps_stay_apart(self, storage, look):
        usages = [
            usage(number, groupby={"id": text}, metadata={"name": text})
            for number, text in enumerate(("a\0", "a\ufffd", "a\ud800", "a\udfff"))
        ]
        storage.store(START, [period(0, usages)], "w", final=False)
        assert [row[2:] for row in look.rows()] == [("a\ufffd", number) for number in range(4)]
        assert storage.correct(START, [period(0, usages)], "w") == 0

    def test_order_and_kind_of_a_mapping_make_no_difference(self, storage, look):
        one = usage(1, groupby={"a": "1", "b": "2"})
        other = usage(1, groupby=MappingProxyType({"b": "2", "a": "1"}))
        storage.store(START, [period(0, [one])], "w", final=False)
        assert storage.correct(START, [period(0, [other])], "w") == 0

    def test_many_usages_of_a_period_are_stored(self, storage, look):
        batch = numbered(0, resources=12_003)
        storage.store(START, [batch], "w", final=False)
        assert look.sums([]) == [("vCPU", 12_002 * 12_003 // 2, 12_003)]
        assert len(look.all()) == 12_003
        assert len(look.all(limit=1001)) == 1001

    def test_scopes_that_no_database_keeps_are_left_out(self, storage, caplog):
        with caplog.at_level(logging.WARNING):
            assert storage.enroll({"x" * 256: START, "nul\0": START, "x" * 255: START}) == 1
        assert [state.scope for state in storage.states()] == ["s1", "x" * 255]
        assert len(caplog.records) == 2

    def test_the_same_failure_has_begun_when_it_came_first(self, storage):
        storage.failed(["s1"], "away\0")
        first = self.state(storage).error_at
        storage.failed(["s1"], "away\0")
        assert self.state(storage).error_at == first
        assert self.state(storage).error == "away\ufffd"
        storage.failed(["s1"], "refused")
        assert self.state(storage).error_at > first

    # -- queries

    def test_usage_is_found_by_every_filter(self, storage, look):
        storage.enroll({"s2": START})
        for scope in ("s1", "s2"):
            usages = [usage(1), usage(2, "ram", "r2"), usage(3, "ram")]
            storage.store(
                START, [period(hour, usages, scope) for hour in range(3)], "w", final=True
            )
        for wanted, count in (
            (Wanted(), 18),
            (Wanted(scopes=["s2"]), 9),
            (Wanted(scopes=["s2", "none", "s1"]), 18),
            (Wanted(metric="ram"), 12),
            (Wanted(metric="c?u"), 6),
            (Wanted(since=at(1)), 12),
            (Wanted(until=at(1)), 6),
            (Wanted(attributes=[("id", "r2")]), 6),
            (Wanted(attributes=[("id", "R2")]), 0),
            (Wanted(attributes=[("none", "r2")]), 0),
            (Wanted(["s1"], "ram", at(1), at(2), [("id", "r2")]), 1),
        ):
            assert len(look.all(wanted)) == count, wanted
            assert sum(row[-1] for row in look.sums([], wanted)) == count, wanted
        order = [(row[1], row[0], row[3]) for row in look.all()]
        assert order == sorted(order)

    def test_sums_are_kept_apart_by_every_key(self, storage, look):
        first = 24 * 31 + 23
        storage.enroll({"s3": at(first)})
        late = [
            usage(2, resource="R1"),
            usage(5, "ram", "r1 "),
            usage(1, "disk", unit="GiB", groupby={}),
        ]
        storage.store(
            START, [period(0, [usage("0.5")]), period(1, [usage("0.25")])], "w", final=True
        )
        batches = [period(first + hour, late, "s3") for hour in range(2)]
        storage.store(at(first), batches, "w", final=True)
        assert look.sums(["scope", "metric"]) == [
            ("s1", "cpu", "vCPU", Decimal("0.75"), 2),
            ("s3", "cpu", "vCPU", 4, 2),
            ("s3", "disk", "GiB", 2, 2),
            ("s3", "ram", "vCPU", 10, 2),
        ]
        assert look.sums(["day"]) == [
            ("2026-03-01", "vCPU", Decimal("0.75"), 2),
            ("2026-04-01", "GiB", 1, 1),
            ("2026-04-01", "vCPU", 7, 2),
            ("2026-04-02", "GiB", 1, 1),
            ("2026-04-02", "vCPU", 7, 2),
        ]
        assert look.sums(["month", "metric"], Wanted(metric="cpu")) == [
            ("2026-03", "cpu", "vCPU", Decimal("0.75"), 2),
            ("2026-04", "cpu", "vCPU", 4, 2),
        ]
        assert look.sums(["id"]) == [
            ("R1", "vCPU", 4, 2),
            ("r1", "vCPU", Decimal("0.75"), 2),
            ("r1 ", "vCPU", 10, 2),
            (None, "GiB", 2, 2),
        ]
        periods = [row[0] for row in look.sums(["period"], Wanted(metric="cpu"))]
        assert periods == [at(0), at(1), at(first), at(first + 1)]
