# SPDX-License-Identifier: Apache-2.0
"""Turns the usages of periods into rows, with their documents encoded as JSON, each once."""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

import orjson

from ceilobatch.plugins.storage.sql_schema import TEXT_LIMIT
from ceilobatch.usage import PeriodBatch

Row = dict[str, Any]
# More than any value times any factor has, and what every database keeps.
LONGEST_QUANTITY = 200
WIDEST_EXPONENT = 9999
_DIGEST_BYTES = 16
# PostgreSQL keeps no NUL, and no database half a surrogate pair.
_UNKEPT = re.compile("[\0\ud800-\udfff]")
_REPLACEMENT = "\ufffd"


class Sheet:
    """The rows of some periods of one scope, and what could not be made into one.

    Collectors tell many points with one and the same mapping, and so each is encoded once.

    :ivar rows: with the columns of ``scope_usage``; groupby and metadata are JSON in UTF-8.
    :ivar left_out: why usages of a metric are left out, by its name.
    """

    def __init__(self, batches: Sequence[PeriodBatch]) -> None:
        self.rows: list[Row] = []
        self.left_out: dict[str, str] = {}
        self._names: set[tuple[str, str]] = set()
        self._groups: dict[int, tuple[str, bytes]] = {}
        self._documents: dict[int, bytes] = {}
        for batch in batches:
            self._add(batch)

    def _add(self, batch: PeriodBatch) -> None:
        scope, begin, end = batch.scope, batch.begin, batch.end
        there: set[tuple[str, str]] = set()
        for metric, unit, quantity, groupby, metadata in batch.usages:
            try:
                if (metric, unit) not in self._names:
                    self._check_names(metric, unit)
                digest, group = self._group(groupby)
                if (metric, digest) in there:
                    raise _Unkept("a second usage of the same attributes in one period")
                row = {
                    "scope": scope,
                    "period_begin": begin,
                    "period_end": end,
                    "metric": metric,
                    "unit": unit,
                    "quantity": _quantity(quantity),
                    "digest": digest,
                    "groupby": group,
                    "metadata": self._document(metadata),
                }
            except _Unkept as reason:
                self.left_out[clean(str(metric))[:TEXT_LIMIT]] = f"left out of storage: {reason}"
            else:
                there.add((metric, digest))
                self.rows.append(row)

    def _check_names(self, metric: str, unit: str) -> None:
        for what, name in (("name", metric), ("unit", unit)):
            if len(name) > TEXT_LIMIT or _UNKEPT.search(name):
                raise _Unkept(f"its {what} is too long or has characters that cannot be stored")
        self._names.add((metric, unit))

    def _group(self, groupby: Mapping[str, str]) -> tuple[str, bytes]:
        known = self._groups.get(id(groupby))
        if known is None:
            identity, encoded = _encoded(groupby)
            digest = hashlib.blake2b(identity, digest_size=_DIGEST_BYTES).hexdigest()
            known = self._groups[id(groupby)] = (digest, encoded)
        return known

    def _document(self, metadata: Mapping[str, str]) -> bytes:
        known = self._documents.get(id(metadata))
        if known is None:
            known = self._documents[id(metadata)] = _encoded(metadata)[1]
        return known


class _Unkept(Exception):
    """A usage that no database keeps; the text says what is wrong with it."""


def digest_of(groupby: Mapping[str, str]) -> str:
    """What the attributes of a usage are known by."""
    return hashlib.blake2b(_encoded(groupby)[0], digest_size=_DIGEST_BYTES).hexdigest()


def clean(text: str) -> str:
    """A text that every database keeps."""
    return _UNKEPT.sub(_REPLACEMENT, text)


def _quantity(quantity: Decimal) -> str:
    try:
        number = Decimal(quantity)
    except (TypeError, ValueError, InvalidOperation):
        raise _Unkept("a quantity that is no number") from None
    if not number.is_finite():
        raise _Unkept("a quantity that is not finite")
    text = str(number)
    if len(text) > LONGEST_QUANTITY or abs(number.adjusted()) > WIDEST_EXPONENT:
        raise _Unkept(f"a quantity of more than {LONGEST_QUANTITY} characters")
    return text


def _encoded(mapping: Mapping[str, str]) -> tuple[bytes, bytes]:
    """What stands for the mapping, whatever its order is, and its JSON."""
    try:
        plain = mapping if type(mapping) is dict else dict(mapping)
        encoded = orjson.dumps(plain, option=orjson.OPT_SORT_KEYS)
    except (TypeError, ValueError):
        return _encoded_slowly(mapping)
    # The same text may stand for a backslash and a u, which cleaning leaves alone.
    if b"\\u0000" in encoded:
        return encoded, _encoded_slowly(mapping)[1]
    return encoded, encoded


def _encoded_slowly(mapping: Mapping[str, str]) -> tuple[bytes, bytes]:
    try:
        plain = {str(name): value for name, value in mapping.items()}
        identity = json.dumps(plain, sort_keys=True).encode()
        cleaned = {clean(name): clean(str(value)) for name, value in plain.items()}
    except (TypeError, ValueError, AttributeError):
        raise _Unkept("attributes that have no JSON") from None
    return identity, orjson.dumps(cleaned, option=orjson.OPT_SORT_KEYS)
