# SPDX-License-Identifier: Apache-2.0
"""The processor: retrieves all metrics of a scope and period at once, and stores their usage."""
