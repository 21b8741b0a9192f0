# SPDX-License-Identifier: Apache-2.0
"""How Sphinx builds the documentation."""

import importlib.metadata
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "extensions"))

project = "Ceilobatch"
author = "the Ceilobatch authors"
project_copyright = "the Ceilobatch authors"
version = release = importlib.metadata.version("ceilobatch")

extensions = [
    "api_description",
    "cliff.sphinxext",
    "measurements",
    "driver_table",
    "openstackdocstheme",
    "oslo_config.sphinxext",
    "sphinx.ext.autodoc",
    "stevedore.sphinxext",
]
templates_path = ["_templates"]
html_theme = "openstackdocs"
html_theme_options = {"analytics_tracking_code": "", "root_title": "Ceilobatch"}
openstackdocs_auto_name = False
openstackdocs_auto_version = False
openstackdocs_pdf_link = False

autodoc_member_order = "bysource"
autodoc_typehints = "description"
autodoc_typehints_description_target = "documented"
nitpicky = True
# What other projects document: nothing is asked of the network for it.
nitpick_ignore_regex = [
    (r"py:.*", r"(collections|datetime|decimal|fractions|pathlib|oslo_config|pytest)\..*"),
]
