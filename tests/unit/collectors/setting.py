# SPDX-License-Identifier: Apache-2.0
"""Plugins of the processor with the configuration that a test gives them."""

import contextlib
import http.server
import tempfile
import threading
from collections.abc import Iterator, Mapping
from typing import Any

from ceilobatch import config
from ceilobatch.metric import Metric
from ceilobatch.plugins import loader
from ceilobatch.telemetry.calls import CallRegistry


def build(namespace: str, name: str, settings: Mapping[str, Mapping[str, Any]], *args: Any) -> Any:
    """A plugin, found by its name, with these options by group, as a file has them."""
    with tempfile.NamedTemporaryFile("w", suffix=".conf") as file:
        file.writelines(_lines(settings))
        file.flush()
        conf = config.load(config_files=[file.name], config_dirs=[])
    return loader.construct(conf, namespace, name, "the test", CallRegistry(), *args)


def _lines(settings: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    for group, options in settings.items():
        yield f"[{group}]\n"
        for option, value in options.items():
            yield f"{option} = {','.join(value) if isinstance(value, list) else value}\n"


def metric(name: str = "vcpus", **keys: Any) -> Metric:
    """A metric without anything that is not given."""
    return Metric(**{"name": name, "unit": "vcpu", "alt_name": name, **keys})


@contextlib.contextmanager
def serving(handler: type[http.server.BaseHTTPRequestHandler]) -> Iterator[str]:
    """The URL of a small HTTP server on this host, which is gone afterwards."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
