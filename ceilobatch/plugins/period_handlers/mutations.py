# SPDX-License-Identifier: Apache-2.0
"""What is done to a quantity after factor and offset, decided by its exact value.

The quantity is given as a number and a divisor, see :func:`decimals.quotient`: so nothing has been
rounded up to a whole number before it is rounded down.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from fractions import Fraction

from ceilobatch.metric import Metric, Mutation
from ceilobatch.plugins.period_handlers.decimals import (
    EXACTLY,
    ONE,
    ZERO,
    nearest,
    quotient,
    written,
)


def _is_not_zero(number: Decimal) -> Decimal:
    return ONE if number else ZERO


def _is_zero(number: Decimal) -> Decimal:
    return ZERO if number else ONE


def _floor(number: Decimal, divisor: Decimal) -> Decimal:
    whole, rest = EXACTLY.divmod(number, divisor)
    return EXACTLY.subtract(whole, ONE) if rest < 0 else EXACTLY.plus(whole)


def _ceiling(number: Decimal, divisor: Decimal) -> Decimal:
    whole, rest = EXACTLY.divmod(number, divisor)
    # plus() leaves no minus before 0.
    return EXACTLY.add(whole, ONE) if rest > 0 else EXACTLY.plus(whole)


_UNDIVIDED: Mapping[Mutation, Callable[[Decimal], Decimal]] = {
    Mutation.NUMBOOL: _is_not_zero,
    Mutation.NOTNUMBOOL: _is_zero,
}
_DIVIDED: Mapping[Mutation, Callable[[Decimal, Decimal], Decimal]] = {
    Mutation.NONE: quotient,
    Mutation.FLOOR: _floor,
    Mutation.CEIL: _ceiling,
}


def finish(metric: Metric, divisor: int) -> Callable[[Decimal], Decimal]:
    """What is left to do with a number that is still to be divided: to divide it and mutate."""
    mutation = metric.mutate
    if mutation is Mutation.MAP:
        return _mapped(metric.mutate_map, divisor)
    if mutation in _UNDIVIDED:
        return _UNDIVIDED[mutation]
    if mutation is Mutation.NONE and divisor == 1:
        return written
    divide, by = _DIVIDED[mutation], Decimal(divisor)
    return lambda number: divide(number, by)


def _mapped(values: Mapping[Fraction, Fraction], divisor: int) -> Callable[[Decimal], Decimal]:
    """0 where the map does not tell."""
    # Decimals find the fractions that they equal: both have the same hash.
    table: dict[object, Decimal] = {
        before * divisor: nearest(after) for before, after in values.items()
    }
    return lambda number: table.get(number, ZERO)
