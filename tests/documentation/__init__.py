# SPDX-License-Identifier: Apache-2.0
"""The documentation compared with the code, in its sources and as it is built."""
