# SPDX-License-Identifier: Apache-2.0
"""Rules: what names of metrics, and keys and values of dimensions, look like."""

from ceilobatch.api.monasca.refusals import unprocessable

LONGEST = 255
FORBIDDEN = frozenset('<>={},"\\;&')
FORBIDDEN_IN_NAMES = FORBIDDEN | frozenset("() ")


def check_name(name: str) -> None:
    """Of a metric.

    :raises falcon.HTTPError: it cannot be one.
    """
    if len(name) > LONGEST:
        raise unprocessable(f"invalid length for metric name: {name}")
    if FORBIDDEN_IN_NAMES.intersection(name):
        raise unprocessable(f"invalid characters in metric name: {name}")


def check_key(key: str) -> None:
    """Of a dimension.

    :raises falcon.HTTPError: it cannot be one.
    """
    if key.startswith("_"):
        raise unprocessable(f"Dimension key {key} may not start with '_'")
    if not 1 <= len(key) <= LONGEST:
        raise unprocessable(f"invalid length ({len(key)}) for dimension key {key}")
    if FORBIDDEN.intersection(key):
        raise unprocessable(f"invalid characters in dimension key {key}")


def check_value(key: str, value: str) -> None:
    """Of a dimension, or one of its alternatives.

    :raises falcon.HTTPError: it cannot be one.
    """
    if not 1 <= len(value) <= LONGEST:
        raise unprocessable(
            f"invalid length ({len(value)}) for dimension value {value} from key {key}"
        )
    if FORBIDDEN.intersection(value):
        raise unprocessable(f"invalid characters in dimension value {value} from key {key}")
