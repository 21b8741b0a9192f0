# SPDX-License-Identifier: Apache-2.0
"""How the figures of Ceilobatch are told apart: whose they are, by their dimensions."""

from collections.abc import Mapping

from ceilobatch.perf.sample import Worker

# What is measured of a processor has the same names and other requests.
AGENT: Mapping[str, str] = {"service": "agent"}


def worker_of(dimensions: Mapping[str, str], place: str = "") -> Worker:
    """The worker that dimensions, or labels, name.

    :param place: the instance, where they name none.
    """
    host = dimensions.get("hostname") or dimensions.get("instance") or place
    return Worker(instance(host, dimensions.get("pool", "")), dimensions.get("process", ""))


def instance(host: str, pool: str) -> str:
    """What the workers of a pool on a host are called together."""
    return f"{host}/{pool}" if pool else host


def has(dimensions: Mapping[str, str], wanted: Mapping[str, str]) -> bool:
    """Whether they are among the dimensions."""
    return all(dimensions.get(name) == value for name, value in wanted.items())
