# SPDX-License-Identifier: Apache-2.0
"""The revisions of the tables, each a step from the one before."""
