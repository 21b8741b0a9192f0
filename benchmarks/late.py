# SPDX-License-Identifier: Apache-2.0
"""Gnocchi's aggregation stopped for six periods: what the processor and cloudkitty store.

Scopes have measures in eight hours; those of the last six are posted while gnocchi-metricd is
stopped. The program under test processes all hours, the aggregation catches up, and it gets its
chance to store what it has missed. Run from the root of the project:

python -m benchmarks.late --peer DIRECTORY
"""

import argparse
import datetime
import json
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import IO

import sqlalchemy as sa

from tests.functional.gnocchi_world import World
from tests.functional.processor_process import Processor
from tests.functional.servers import Gnocchi, wait_until

HOUR = datetime.timedelta(hours=1)
LIGHT, DARK = 2, 6
SCOPES, RESOURCES = 3, 4

PEER = """\
import datetime, sqlite3, sys

from cloudkitty import collector, db, orchestrator, service, storage, storage_state
from cloudkitty.rating.hash.db.sqlalchemy import models as hashmap
from cloudkitty.rating.pyscripts.db.sqlalchemy import models as scripts

begin, *scopes = sys.argv.pop().split(",")
service.prepare_service()
conf = orchestrator.CONF
with db.session_for_write() as session:
    for models in (hashmap, scripts):
        models.Base.metadata.create_all(session.connection())
states = storage_state.StateManager()
for scope in scopes:
    states.create_scope(
        scope,
        datetime.datetime.fromisoformat(begin),
        fetcher=conf.fetcher.backend,
        collector=conf.collect.collector,
        scope_key=conf.collect.scope_key,
    )
gnocchi, store = collector.get_collector(), storage.get_storage()
file = conf.database.connection.partition("///")[2]
for line in sys.stdin:
    for scope in scopes:
        orchestrator.Worker(gnocchi, store, scope, 0).run()
    (rows,) = sqlite3.connect(file).execute("SELECT count(*) FROM rated_data_frames").fetchone()
    print("rows", rows, flush=True)
"""


class Setting:
    """Gnocchi, the measures, and the span in which they are.

    :ivar end: of the last hour with measures; both programs wait for one hour more.
    """

    def __init__(self, gnocchi: Gnocchi, directory: Path) -> None:
        now = datetime.datetime.now(datetime.UTC)
        self.end = now.replace(minute=0, second=0, microsecond=0) - HOUR
        self.begin = self.end - (LIGHT + DARK) * HOUR
        self.gnocchi = gnocchi
        self.directory = directory
        self.world = World(gnocchi, directory)
        self.scopes = [self.world.scope(number) for number in range(SCOPES)]
        self.metrics = directory / "metrics.json"
        definition = self.world.definition(groupby=["id", "project_id"], metadata=["flavor"])
        self.metrics.write_text(json.dumps({"metrics": {"cpu": definition}}))
        self._resources = [
            self.world.add(scope, {"cpu": "hours"}, flavor="small", started_at=f"{self.begin}")
            for scope in self.scopes
            for _ in range(RESOURCES)
        ]
        self._backdate()

    def post(self, first: int, last: int, *, process: bool) -> None:
        """Post a measure of each resource for these hours."""
        hours = [self.begin + number * HOUR for number in range(first, last)]
        points = [(hour + HOUR / 2, 7.0) for hour in hours]
        measures = {resource: {"cpu": points} for resource in self._resources}
        self.world.post(measures, process=process)

    def _backdate(self) -> None:
        """Make the resources as old as their measures: cloudkitty reads their revisions."""
        (url,) = [
            line.partition("= ")[2]
            for line in self.gnocchi.configuration.read_text().splitlines()
            if line.startswith("url = ")
        ]
        engine = sa.create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
        with engine.begin() as connection:
            connection.execute(sa.text("UPDATE resource SET revision_start = started_at"))
        engine.dispose()


def judge(name: str, setting: Setting, process: Callable[[], int]) -> None:
    """Let a program process all, then let the aggregation catch up, then look again.

    :param process: has everything processed that can be; how many points are stored.
    """
    setting.gnocchi.metricd.ensure()
    setting.post(0, LIGHT, process=True)
    setting.gnocchi.metricd.stop()
    setting.post(LIGHT, LIGHT + DARK, process=False)
    before = process()
    setting.gnocchi.metricd.start()
    setting.gnocchi.wait_until_processed()
    published = SCOPES * RESOURCES * (LIGHT + DARK)
    print(f"{name:12} {published:9} {before:8} {process():9}", flush=True)


