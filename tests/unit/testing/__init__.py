# SPDX-License-Identifier: Apache-2.0
"""What the project gives to those who test with it."""
