# SPDX-License-Identifier: Apache-2.0
"""The definition files that the project ships."""
