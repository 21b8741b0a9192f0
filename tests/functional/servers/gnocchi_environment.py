# SPDX-License-Identifier: Apache-2.0
"""The virtual environment of Gnocchi's programs, made when it is first needed."""

import fcntl
import hashlib
import os
import pathlib
import shutil
import subprocess
import sys

from .process import ServerError

# Gnocchi bounds its requirements from below only; what is named here is what is known to work.
# psycopg2-binary stands for psycopg2 of the extra "postgresql", which needs a compiler.
REQUIREMENTS = (
    "gnocchi==4.7.1",
    "gunicorn==27.0.1",
    "SQLAlchemy==2.1.9",
    "SQLAlchemy-Utils==0.43.0",
    "alembic==1.20.1",
    "numpy==2.4.6",
    "oslo.db==18.1.1",
    "pecan==1.8.0",
    "psycopg2-binary==2.9.13",
    "Werkzeug==3.1.9",
)
PROJECT = pathlib.Path(__file__).parents[3]


def programs() -> pathlib.Path:
    """The directory of Gnocchi's programs.

    A minute the first time. Several processes may ask at the same time: one makes it.

    :raises ServerError: it cannot be made; with what pip says.
    """
    place = _place()
    place.parent.mkdir(parents=True, exist_ok=True)
    with open(f"{place}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (place / "complete").exists():
            shutil.rmtree(place, ignore_errors=True)
            _make(place)
    return place / "bin"


def _place() -> pathlib.Path:
    """A directory for these requirements and this Python; with others there is another."""
    parent = os.environ.get("CEILOBATCH_GNOCCHI") or PROJECT / ".tox" / "gnocchi"
    identity = repr((REQUIREMENTS, sys.version, os.path.realpath(sys.executable)))
    return pathlib.Path(parent).absolute() / hashlib.sha256(identity.encode()).hexdigest()[:12]


def _make(place: pathlib.Path) -> None:
    _run(sys.executable, "-m", "venv", str(place))
    _run(str(place / "bin" / "python"), "-m", "pip", "install", "--quiet", *REQUIREMENTS)
    (place / "complete").touch()


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ServerError(f"{' '.join(command)}: {done.stdout}{done.stderr}")
