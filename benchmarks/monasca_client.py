# SPDX-License-Identifier: Apache-2.0
"""Asks with Monasca's own client, in its environment: ``monasca_client.py ENDPOINT NAME``."""

import json
import sys

START = "2025-03-01T12:00:00Z"


def main() -> None:
    """Everything it can read, as JSON."""
    # Of the environment that runs this, not of the project's.
    from keystoneauth1 import session, token_endpoint
    from monascaclient import client

    endpoint, name = sys.argv[1:]
    auth = token_endpoint.Token(endpoint, "any")
    metrics = client.Client("2_0", session=session.Session(auth=auth), endpoint=endpoint).metrics
    one = {"name": name, "dimensions": {"hostname": "web-1", "process": "p0"}, "start_time": START}
    all_of = {"name": name, "start_time": START, "group_by": "*", "merge_metrics": True}
    found = {
        "names": [one["name"] for one in metrics.list_names()],
        "metrics": len(metrics.list(name=name)),
        "dimension names": [
            one["dimension_name"] for one in metrics.list_dimension_names(metric_name=name)
        ],
        "dimension values": [
            one["dimension_value"]
            for one in metrics.list_dimension_values(dimension_name="hostname")
        ],
        "measurements": [
            len(element["measurements"]) for element in metrics.list_measurements(**one)
        ],
        "groups": [element["dimensions"] for element in metrics.list_measurements(**all_of)],
        "statistics": metrics.list_statistics(**one, statistics="avg,sum", period=120),
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
