# SPDX-License-Identifier: Apache-2.0
"""The resource definitions of a storage driver, as the configuration says."""

from pathlib import Path

from ceilobatch import errors
from ceilobatch.definitions import files, packaged
from ceilobatch.definitions.problems import Problems
from ceilobatch.definitions.resource_files import ResourceCompiler
from ceilobatch.definitions.resources import ResourceDefinitions

RESOURCES = "gnocchi_resources.yaml"


def load_resources(written: str | None, override: str | None, option: str) -> ResourceDefinitions:
    """The definitions of a file; at least one metric.

    :param written: the path of the file; none for the operator's, and else for the packaged one.
    :param override: the archive policy of all metrics, whatever the file says.
    :param option: where the path is configured, for errors.
    :raises ConfigurationError: with everything that is wrong in the file.
    """
    path = Path(written) if written else _usual()
    if not path.exists():
        raise errors.ConfigurationError(f"{option}: there is no file {path}")
    problems = Problems()
    definitions = ResourceCompiler(problems, override).compile(path, files.read(path, problems))
    problems.refuse()
    if not definitions.metrics:
        raise errors.ConfigurationError(f"{option}: there is no metric in {path}")
    return definitions


def _usual() -> Path:
    operators = packaged.OPERATOR / RESOURCES
    return operators if operators.is_file() else packaged.file(RESOURCES)
