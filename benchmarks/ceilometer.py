# SPDX-License-Identifier: Apache-2.0
"""The peer ceilometer-agent-notification, in a virtual environment of its own, publishing to null.

Ceilometer ships no null publisher, so one is put on its path: a plugin that drops what it gets.
"""

import subprocess
import sys
from pathlib import Path

VERSION = "27.0.0"

NULL_PUBLISHER = """\
from ceilometer import publisher


class Null(publisher.ConfigPublisherBase):
    def publish_samples(self, samples):
        pass

    def publish_events(self, events):
        pass
"""

ENTRY_POINTS = """\
[ceilometer.sample.publisher]
null = benchmark_null:Null

[ceilometer.event.publisher]
null = benchmark_null:Null
"""

PIPELINE = """\
sources:
    - name: all
      {kind}: ["*"]
      sinks: [none]
sinks:
    - name: none
      publishers: ["null://"]
"""


def install(environment: Path) -> Path:
    """Ceilometer from PyPI, unless it is there; its agent's program."""
    program = environment / "bin" / "ceilometer-agent-notification"
    if not program.exists():
        subprocess.run([sys.executable, "-m", "venv", environment], check=True)
        subprocess.run(
            [environment / "bin" / "pip", "install", "-q", f"ceilometer=={VERSION}"], check=True
        )
    return program


def configure(directory: Path, url: str, exchanges: list[str], batch_size: int) -> Path:
    """Write configuration, pipelines and the null publisher; the configuration file."""
    package = directory / "benchmark_null-1.dist-info"
    package.mkdir(parents=True)
    (directory / "benchmark_null.py").write_text(NULL_PUBLISHER)
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: benchmark_null\nVersion: 1\n")
    (package / "entry_points.txt").write_text(ENTRY_POINTS)
    for name, kind in (("pipeline", "meters"), ("event_pipeline", "events")):
        (directory / f"{name}.yaml").write_text(PIPELINE.format(kind=kind))
    lines = [
        "[DEFAULT]",
        f"transport_url = {url}",
        f"pipeline_cfg_file = {directory}/pipeline.yaml",
        f"event_pipeline_cfg_file = {directory}/event_pipeline.yaml",
        "[notification]",
        f"batch_size = {batch_size}",
        "batch_timeout = 1",
        "workers = 1",
        *(f"notification_control_exchanges = {exchange}" for exchange in exchanges),
        "[oslo_messaging_notifications]",
        "topics = notifications,versioned_notifications,ironic_versioned_notifications",
        "[oslo_messaging_rabbit]",
        f"rabbit_qos_prefetch_count = {2 * batch_size}",
    ]
    file = directory / "ceilometer.conf"
    file.write_text("\n".join(lines) + "\n")
    return file
