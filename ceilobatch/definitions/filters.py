# SPDX-License-Identifier: Apache-2.0
"""The tests of filters, as in ``[?key=value]`` and ``[?(@.key='value')]``."""

import operator
import re
from collections.abc import Callable, Sequence
from typing import Any

from ceilobatch.definitions import chains
from ceilobatch.definitions.branches import Test
from ceilobatch.definitions.chains import Keys
from ceilobatch.definitions.dialect import PathError

Comparison = Callable[[Any, Any], Any]

_COMPARISONS: dict[str, Comparison] = {
    "=": operator.eq,
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def there(find: Callable[[Any], list[Any]], wanted: bool) -> Test:
    """Whether something is found in an item, or nothing."""
    return lambda item: bool(find(item)) is wanted


def compared(find: Callable[[Any], list[Any]], sign: str, wanted: Any) -> Test:
    """Whether one of the values that are found in an item compares so.

    :raises PathError: the comparison can never be made.
    """
    test = _test(sign, wanted)
    return lambda item: any(test(value) for value in find(item))


def compared_key(keys: Keys, sign: str, wanted: Any) -> Test:
    """As :func:`compared`, for the one value under these keys.

    :raises PathError: the comparison can never be made.
    """
    get, test = chains.chain(keys), _test(sign, wanted)
    if sign in ("=", "==") and isinstance(wanted, str):
        return lambda item: get(item) == wanted  # by far the most usual one
    return lambda item: test(get(item))


def every(tests: Sequence[Test]) -> Test:
    """All of them."""
    if len(tests) == 1:
        return tests[0]
    return lambda item: all(test(item) for test in tests)


def either(tests: Sequence[Test]) -> Test:
    """One of them."""
    return lambda item: any(test(item) for test in tests)


def _test(sign: str, wanted: Any) -> Test:
    if wanted is None:
        wanted = "null"  # a bare word is a text, this one too
    if sign == "=~":
        return _pattern(wanted)
    compare = _COMPARISONS.get(sign)
    if compare is None or not isinstance(wanted, str | int | float):
        raise PathError(f"compares in a way ({sign}) that has no meaning here")
    return _comparison(compare, wanted)


def _comparison(compare: Comparison, wanted: str | int | float) -> Test:
    """A null never compares; beside a whole number or a boolean the value becomes one."""
    whole = isinstance(wanted, int)

    def test(value: Any) -> Any:
        if value is None:
            return False
        try:
            return compare(int(value) if whole else value, wanted)
        except (TypeError, ValueError, OverflowError):
            return False

    return test


def _pattern(wanted: Any) -> Test:
    """Matched at the start of the value."""
    try:
        match = re.compile(wanted).match
    except (re.error, TypeError) as error:
        raise PathError(f"has a bad regular expression {wanted!r}: {error}") from None
    return lambda value: isinstance(value, str) and match(value)
