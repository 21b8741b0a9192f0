# SPDX-License-Identifier: Apache-2.0
"""What every test has: the project imported first, as every program of ours does."""

import ceilobatch

assert ceilobatch
