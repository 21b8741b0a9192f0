# SPDX-License-Identifier: Apache-2.0
"""What a handler promises of its outcomes."""

from ceilobatch.batch import Outcome
from ceilobatch.testing.handler_scene import NO_JSON, ODD, UNWANTED, Desk, letters_of, notification


class DecidingPromises:
    """Every message has one outcome, and a bad one harms no other."""

    def test_every_message_has_one_outcome_in_order(self, desk: Desk) -> None:
        """Good ones and such that nobody can use, mixed."""
        good = desk.bodies(6)
        bodies = [good[0], NO_JSON, *good[1:3], b"", *good[3:], b'{"no": "payload"}']
        outcomes = desk.handle(*bodies)
        unusable = [place for place, body in enumerate(bodies) if body not in good]
        wanted = _good_outcome(desk)
        for place, outcome in enumerate(outcomes):
            due = Outcome.RECOVERED if place in unusable else wanted
            assert outcome is due, (
                f"message {place} of {len(bodies)} has the outcome {outcome.name} where {due.name} "
                "was due: what cannot be decoded is RECOVERED, the others are none the worse for "
                "it, and outcomes stand in the order of the messages."
            )

    def test_unusable_message_is_kept_byte_for_byte(self, desk: Desk) -> None:
        """A person has to see what came, not what was made of it."""
        desk.handle(NO_JSON, *desk.bodies(2))
        assert NO_JSON in letters_of(desk.recovery), (
            "a message that cannot be decoded is not in recovery with the very bytes it came with."
        )

    def test_good_messages_leave_nothing_out_and_nothing_over(self, desk: Desk) -> None:
        """What the handler declares to store, it stores of every message, and only of these."""
        bodies = desk.bodies(5)
        desk.handle(*bodies)
        if not desk.stores:
            assert len(letters_of(desk.recovery)) == 5, (
                "a handler that declares to store nothing puts every message into recovery."
            )
            return
        assert not letters_of(desk.recovery), "a good message went to recovery."
        for name, kind, count in _kept(desk):
            due = 5 if kind else 0
            assert count == due, (
                f"of 5 messages {count} are in the storage of {name}; by its characteristics the "
                f"handler stores them of {due}."
            )

    def test_unwanted_and_odd_messages_have_an_outcome(self, desk: Desk) -> None:
        """Nothing made of one: IGNORED. Definitions that cannot make something: RECOVERED."""
        if not desk.stores:
            return
        unwanted, odd = notification(1, UNWANTED), notification(2, ODD)
        first, second, third = desk.handle(unwanted, odd, *desk.bodies(1))
        assert first is Outcome.IGNORED, (
            f"a message that no definition wants has the outcome {first.name}: it is IGNORED."
        )
        assert second is Outcome.RECOVERED, (
            f"a message that cannot be converted has the outcome {second.name}: it goes to "
            "recovery, or nobody ever hears of it."
        )
        assert odd in letters_of(desk.recovery), (
            "a message that cannot be converted is not in recovery with the very bytes it came "
            "with."
        )
        assert third is Outcome.STORED, "a message suffers from those that came with it."

    def test_message_that_comes_again_is_not_doubled(self, desk: Desk) -> None:
        """In one batch, in a later one, and redelivered."""
        (body,) = desk.bodies(1)
        again = [*desk.handle(body, body), *desk.handle(body), *desk.handle(body, redelivered=True)]
        for outcome in again:
            assert outcome not in (Outcome.REQUEUED, Outcome.IGNORED), (
                f"a message that comes again has the outcome {outcome.name}."
            )
        if desk.stores:
            assert again[1:] == [Outcome.DUPLICATE] * 3, (
                "a message that is stored already has the outcome DUPLICATE, or the books count "
                "it twice."
            )
        assert again[3] is Outcome.DUPLICATE, (
            "a message that was redelivered after it was kept is a DUPLICATE."
        )

    def test_batch_of_one_is_a_batch(self, desk: Desk) -> None:
        """So messages come on a quiet bus, and so a culprit is singled out."""
        for body in desk.bodies(3):
            (outcome,) = desk.handle(body)
            assert outcome is _good_outcome(desk), (
                f"a good message in a batch of its own has the outcome {outcome.name}."
            )
        (outcome,) = desk.handle(NO_JSON)
        assert outcome is Outcome.RECOVERED, (
            f"a message that cannot be decoded, alone in a batch, has the outcome {outcome.name}."
        )

    def test_nothing_is_requeued_by_itself(self, desk: Desk) -> None:
        """What comes back at once comes back for ever; a batch is given back by Unavailable."""
        outcomes = desk.handle(*desk.bodies(5), NO_JSON, b"[]")
        assert Outcome.REQUEUED not in outcomes, (
            "a message was REQUEUED though nothing is away: it comes again at once, and for ever."
        )


def _good_outcome(desk: Desk) -> Outcome:
    return Outcome.STORED if desk.stores else Outcome.RECOVERED


def _kept(desk: Desk) -> list[tuple[str, bool, int]]:
    kinds = {kind.__name__ for kind in desk.stores}
    samples = {key[0] for key in desk.samples.samples}
    return [
        ("events", "Event" in kinds, len(desk.events.events)),
        ("samples", "Sample" in kinds, len(samples)),
    ]
