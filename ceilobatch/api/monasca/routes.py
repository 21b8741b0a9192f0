# SPDX-License-Identifier: Apache-2.0
"""Routes of Monasca's API."""

from ceilobatch.api.application import App
from ceilobatch.api.context import Context
from ceilobatch.api.monasca.listing import DimensionNames, DimensionValues, Metrics, Names
from ceilobatch.api.monasca.measurements import Measurements
from ceilobatch.api.monasca.statistics import Statistics

PREFIX = "/v2.0/metrics"


def add_routes(app: App, context: Context) -> None:
    """Where a Monasca client looks for them."""
    history = context.history
    app.add_route(PREFIX, Metrics(history))
    app.add_route(f"{PREFIX}/measurements", Measurements(history))
    app.add_route(f"{PREFIX}/statistics", Statistics(history))
    app.add_route(f"{PREFIX}/names", Names(history))
    app.add_route(f"{PREFIX}/dimensions/names", DimensionNames(history))
    app.add_route(f"{PREFIX}/dimensions/names/values", DimensionValues(history))
