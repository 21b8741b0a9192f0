# SPDX-License-Identifier: Apache-2.0
"""Quantities are exactly what factor, offset and mutation make of a value."""

import math
from decimal import ROUND_HALF_EVEN, Context, Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ceilobatch.metric import Metric, Mutation
from ceilobatch.plugins.period_handlers.conversion import Conversion, Unusable

SAME = settings(deadline=None, derandomize=True, database=None, max_examples=100)
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
DECIMALS = st.decimals(allow_nan=False, allow_infinity=False, places=6)
VALUES = FLOATS | st.integers(-(10**30), 10**30) | DECIMALS
FRACTIONS = st.fractions(max_denominator=10**9)
FINITE = st.builds(
    lambda number, twos, fives: Fraction(number, 2**twos * 5**fives),
    st.integers(-(10**12), 10**12),
    st.integers(0, 30),
    st.integers(0, 30),
)


def conversion(**keys: Any) -> Conversion:
    return Conversion(Metric(name="m", unit="u", alt_name="m", **keys))


def exactly(value: Decimal | float | int, factor: Fraction, offset: Fraction) -> Fraction:
    """Calculated the slow way."""
    shown = Decimal(repr(value)) if isinstance(value, float) else value
    return Fraction(shown) * factor + offset


def rounded(number: Fraction) -> Fraction:
    divide = Context(prec=28, rounding=ROUND_HALF_EVEN).divide
    return Fraction(divide(Decimal(number.numerator), Decimal(number.denominator)))


def is_finite_decimal(number: Fraction) -> bool:
    return 10**2000 % number.denominator == 0


@SAME
@given(VALUES, FINITE, FINITE)
def test_finite_decimals_are_exact(value: Any, factor: Any, offset: Any) -> None:
    quantity = conversion(factor=factor, offset=offset)(value)
    assert Fraction(quantity) == exactly(value, factor, offset)


@SAME
@given(VALUES, FRACTIONS, FRACTIONS)
def test_what_is_no_finite_decimal_is_rounded_to_28_digits(
    value: Any, factor: Any, offset: Any
) -> None:
    quantity = conversion(factor=factor, offset=offset)(value)
    expected = exactly(value, factor, offset)
    assert Fraction(quantity) == (expected if is_finite_decimal(expected) else rounded(expected))


@SAME
@given(st.lists(VALUES, max_size=10), FINITE, FINITE)
def test_sum_of_conversions_is_conversion_of_the_sum(values: Any, factor: Any, offset: Any) -> None:
    convert = conversion(factor=factor, offset=offset)
    total = sum((exactly(value, Fraction(1), Fraction(0)) for value in values), Fraction(0))
    quantities = sum((Fraction(convert(value)) for value in values), Fraction(0))
    assert quantities == total * factor + offset * len(values)


@SAME
@given(VALUES, FRACTIONS, FRACTIONS)
def test_quantity_is_written_plainly(value: Any, factor: Any, offset: Any) -> None:
    quantity = conversion(factor=factor, offset=offset)(value)
    _, digits, exponent = quantity.as_tuple()
    assert isinstance(exponent, int)
    assert exponent <= 0
    assert exponent == 0 or digits[-1] != 0
    assert quantity or not quantity.is_signed()


@SAME
@given(VALUES, FRACTIONS, FRACTIONS)
def test_mutations_look_at_the_exact_quantity(value: Any, factor: Any, offset: Any) -> None:
    expected = exactly(value, factor, offset)
    mutated = {
        mutation: conversion(factor=factor, offset=offset, mutate=mutation)(value)
        for mutation in (Mutation.FLOOR, Mutation.CEIL, Mutation.NUMBOOL, Mutation.NOTNUMBOOL)
    }
    assert mutated == {
        Mutation.FLOOR: math.floor(expected),
        Mutation.CEIL: math.ceil(expected),
        Mutation.NUMBOOL: int(expected != 0),
        Mutation.NOTNUMBOOL: int(expected == 0),
    }


@SAME
@given(VALUES, FRACTIONS, FRACTIONS, FRACTIONS)
def test_a_map_finds_the_exact_quantity(value: Any, factor: Any, offset: Any, becomes: Any) -> None:
    keys = {"factor": factor, "offset": offset, "mutate": Mutation.MAP}
    here = exactly(value, factor, offset)
    found = conversion(mutate_map={here: becomes}, **keys)(value)
    near = conversion(mutate_map={here + Fraction(1, 10**40): becomes}, **keys)(value)
    assert Fraction(found) == (becomes if is_finite_decimal(becomes) else rounded(becomes))
    assert near == 0


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.1, "0.1"),
        (5.0, "5"),
        (100, "100"),
        (Decimal("1.500"), "1.5"),
        (Decimal("1E+3"), "1000"),
        (1e22, "10000000000000000000000"),
        (-0.0, "0"),
        (True, "1"),
        (5e-324, "5E-324"),
    ],
)
def test_a_value_is_the_shortest_decimal_that_shows_it(value: Any, expected: Any) -> None:
    assert str(conversion()(value)) == expected


def test_a_float_of_another_class_is_a_float() -> None:
    class Shown(float):
        def __repr__(self) -> str:
            return f"Shown({float(self)})"

    assert conversion()(Shown(2.5)) == Decimal("2.5")


@pytest.mark.parametrize(
    ("value", "factor", "mutate", "expected"),
    [
        (1048576, "1/1048576", "NONE", "1"),
        (1, "1/3", "NONE", "0.3333333333333333333333333333"),
        (2, "1/3", "NONE", "0.6666666666666666666666666667"),
        (3600, "1/3600", "NONE", "1"),
        (0.3, "1/3", "NONE", "0.1"),
        (9.9, "10", "CEIL", "99"),
        (-1, "1/2", "CEIL", "0"),
        (-1, "1/3", "FLOOR", "-1"),
        (-1, "1/3", "CEIL", "0"),
        # Rounded to 28 digits this would be 1 before it is rounded down.
        (Decimal("2." + "9" * 40), "1/3", "FLOOR", "0"),
        (-2, "1", "NUMBOOL", "1"),
        (0.0, "1", "NOTNUMBOOL", "1"),
    ],
)
def test_examples(value: Any, factor: Any, mutate: Any, expected: Any) -> None:
    convert = conversion(factor=Fraction(factor), mutate=Mutation(mutate))
    assert str(convert(value)) == expected


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (math.nan, "nan"),
        (-math.inf, "-inf"),
        (Decimal("NaN"), "Decimal('NaN')"),
        (Decimal("sNaN"), "Decimal('sNaN')"),
        (Decimal("Infinity"), "Decimal('Infinity')"),
        (None, "null"),
        ("many", "'many'"),
    ],
)
@pytest.mark.parametrize("factor", ["1", "0", "1/3"])
@pytest.mark.parametrize("mutate", list(Mutation))
def test_what_is_no_finite_number_is_unusable(
    value: Any, shown: Any, factor: Any, mutate: Any
) -> None:
    with pytest.raises(Unusable) as caught:
        conversion(factor=Fraction(factor), mutate=mutate)(value)
    assert str(caught.value) == shown


@pytest.mark.parametrize("value", [Decimal("1E+9999"), Decimal("1E-9999")])
@pytest.mark.parametrize(("factor", "offset"), [("1", "1"), ("1/3", "1")])
def test_a_number_that_would_be_thousands_of_digits_long_is_unusable(
    value: Any, factor: Any, offset: Any
) -> None:
    with pytest.raises(Unusable):
        conversion(factor=Fraction(factor), offset=Fraction(offset))(value)
