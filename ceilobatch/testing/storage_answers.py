# SPDX-License-Identifier: Apache-2.0
"""What a storage driver promises of its answers."""

import datetime

from ceilobatch.model import STORED, Event, Result, Sample, Status
from ceilobatch.testing.storage_scene import Item, StorageBench, answered, identity

OLD = datetime.datetime(2001, 2, 3, 4, 5, 6, tzinfo=datetime.UTC)


class AnswerPromises:
    """One result per item, in order; one bad item harms no other."""

    def test_declared_characteristics_make_sense(self, bench: StorageBench) -> None:
        """Operators, the configuration check and replay go by them."""
        declared = bench.declared
        assert declared.accepts, "accepts is empty: a driver that stores nothing is none."
        assert declared.accepts <= {Event, Sample}, (
            "accepts names types other than ceilobatch.model.Event and ceilobatch.model.Sample."
        )
        assert declared.idempotent or not declared.recognises, (
            "recognises=True without idempotent=True: a driver that knows an item again does not "
            "store it twice."
        )
        assert declared.late_after is None or declared.late_after >= 0, (
            f"late_after is {declared.late_after}: it is a number of seconds, or None where the "
            "age of an item does not matter."
        )

    def test_no_items_are_no_results(self, bench: StorageBench) -> None:
        """An empty call is answered with an empty list."""
        assert bench.store([]) == [], "store([]) has to return an empty list."

    def test_one_result_for_each_item_in_the_same_order(self, bench: StorageBench) -> None:
        """Known and new items, mixed."""
        for kind in bench.kinds:
            known, new = bench.items(kind, 0, 12), bench.items(kind, 100, 9)
            first = bench.store(known)
            _expect(first, [STORED] * 12, "storable items that are new")
            mixed = [*known[:3], *new[:4], *known[3:10], *new[4:], *known[10:]]
            wanted = [bench.again if item in known else STORED for item in mixed]
            found = bench.store(mixed)
            assert sorted(map(_word, found)) == sorted(map(_word, wanted)), (
                f"of 12 known and 9 new items mixed in one call, store() answered "
                f"{_words(found)} where {_words(wanted)} was due."
            )
            assert found == wanted, (
                f"store() gave the right results in the wrong order: {_words(found)} where "
                f"{_words(wanted)} was due. Each result stands in the place of its item."
            )

    def test_storing_twice_is_storing_once(self, bench: StorageBench) -> None:
        """What comes again, after a lost acknowledgement or in a replay, changes nothing."""
        for kind in bench.kinds:
            items = bench.items(kind, 0, 25)
            bench.store(items)
            _expect(bench.store(items[::-1]), [bench.again] * 25, "items that are stored already")
        bench.expect_in_store(_all(bench, 25))

    def test_same_identity_twice_in_one_call(self, bench: StorageBench) -> None:
        """The first is stored, the second is a duplicate."""
        for kind in bench.kinds:
            one, two, three = bench.items(kind, 0, 3)
            again = bench.again
            wanted = [STORED, STORED, again, STORED, again, again]
            _expect(
                bench.store([one, two, one, three, one, two]),
                wanted,
                "items of which some stand several times in one call",
            )
        bench.expect_in_store(_all(bench, 3))

    def test_only_the_same_identity_is_the_same_item(self, bench: StorageBench) -> None:
        """Upper case, spaces at the end, and the position of a sample tell items apart."""
        for kind in bench.kinds:
            (item,) = bench.items(kind, 0, 1)
            others: list[Item] = [
                item._replace(message_id=name) for name in ("a", "A", "a ", "ä", "a\u0308")
            ]
            if isinstance(item, Sample):
                others += [item._replace(position=place) for place in (1, 2)]
            _expect(
                bench.store([item, *others]),
                [STORED] * (len(others) + 1),
                "items whose identities differ in case, spaces, accents or position only",
            )

    def test_item_that_cannot_be_stored_is_refused_alone(self, bench: StorageBench) -> None:
        """Its neighbours are stored, and it is refused again when it comes again."""
        for kind in bench.kinds:
            alone = [bench.store([item])[0] for item in bench.refusable(kind)]
            good = bench.items(kind, 0, 10)
            mixed = [*good[:5], *bench.refusable(kind), *good[5:]]
            final = (Status.REJECTED, Status.IGNORED)
            middle = [one if one.status in final else bench.again for one in alone]
            _expect(
                bench.store(mixed),
                [*[STORED] * 5, *middle, *[STORED] * 5],
                "good items with some around them that the driver refuses",
            )

    def test_age_matters_only_where_that_is_declared(self, bench: StorageBench) -> None:
        """With ``late_after=None`` an item may be as old as it likes."""
        if bench.declared.late_after is not None:
            return
        kept: list[Item] = []
        for kind in bench.kinds:
            old = [_at(item, OLD) for item in bench.items(kind, 0, 3)]
            _expect(bench.store(old), [STORED] * 3, "items of the year 2001")
            kept += old
        bench.expect_in_store(kept)

    def test_thousand_items_in_one_call(self, bench: StorageBench) -> None:
        """More than one statement, packet or request may hold."""
        for kind in bench.kinds:
            results = bench.store(bench.items(kind, 0, 1000))
            _expect(results, [STORED] * 1000, "1000 new items in one call")
        bench.expect_in_store(_all(bench, 1000))

    def test_probe_stores_nothing(self, bench: StorageBench) -> None:
        """It is called again and again while the gate is closed."""
        with bench.open() as driver:
            for _ in range(3):
                assert driver.probe() is None, "probe() returns nothing: it raises Unavailable."
            for kind in bench.kinds:
                _expect(answered(driver, bench.items(kind, 0, 2)), [STORED] * 2, "new items")
            driver.probe()
        bench.expect_in_store(_all(bench, 2))


def _expect(found: list[Result], wanted: list[Result], what: str) -> None:
    statuses = [result.status for result in found], [result.status for result in wanted]
    assert statuses[0] == statuses[1], (
        f"store() answered {what} with {_words(found)} where {_words(wanted)} was due."
    )


def _all(bench: StorageBench, count: int) -> list[Item]:
    return [item for kind in bench.kinds for item in bench.items(kind, 0, count)]


def _at(item: Item, moment: datetime.datetime) -> Item:
    if isinstance(item, Event):
        return item._replace(message_id=f"old {identity(item)}", generated=moment)
    return item._replace(message_id=f"old {item.message_id}", timestamp=moment)


def _word(result: Result) -> str:
    return result.status.name


def _words(results: list[Result]) -> str:
    """``3 STORED, 1 DUPLICATE``: runs, so that long answers stay readable."""
    runs: list[tuple[str, int]] = []
    for word in map(_word, results):
        if runs and runs[-1][0] == word:
            runs[-1] = (word, runs[-1][1] + 1)
        else:
            runs.append((word, 1))
    return ", ".join(f"{count} {word}" for word, count in runs) or "nothing"
