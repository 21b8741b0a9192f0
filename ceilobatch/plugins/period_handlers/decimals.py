# SPDX-License-Identifier: Apache-2.0
"""Decimals calculated with exactly, and as they are written."""

from decimal import MAX_EMAX, MIN_EMIN, ROUND_HALF_EVEN, Context, Decimal, Inexact, InvalidOperation
from fractions import Fraction

SIGNIFICANT = 28
# More than any float times any factor has. What would need more digits is a mistake.
LONGEST = 5000

# Flags are the only thing that calculating changes in a context, and nobody reads them.
EXACTLY = Context(
    prec=LONGEST, Emin=MIN_EMIN, Emax=MAX_EMAX, traps=[Inexact, InvalidOperation], capitals=1
)
ROUNDED = Context(
    prec=SIGNIFICANT, rounding=ROUND_HALF_EVEN, Emin=MIN_EMIN, Emax=MAX_EMAX, traps=[]
)
ZERO, ONE = Decimal(0), Decimal(1)


def indivisible(number: Fraction) -> int:
    """What remains of the denominator without its factors 2 and 5: 1 for a finite decimal."""
    remaining = number.denominator
    for prime in (2, 5):
        while remaining % prime == 0:
            remaining //= prime
    return remaining


def nearest(number: Fraction) -> Decimal:
    """A fraction: exact where it is a finite decimal, else rounded to 28 significant digits."""
    divisor = indivisible(number)
    return quotient(of(number * divisor), Decimal(divisor))


def of(number: Fraction) -> Decimal:
    """A fraction that is a finite decimal.

    :raises decimal.Inexact: it is none, or has thousands of digits.
    """
    return EXACTLY.divide(Decimal(number.numerator), Decimal(number.denominator))


def quotient(number: Decimal, divisor: Decimal) -> Decimal:
    """A finite number divided by a whole one that neither 2 nor 5 divides.

    Exact where the quotient is a finite decimal, else rounded to 28 significant digits.
    """
    exponent = int(number.as_tuple().exponent)
    # By such a divisor the quotient is finite if it divides all of the digits, and only then.
    whole, rest = EXACTLY.divmod(number.scaleb(-exponent, EXACTLY), divisor)
    return written(ROUNDED.divide(number, divisor) if rest else whole.scaleb(exponent, EXACTLY))


def written(number: Decimal) -> Decimal:
    """The same number without an exponent above 0 and without zeros at the end of decimals.

    :raises decimal.InvalidOperation: it would have thousands of digits.
    """
    whole = number.to_integral_value()
    return EXACTLY.quantize(whole, ONE) if whole == number else EXACTLY.normalize(number)


def text(number: Decimal) -> str:
    """The same number in full, without an exponent.

    :raises decimal.InvalidOperation: as :func:`written`.
    """
    return format(written(number), "f")
