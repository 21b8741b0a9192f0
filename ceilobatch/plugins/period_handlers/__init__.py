# SPDX-License-Identifier: Apache-2.0
"""Period handlers."""
