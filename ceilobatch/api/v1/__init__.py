# SPDX-License-Identifier: Apache-2.0
"""Everything below ``/v1``: letters, ledger, records, scopes, usage, plugins and workers."""
