# SPDX-License-Identifier: Apache-2.0
"""Values converted to quantities: times factor plus offset, then mutated, in exact decimals.

Every fraction is a finite decimal divided by a whole number that neither 2 nor 5 divides. So all
there is to calculate for a value is one multiplication and one addition of decimals, exactly, and
one division where that number is not 1.
"""

from decimal import Decimal
from math import lcm

from ceilobatch.definitions.convert import shown
from ceilobatch.metric import Metric
from ceilobatch.plugins.period_handlers import decimals, mutations

Value = Decimal | float | int


class Unusable(ValueError):
    """Nothing that can be calculated with; the text stands for the value in a sentence."""


class Conversion:
    """Converts the values of one metric."""

    def __init__(self, metric: Metric) -> None:
        self.metric = metric
        divisor = lcm(decimals.indivisible(metric.factor), decimals.indivisible(metric.offset))
        self._factor = decimals.of(metric.factor * divisor)
        self._offset = decimals.of(metric.offset * divisor)
        self._finish = mutations.finish(metric, divisor)

    def __call__(self, value: Value) -> Decimal:
        """The quantity of a value; a float counts as the shortest decimal that it shows.

        It is exact where it is a finite decimal, else rounded to 28 significant digits, half to
        even. It has neither an exponent above 0 nor zeros at the end of its decimals.

        :raises Unusable: the value is no number, or infinite, or thousands of digits long.
        """
        try:
            # Not repr(), which a class derived from float may have its own of.
            decimal = Decimal(float.__repr__(value) if isinstance(value, float) else value)
            if decimal.is_finite():
                return self._finish(decimals.EXACTLY.fma(decimal, self._factor, self._offset))
        except (ArithmeticError, ValueError, TypeError):
            pass
        raise Unusable(shown(value))
