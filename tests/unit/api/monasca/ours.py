# SPDX-License-Identifier: Apache-2.0
"""Our application, with the given points in its history."""

import contextlib
import pathlib
from collections.abc import Iterator

from ceilobatch import config
from ceilobatch.api import app, context
from ceilobatch.api.application import App

from . import given


@contextlib.contextmanager
def application(directory: pathlib.Path) -> Iterator[App]:
    """Without the paste pipeline."""
    conf = config.load([], [], {("DEFAULT", "state_path"): str(directory)})
    made = context.of(conf)
    for point in given.points():
        made.history.add(point.name, point.dimensions, point.timestamp / 1000, point.value)
    with made.closing:
        yield app.build(conf, made)
