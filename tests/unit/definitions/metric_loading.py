# SPDX-License-Identifier: Apache-2.0
"""Metric files written and loaded as the processor loads them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from oslo_config import cfg

from ceilobatch.definitions.metric_load import load_metrics
from ceilobatch.metric import Metric
from ceilobatch.plugins.processing import Collector, Retrieved
from ceilobatch.processor.options import OPTIONS


class Anything(Collector):
    """Takes whatever extra arguments there are."""

    def retrieve(self, *_: Any) -> Retrieved:
        return {}


class Orchard(Anything):
    """Wants to know a tree, by whose branches it groups."""

    @classmethod
    def check_arguments(cls, arguments: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
        mistakes = [f"{key} means nothing here" for key in arguments.keys() - {"tree", "ladder"}]
        if "tree" not in arguments:
            mistakes.append("tree is required")
        elif arguments["tree"] not in ("apple", "pear"):
            mistakes.append(f"tree: {arguments['tree']!r} does not grow here")
        return {"ladder": 3, **arguments}, sorted(mistakes)

    @classmethod
    def grouped_by(cls, arguments: Mapping[str, Any]) -> Sequence[str]:
        return (f"{arguments['tree']}_branch",)


def load(files: Sequence[Path], collector: type[Collector] = Anything) -> list[Metric]:
    """The metrics of these files; of the packaged one where there are none."""
    conf = cfg.ConfigOpts()
    conf([], project="ceilobatch", default_config_files=[], default_config_dirs=[])
    conf.register_opts(OPTIONS, group="processor")
    conf.set_override("metrics_files", list(map(str, files)), group="processor")
    return load_metrics(conf, collector)


def write(directory: Path, *texts: str) -> list[Path]:
    """Each text becomes a file, called a.yml, b.yml and so on."""
    files = [directory / f"{letter}.yml" for letter, _ in zip("abc", texts, strict=False)]
    for file, text in zip(files, texts, strict=True):
        file.write_text(text)
    return files
