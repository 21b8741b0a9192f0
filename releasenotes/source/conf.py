# SPDX-License-Identifier: Apache-2.0
"""How Sphinx builds the release notes."""

project = "Ceilobatch Release Notes"
author = "the Ceilobatch authors"
project_copyright = "the Ceilobatch authors"
# Release notes are of all versions.
version = release = ""

extensions = ["openstackdocstheme", "reno.sphinxext"]
templates_path = ["../../doc/source/_templates"]
html_theme = "openstackdocs"
html_theme_options = {"analytics_tracking_code": "", "root_title": "Ceilobatch"}
openstackdocs_auto_name = False
openstackdocs_auto_version = False
openstackdocs_pdf_link = False
