# SPDX-License-Identifier: Apache-2.0
"""The peer cloudkitty, in a virtual environment of its own, with a collector of a known latency.

Its own workers process each scope in turn, as its processor has them do, and keep what they find
by its own SQL storage in SQLite, which commits each point by itself; or they do not keep it, since
it has other storages, too. Its message bus and its locks are left out, in its favour.
"""

import json
import subprocess
import sys
from pathlib import Path

from benchmarks.catching_up import Work

VERSION = "25.0.0"

# The migrations of its rating modules do not run on SQLite; their tables are made without them.
_UPGRADE = ["upgrade", "--module", "cloudkitty"]

PROGRAM = """\
import datetime, json, random, resource, sqlite3, sys, time

from cloudkitty import collector, dataframe, db, orchestrator, service, storage, storage_state
from cloudkitty.rating.hash.db.sqlalchemy import models as hashmap
from cloudkitty.rating.pyscripts.db.sqlalchemy import models as scripts

work = json.loads(sys.argv.pop())


class Stub(collector.BaseCollector):
    collector_name = "stub"

    def fetch_all(self, metric_name, start, end, project_id=None, q_filter=None):
        time.sleep(work["latency"])
        first = random.randrange(100_000)
        return [
            dataframe.DataPoint(
                "unit",
                first + place,
                0,
                {"id": f"{project_id}-{place}", "project_id": project_id},
                {"flavor": f"flavor-{place}"},
            )
            for place in range(work["points"])
        ]


service.prepare_service()
conf = orchestrator.CONF
with db.session_for_write() as session:
    for models in (hashmap, scripts):
        models.Base.metadata.create_all(session.connection())
period = conf.collect.period
now = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None)
now -= datetime.timedelta(seconds=conf.collect.wait_periods * period)
epoch = datetime.datetime(1970, 1, 1)
last = now - (now - epoch) % datetime.timedelta(seconds=period)
start = last - work["periods"] * datetime.timedelta(seconds=period)
scopes = [f"scope-{number:05}" for number in range(work["scopes"])]
states = storage_state.StateManager()
for scope in scopes:
    states.create_scope(
        scope,
        start,
        fetcher=conf.fetcher.backend,
        collector=conf.collect.collector,
        scope_key=conf.collect.scope_key,
    )
stub = Stub(period=period, conf=json.load(open(conf.collect.metrics_conf)))
store = storage.get_storage()
if not work["stores"]:
    store.push = lambda *_: None
# What is loaded once is not counted.
orchestrator.Worker(stub, store, scopes[0], 0)
used = resource.getrusage(resource.RUSAGE_SELF)
begin, cpu = time.monotonic(), used.ru_utime + used.ru_stime
for scope in scopes:
    orchestrator.Worker(stub, store, scope, 0).run()
seconds = time.monotonic() - begin
used = resource.getrusage(resource.RUSAGE_SELF)
cpu = used.ru_utime + used.ru_stime - cpu
file = conf.database.connection.partition("///")[2]
(rows,) = sqlite3.connect(file).execute("SELECT count(*) FROM rated_data_frames").fetchone()
print(json.dumps({"seconds": seconds, "cpu": cpu, "rows": rows, "peak": used.ru_maxrss / 1024}))
"""


def catch_up(
    environment: Path, directory: Path, work: Work, *, stores: bool = True
) -> dict[str, float]:
    """Let one worker do it into an empty database; begin to end, without its start.

    :param stores: else it drops what it has found, and keeps the progress of scopes only.
    """
    _install(environment)
    directory.mkdir()
    file = _configure(directory, work)
    for name, arguments in (("cloudkitty-dbsync", _UPGRADE), ("cloudkitty-storage-init", [])):
        command = [str(environment / "bin" / name), "--config-file", str(file), *arguments]
        subprocess.run(command, check=True, capture_output=True)
    (directory / "program.py").write_text(PROGRAM)
    python, program = environment / "bin" / "python", directory / "program.py"
    given = json.dumps({**work._asdict(), "stores": stores})
    command = [str(python), str(program), "--config-file", str(file), given]
    with (directory / "log").open("wb") as log:
        answer = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=log).stdout
    found = json.loads(answer.splitlines()[-1])
    return {
        "seconds": found["seconds"],
        "requests": work.cells * work.metrics,
        "rows": found["rows"],
        "cpu_ms_per_period": found["cpu"] / work.cells * 1000,
        "peak_mib": found["peak"],
    }


def _install(environment: Path) -> None:
    """Cloudkitty from PyPI, unless it is there."""
    if not (environment / "bin" / "cloudkitty-processor").exists():
        subprocess.run([sys.executable, "-m", "venv", environment], check=True)
        subprocess.run(
            [environment / "bin" / "pip", "install", "-q", f"cloudkitty=={VERSION}"], check=True
        )


def _configure(directory: Path, work: Work) -> Path:
    """Write configuration and metric definitions; the configuration file."""
    metric = {"unit": "unit", "groupby": ["id", "project_id"], "metadata": ["flavor"]}
    names = [f"metric_{number}" for number in range(work.metrics)]
    (directory / "metrics.json").write_text(json.dumps({"metrics": dict.fromkeys(names, metric)}))
    file = directory / "cloudkitty.conf"
    file.write_text(
        f"[database]\nconnection = sqlite:///{directory}/cloudkitty.sqlite\n"
        f"[collect]\ncollector = stub\nmetrics_conf = {directory}/metrics.json\n"
        "[storage]\nversion = 1\nbackend = sqlalchemy\n"
        "[fetcher]\nbackend = source\n"
        f"[orchestrator]\nmax_threads = {work.threads}\n"
    )
    return file
