# SPDX-License-Identifier: Apache-2.0
"""The contracts of the plugins (base), their loader, and the built-in drivers."""
