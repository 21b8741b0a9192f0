# SPDX-License-Identifier: Apache-2.0
"""A syntax tree of jsonpath-ng compiled to functions, in two ways.

Values are all that most paths are asked for: :func:`compile_values` makes functions from value
to values. Steps know where they are as well, which costs several times as much: they are for
trait plugins, which are told where a value was found, and for parts that look around.
"""

from collections.abc import Callable
from typing import Any

from ceilobatch.definitions import branches, chains, filters, functions, steps
from ceilobatch.definitions.branches import Branches, Test
from ceilobatch.definitions.chains import Keys
from ceilobatch.definitions.dialect import PathError
from ceilobatch.definitions.functions import Function
from ceilobatch.definitions.steps import Match, Step


def plain_chain(tree: Any) -> Keys | None:
    """The keys of a tree that is nothing but single keys and indices, else None.

    A quoted key or an index makes a path no slower than a plain dotted one.
    """
    kind = _kind(tree)
    if kind in ("Root", "This"):
        return ()
    if kind == "Fields" and len(tree.fields) == 1 and "*" not in tree.fields:
        return (str(tree.fields[0]),)
    if kind == "Index" and len(_indices(tree)) == 1:
        return _indices(tree)
    if kind == "Child" and _kind(tree.right) != "Root":
        left, right = plain_chain(tree.left), plain_chain(tree.right)
        return None if left is None or right is None else left + right
    return None


def compile_values(tree: Any) -> Function:
    """From a value to the values that a tree finds in it.

    :raises PathError: the tree uses something that has no meaning here.
    """
    keys = plain_chain(tree)
    if keys is not None:
        return chains.matches(keys)
    kind = _kind(tree)
    if kind in _BRANCHES:
        find = _BRANCHES[kind](tree)
        return lambda value: [inner for _, inner in find(value)]
    if kind in _FUNCTIONS:
        return _FUNCTIONS[kind](tree)
    if kind == "Child" and not _looks_around(tree.right):
        return _within(compile_values(tree.left), compile_values(tree.right))
    if kind == "Operation":
        return functions.operation(*_sides(tree, compile_values))
    step = compile_step(tree)
    return lambda value: [match.value for match in step(Match(value))]


def compile_step(tree: Any) -> Step:
    """From a match to the matches that a tree leads to.

    :raises PathError: the tree uses something that has no meaning here.
    """
    kind = _kind(tree)
    if kind in _BRANCHES:
        return steps.below(_BRANCHES[kind](tree))
    if kind in _FUNCTIONS:
        return steps.computed(_FUNCTIONS[kind](tree))
    if kind in _PLACES:
        return _PLACES[kind]
    if kind in _PAIRS:
        return _PAIRS[kind](compile_step(tree.left), compile_step(tree.right))
    if kind == "Operation":
        calculate = functions.operation(*_sides(tree, _found_values))
        return lambda match: [Match(value) for value in calculate(match)]
    raise PathError(f"uses {kind}, which has no meaning here")


def _kind(tree: Any) -> str:
    # The name of a class in one release of jsonpath-ng begins with _ in another.
    return type(tree).__name__.lstrip("_")


def _looks_around(tree: Any) -> bool:
    """Whether a tree may find what does not lie in the value that it is asked of."""
    parts = (getattr(tree, side, None) for side in ("left", "right"))
    return _kind(tree) in ("Root", "Parent") or any(map(_looks_around, filter(None, parts)))


def _within(left: Function, right: Function) -> Function:
    return lambda value: [found for between in left(value) for found in right(between)]


def _found_values(tree: Any) -> Callable[[Match], list[Any]]:
    step = compile_step(tree)
    return lambda match: [found.value for found in step(match)]


def _sides(tree: Any, compile_side: Callable[[Any], Any]) -> tuple[Any, Any, Any]:
    left, right = (
        side if isinstance(side, str | int | float) else compile_side(side)
        for side in (tree.left, tree.right)
    )
    return left, tree.op, right


def _indices(tree: Any) -> tuple[int, ...]:
    indices: tuple[int, ...] = tree.indices if hasattr(tree, "indices") else (tree.index,)
    return indices


def _slice(tree: Any) -> Branches:
    if tree.step == 0:
        raise PathError("has a slice with the step 0")
    return branches.items(slice(tree.start, tree.end, tree.step))


def _sorted(tree: Any) -> Function:
    by = tree.expressions or ()
    return functions.ordered([(compile_values(part), downwards) for part, downwards in by])


def _filter(tree: Any) -> Branches:
    return branches.matching(filters.every([_test(part) for part in tree.expressions]))


def _test(tree: Any) -> Test:
    kind = _kind(tree)
    if kind == "And":
        return filters.every([_test(operand) for operand in tree.operands])
    if kind == "Or":
        return filters.either([_test(operand) for operand in tree.operands])
    if tree.op in (None, "!"):
        return filters.there(compile_values(tree.target), tree.op is None)
    keys = plain_chain(tree.target)
    if keys:
        return filters.compared_key(keys, tree.op, tree.value)
    return filters.compared(compile_values(tree.target), tree.op, tree.value)


_BRANCHES: dict[str, Callable[[Any], Branches]] = {
    "Fields": lambda tree: branches.fields(tree.fields),
    "Wildcard": lambda _: branches.fields("*"),
    "Index": lambda tree: branches.indices(_indices(tree)),
    "Slice": _slice,
    "Filter": _filter,
}
_FUNCTIONS: dict[str, Callable[[Any], Function]] = {
    "Split": lambda tree: functions.split(tree.chars, tree.segment, tree.max_split),
    "Sub": lambda tree: functions.substitute(tree.regex, tree.repl),
    "Str": lambda _: functions.as_text,
    "Len": lambda _: functions.length,
    "Keys": lambda _: functions.keys,
    "SortedThis": _sorted,
}
_PLACES: dict[str, Step] = {"Root": steps.root, "This": steps.this, "Parent": steps.parent}
_PAIRS: dict[str, Callable[[Step, Step], Step]] = {
    "Child": steps.child,
    "Union": steps.union,
    "Descendants": steps.descendants,
    "Where": lambda left, right: steps.where(left, right, wanted=True),
    "WhereNot": lambda left, right: steps.where(left, right, wanted=False),
}
