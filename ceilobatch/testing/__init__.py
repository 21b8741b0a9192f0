# SPDX-License-Identifier: Apache-2.0
"""What driver authors and operators may use in tests of their own."""
