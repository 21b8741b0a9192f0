# SPDX-License-Identifier: Apache-2.0
"""The subcommands of ``ceilobatch``, one group a file."""
