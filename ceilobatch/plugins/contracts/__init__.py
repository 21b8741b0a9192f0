# SPDX-License-Identifier: Apache-2.0
"""The contract of each kind of plugin, one a file."""
