# SPDX-License-Identifier: Apache-2.0
"""A Prometheus server for tests, with samples of whatever time."""

import pathlib
import urllib.request
from collections.abc import Sequence

from typing_extensions import override

from .process import HOST, Server


class Prometheus(Server):
    """Prometheus; without a configuration it scrapes nothing, and what is in it was filled in.

    :param configuration: YAML.
    """

    package = "prometheus"

    def __init__(self, configuration: str = "scrape_configs: []\n") -> None:
        super().__init__()
        self._configuration = configuration

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://{HOST}:{self.port}"

    @property
    def samples(self) -> pathlib.Path:
        """Where it keeps them."""
        return self.directory / "samples"

    def fill(self, samples: str) -> None:
        """Add samples, one a line, ``name{label="value"} number timestamp``; it is restarted."""
        self.stop()
        file = self.directory / "openmetrics.txt"
        file.write_text(f"{samples.strip()}\n# EOF\n")
        self.run(
            *("promtool", "tsdb", "create-blocks-from", "openmetrics", "--quiet"),
            *("--max-block-duration=24h", str(file), str(self.samples)),
        )
        self.start()

    @override
    def prepare(self) -> None:
        (self.directory / "prometheus.yml").write_text(self._configuration)

    @override
    def command(self) -> Sequence[str]:
        return [
            "prometheus",
            f"--config.file={self.directory / 'prometheus.yml'}",
            f"--storage.tsdb.path={self.samples}",
            "--storage.tsdb.retention.time=100y",
            f"--web.listen-address={HOST}:{self.port}",
            "--log.level=warn",
        ]

    @override
    def ask(self) -> None:
        with urllib.request.urlopen(f"{self.url}/-/ready", timeout=3) as answer:
            assert answer.status == 200
