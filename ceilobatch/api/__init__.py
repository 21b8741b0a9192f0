# SPDX-License-Identifier: Apache-2.0
"""The REST service: figures for everybody, letters and records for those who may see them."""
