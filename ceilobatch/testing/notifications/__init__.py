# SPDX-License-Identifier: Apache-2.0
"""Plausible notifications for tests, demos and benchmarks, and ways to break them.

from ceilobatch.testing.notifications import generate

for notification in generate(1000, seed=7):
    publish(notification.exchange, notification.routing_key, notification.envelope())
"""

from ceilobatch.testing.notifications.broken import Broken, BrokenKind, break_notification
from ceilobatch.testing.notifications.generator import DEFAULT_MIX, SERVICES, generate
from ceilobatch.testing.notifications.record import GeneratedNotification

__all__ = [
    "DEFAULT_MIX",
    "SERVICES",
    "Broken",
    "BrokenKind",
    "GeneratedNotification",
    "break_notification",
    "generate",
]
