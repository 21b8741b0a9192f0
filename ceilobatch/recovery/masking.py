# SPDX-License-Identifier: Apache-2.0
"""Secrets in messages made unreadable."""

import re
from collections.abc import Mapping
from typing import Any

from oslo_utils import strutils

MASK = "***"
_NAMES = rb"""
    token | password | passwd | passphrase | (?:admin|new|root|user)_?pass | secret | pswd
    | credential | private_key | api_?key | configdrive
"""
# The value of such a name in JSON, or in JSON that stands in a text of JSON: it ends where the
# same quotes come again, with as many backslashes, or with the message.
# Every run but that of the value has a bound, so that no message makes this slow.
_KEY = rb"(?:" + _NAMES + rb""")[\w.-]{0,40}"""
_QUOTED = re.compile(
    _KEY + rb"""(\\{0,31})(["'])\s{0,9}[:,]\s{0,9}(?:\1\2)(?P<value>.*?)(?:(?<!\\)\1\2|\Z)""",
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
_BARE = re.compile(
    _KEY + rb"""\\{0,31}["']?\s{0,9}[=:]\s{0,9}(?P<value>[^\s"'\\&,;{}\[\]]+)""",
    re.VERBOSE | re.IGNORECASE,
)


def masked(value: Any) -> Any:
    """The same structure with the mask in the place of each value whose key names a secret, and
    of secrets that texts name.
    """
    if isinstance(value, Mapping):
        return _masked_mapping(value)
    if isinstance(value, list):
        return [masked(item) for item in value]
    return strutils.mask_password(value, secret=MASK) if isinstance(value, str) else value


def masked_in_place(body: bytes) -> bytes:
    """The bytes with asterisks over secrets, each byte where it was; for what is no JSON."""
    for expression in (_QUOTED, _BARE):
        body = expression.sub(_starred, body)
    return body


def _masked_mapping(mapping: Mapping[Any, Any]) -> dict[Any, Any]:
    # The library goes into mappings, but not into lists.
    simple = strutils.mask_dict_password(
        {key: None if _is_deep(value) else value for key, value in mapping.items()}, secret=MASK
    )
    return {
        key: masked(value) if _is_deep(value) and simple[key] is None else simple[key]
        for key, value in mapping.items()
    }


def _is_deep(value: object) -> bool:
    return isinstance(value, Mapping | list)


def _starred(found: re.Match[bytes]) -> bytes:
    start, end = found.span("value")
    whole, begin = found[0], found.start()
    return whole[: start - begin] + b"*" * (end - start) + whole[end - begin :]
