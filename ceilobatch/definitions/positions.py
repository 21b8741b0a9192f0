# SPDX-License-Identifier: Apache-2.0
"""The position of a sample among those of its name in the same notification."""

from collections import Counter

from ceilobatch.model import Sample


def numbered(samples: list[Sample]) -> list[Sample]:
    """The samples, those of one name numbered from 0 in this order."""
    if len({sample.name for sample in samples}) == len(samples):
        return samples
    seen: Counter[str] = Counter()
    placed = []
    for sample in samples:
        position = seen[sample.name]
        seen[sample.name] += 1
        placed.append(sample._replace(position=position) if position else sample)
    return placed
