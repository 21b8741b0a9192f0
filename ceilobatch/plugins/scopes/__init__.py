# SPDX-License-Identifier: Apache-2.0
"""Which scopes exist."""
