# SPDX-License-Identifier: Apache-2.0
"""Differing: requests that a real monasca-api answers otherwise, and why ours does not."""

from .given import (
    ALL,
    BYTES,
    CALLS,
    DIMENSIONS,
    END,
    LATER,
    MEASUREMENTS,
    METRICS,
    NAMES,
    ONE,
    PROCESS,
    START,
    STATISTICS,
    VALUES,
    P,
)

# By what it is about: the request, and what the real one does.
DIFFERENT = {
    "link-encoded": (
        f"{METRICS}?name={PROCESS}&dimensions=hostname%3Aweb-1&limit=1",
        "encodes again what is encoded, so that links lead to nothing",
    ),
    "list-since-page": (
        f"{METRICS}?limit=1&name={CALLS}&{LATER}",
        "cuts pages before it leaves out series without points, and forgets the rest",
    ),
    "measurements-page-grouped-2": (
        f"{MEASUREMENTS}?{P}&{START}&group_by=process&limit=70&offset=1_2025-03-01T12:00:40.251Z",
        "begins again with the first group, under the id of the second",
    ),
    "statistics-page-boundary": (
        f"{STATISTICS}?name={BYTES}&{ONE}&{START}&{ALL}&period=20&offset=2025-03-01T12:00:40Z",
        "leaves out a point at the very beginning of a page",
    ),
    "measurements-merged-ties": (
        f"{MEASUREMENTS}?name={BYTES}&{LATER}&merge_metrics=true",
        "has those of the same time in an order that changes",
    ),
    "or-alternatives": (
        f"{METRICS}?{P}&dimensions=process:p|1",
        "takes alternatives for the beginning and the end of a value",
    ),
    "dimension-values-since": (
        f"{VALUES}?dimension_name=plugin&{LATER}",
        "looks at the time by whole shards of its database",
    ),
    "dimension-names-since": (
        f"{DIMENSIONS}?start_time=2025-03-02T00:00:00Z",
        "looks at the time by whole shards of its database",
    ),
    "statistics-page-grouped": (
        f"{STATISTICS}?{P}&{START}&{ALL}&period=60&group_by=process&limit=7",
        "does not tell in the link at which group it is",
    ),
    "end-without-start": (f"{METRICS}?{END}", "fails"),
    "statistics-bad-offset": (f"{STATISTICS}?{P}&{ONE}&{START}&{ALL}&offset=much", "fails"),
    "statistics-fraction-offset": (
        f"{STATISTICS}?{P}&{ONE}&{START}&{ALL}&period=60&offset=2025-03-01T12:01:00.000Z",
        "fails",
    ),
    "measurements-bad-offset": (f"{MEASUREMENTS}?{P}&{ONE}&{START}&offset=much", "fails"),
    "list-bad-offset": (f"{METRICS}?{P}&offset=much", "fails"),
    "list-no-limit": (f"{METRICS}?{P}&limit=0", "gives an empty page that goes on for ever"),
    "names-no-limit": (f"{NAMES}?limit=0", "fails"),
    "group-strange": (f"{MEASUREMENTS}?{P}&{START}&group_by=a-b", "fails"),
    "error-repeated-start": (
        f"{MEASUREMENTS}?{P}&{ONE}&{START}&{LATER}",
        "tells of the types of its program; ours takes the first",
    ),
}