def ours(setting: Setting) -> None:
    """With the real daemon."""
    access = {"auth_type": "gnocchi-basic", "user": "admin", "endpoint": setting.gnocchi.url}
    database = f"sqlite:///{setting.directory}/usage.sqlite"
    options = {"collector": "gnocchi", "scopes": "static", "metrics_files": setting.metrics}
    waits = {"wait_periods": 1, "settle": 0, "revisit_periods": 1}
    processor = Processor(
        setting.directory / "processor",
        {
            "processor": {**options, **waits, "start": setting.begin.isoformat()},
            "collector_gnocchi": access,
            "scopes_static": {"ids": ",".join(setting.scopes)},
            "usage_sql": {"connection": database, "auto_upgrade": "true"},
        },
    )
    processor.start()
    columns = iter(("last_processed", "revisited"))

    def process() -> int:
        column = next(columns)
        wait_until(lambda: _least(database, column) >= setting.end, 60, f"all to be {column}")
        return int(str(_ask(database, "scope_usage", "count(*)")))

    try:
        judge("ceilobatch", setting, process)
    finally:
        processor.kill_all()


def _least(url: str, column: str) -> datetime.datetime:
    """The least moment of all scopes; 1970 where not all are known."""
    if _ask(url, "scope", "count(*)") != SCOPES:
        return datetime.datetime.fromtimestamp(0, datetime.UTC)
    text = str(_ask(url, "scope", f"min({column})"))
    return datetime.datetime.fromisoformat(text).replace(tzinfo=datetime.UTC)


def _ask(url: str, table: str, what: str) -> object:
    """One value; None while there is no such table."""
    engine = sa.create_engine(url)
    try:
        if not sa.inspect(engine).has_table(table):
            return None
        with engine.connect() as connection:
            return connection.execute(sa.text(f"SELECT {what} FROM {table}")).scalar_one()
    finally:
        engine.dispose()


def peer(setting: Setting, environment: Path) -> None:
    """With cloudkitty's own worker, which its processor starts for each scope in turn."""
    file = setting.directory / "cloudkitty.conf"
    file.write_text(
        f"[database]\nconnection = sqlite:///{setting.directory}/cloudkitty.sqlite\n"
        f"[collect]\ncollector = gnocchi\nwait_periods = 1\nmetrics_conf = {setting.metrics}\n"
        "[collector_gnocchi]\ngnocchi_auth_type = basic\ngnocchi_user = admin\n"
        f"gnocchi_endpoint = {setting.gnocchi.url}\n"
        "[storage]\nversion = 1\nbackend = sqlalchemy\n[fetcher]\nbackend = source\n"
    )
    # The migrations of its rating modules do not run on SQLite.
    upgrade = ["upgrade", "--module", "cloudkitty"]
    for program, arguments in (("cloudkitty-dbsync", upgrade), ("cloudkitty-storage-init", [])):
        prepare = [f"{environment}/bin/{program}", "--config-file", f"{file}", *arguments]
        subprocess.run(prepare, check=True, capture_output=True)
    script = setting.directory / "peer.py"
    script.write_text(PEER)
    # What it has processed is known by its begin, not by its end.
    begin = (setting.begin - HOUR).replace(tzinfo=None).isoformat()
    command = [f"{environment}/bin/python", f"{script}", "--config-file", f"{file}"]
    with (setting.directory / "peer.log").open("wb") as log:
        running = subprocess.Popen(
            [*command, ",".join((begin, *setting.scopes))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
    with running:
        assert running.stdin is not None
        assert running.stdout is not None
        judge("cloudkitty", setting, lambda: _again(running.stdin, running.stdout))
        running.stdin.close()


def _again(stdin: IO[str] | None, stdout: IO[str] | None) -> int:
    """Let it process; how many points it has stored. Its log is in its output, too."""
    assert stdin is not None
    assert stdout is not None
    print("again", file=stdin, flush=True)
    last = ""
    for line in stdout:
        if line.startswith("rows "):
            return int(line.split()[1])
        last = (last + line)[-3000:]
    raise SystemExit(f"cloudkitty has ended: {last}")


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--peer", type=Path, help="a virtual environment that has cloudkitty")
    chosen = parser.parse_args()
    print(f"{'':12} {'published':>9} {'stopped':>8} {'caught up':>9}")
    with tempfile.TemporaryDirectory() as directory, Gnocchi() as gnocchi:
        ours(_setting(gnocchi, Path(directory) / "ours"))
        if chosen.peer:
            peer(_setting(gnocchi, Path(directory) / "peer"), chosen.peer)


def _setting(gnocchi: Gnocchi, directory: Path) -> Setting:
    directory.mkdir()
    return Setting(gnocchi, directory)


if __name__ == "__main__":
    main()
