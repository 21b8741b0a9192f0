# SPDX-License-Identifier: Apache-2.0
"""Ceilobatch: a batching consumer of OpenStack telemetry, every part a plugin."""

import sys

from oslo_service import backend

# Threads and processes only. Libraries below us import eventlet where it happens to be installed;
# None makes such an import fail as if it were not.
sys.modules.setdefault("eventlet", None)  # type: ignore[arg-type]
backend.register_backend_default_hook(lambda: backend.BackendType.THREADING)
