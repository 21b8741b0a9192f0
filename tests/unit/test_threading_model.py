# SPDX-License-Identifier: Apache-2.0
"""Threads and processes only: eventlet is never imported, installed or not."""

import subprocess
import sys

PROGRAM = """
import sys
import ceilobatch.cmd.agent, ceilobatch.cmd.main, ceilobatch.worker, ceilobatch.demo
import ceilobatch.cmd.api, ceilobatch.api.auth_keystone
import oslo_service.service, futurist
assert sys.modules["eventlet"] is None, "eventlet was imported"
print(oslo_service.backend.get_backend_type().value)
"""


def test_no_program_imports_eventlet():
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True
    )
    assert done.stdout == "threading\n"
