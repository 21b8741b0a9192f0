# SPDX-License-Identifier: Apache-2.0
"""Sources of deliveries, and batch-native drivers for oslo.messaging."""
