# SPDX-License-Identifier: Apache-2.0
"""The metrics of the processor, as the configuration says."""

from pathlib import Path

from oslo_config import cfg

from ceilobatch import errors
from ceilobatch.definitions import files, packaged
from ceilobatch.definitions.metric_files import MetricCompiler
from ceilobatch.definitions.problems import Problems
from ceilobatch.metric import Metric
from ceilobatch.plugins.processing import Collector

METRICS = "metrics.yml"
OPTION = "[processor] metrics_files"


def load_metrics(conf: cfg.ConfigOpts, collector: type[Collector]) -> list[Metric]:
    """The metrics of ``[processor] metrics_files``, in the order of the files; at least one.

    No two of them have the same ``Metric.key``, in whatever files they are.

    :param collector: the class whose metrics they are; it checks their ``extra_args``.
    :raises ConfigurationError: with everything that is wrong in the files.
    """
    written = map(Path, conf.processor.metrics_files or [packaged.file(METRICS)])
    paths = list(dict.fromkeys(written))
    problems = Problems()
    compiler = MetricCompiler(collector, problems)
    for path in paths:
        if path.exists():
            compiler.add(path, files.read(path, problems))
        else:
            problems.add(f"{OPTION}: there is no file {path}")
    problems.refuse()
    if not compiler.metrics:
        named = ", ".join(map(str, paths))
        raise errors.ConfigurationError(f"{OPTION}: there is no metric in {named}")
    return compiler.metrics
