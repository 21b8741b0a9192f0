# SPDX-License-Identifier: Apache-2.0
"""The tempest scenarios against the real daemons, with and without the agent."""

import re
import subprocess
from pathlib import Path

from .agent_process import PROGRAMS
from .tempest_cloud import cloud

SCENARIOS = 6


def run(directory: Path, configuration: Path, pattern: str) -> tuple[int, str]:
    """``tempest run`` in a new workspace; its exit code and what it says."""
    tempest = PROGRAMS / "tempest"
    directory.mkdir()
    workspace = [
        tempest,
        "init",
        "--workspace-path",
        directory / "workspaces.yaml",
        directory / "w",
    ]
    subprocess.run(workspace, check=True, capture_output=True)
    done = subprocess.run(
        [tempest, "run", "--config-file", configuration, "--regex", pattern, "--concurrency", "2"],
        cwd=directory / "w",
        check=False,
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stdout + done.stderr


def test_scenarios_pass_and_fail_without_the_agent(
    tmp_path, rabbitmq_url, postgresql, postgresql_url
):
    second = postgresql.create_database()
    try:
        with cloud(tmp_path / "c", rabbitmq_url, postgresql, (postgresql_url, second)) as (
            pools,
            configuration,
        ):
            code, text = run(tmp_path / "with", configuration, "ceilobatch")
            assert (code, figures(text)) == (0, (SCENARIOS, 0, 0)), text
            for pool in pools:
                pool.agent.stop()
            text_of = configuration.read_text()
            configuration.write_text(text_of.replace("timeout = 60", "timeout = 3"))
            code, text = run(tmp_path / "without", configuration, "ceilobatch")
            assert (code != 0, figures(text)) == (True, (0, 0, SCENARIOS)), text
    finally:
        postgresql.drop_database(second)


def figures(text: str) -> tuple[int, int, int]:
    """Scenarios passed, skipped and failed."""
    found = re.findall(r"^ - (Passed|Skipped|Failed): (\d+)$", text, re.MULTILINE)
    by_name = {name: int(count) for name, count in found}
    return by_name["Passed"], by_name["Skipped"], by_name["Failed"]
