# SPDX-License-Identifier: Apache-2.0
"""Refusals: the errors of Monasca's API, in its words."""

import falcon

SEVERAL = (
    "Found multiple metrics matching metric name and dimensions. Please refine your search "
    "criteria using a unique metric name or additional dimensions. Alternatively, you may specify "
    "'merge_metrics=True' as a query parameter to combine all metrics matching search criteria "
    "into a single series."
)


def unprocessable(description: str) -> falcon.HTTPError:
    """A parameter is missing, or not what it should be."""
    return falcon.HTTPError(422, title="Unprocessable Entity", description=description)


def bad_limit() -> falcon.HTTPError:
    """A page of that size cannot be had."""
    return falcon.HTTPError(
        422, title="Invalid limit", description="Limit parameter must be a positive integer"
    )


def wrong_order() -> falcon.HTTPError:
    """The end is before the start."""
    return falcon.HTTPBadRequest(
        title="Bad request", description="start_time must be before end_time"
    )


def several() -> falcon.HTTPError:
    """One series was asked for, and there are more."""
    return falcon.HTTPConflict(title="MultipleMetrics", description=SEVERAL)
