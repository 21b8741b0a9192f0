# SPDX-License-Identifier: Apache-2.0
"""Resource definition files written and loaded as the driver loads them."""

from pathlib import Path

from ceilobatch.definitions.resource_load import load_resources
from ceilobatch.definitions.resources import ResourceDefinitions

OPTION = "[storage_gnocchi] resources_file"


def load(directory: Path, text: str, override: str | None = None) -> ResourceDefinitions:
    """The definitions of a text."""
    file = directory / "resources.yaml"
    file.write_text(text)
    return load_resources(str(file), override, OPTION)


def packaged() -> ResourceDefinitions:
    """The definitions that come with the project."""
    return load_resources(None, None, OPTION)
