# SPDX-License-Identifier: Apache-2.0
"""The processor's parts, without any server."""
