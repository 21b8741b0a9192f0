# SPDX-License-Identifier: Apache-2.0
"""What holds for all suites of the driver kit."""

import ast
import inspect
import pathlib

import pytest

import ceilobatch.testing
from ceilobatch.testing.collector import CollectorOutageSuite, CollectorSuite
from ceilobatch.testing.handler import HandlerSuite
from ceilobatch.testing.recovery import RecoveryOutageSuite, RecoverySuite
from ceilobatch.testing.scope_source import ScopeSourceOutageSuite, ScopeSourceSuite
from ceilobatch.testing.storage import StorageOutageSuite, StorageSuite

MODULES = sorted(pathlib.Path(ceilobatch.testing.__file__).parent.glob("*.py"))
SUITES = {
    StorageSuite: {"make_storage"},
    StorageOutageSuite: {"make_storage", "away"},
    RecoverySuite: {"make_recovery"},
    RecoveryOutageSuite: {"make_recovery", "away"},
    HandlerSuite: {"make_handler"},
    CollectorSuite: {"make_collector"},
    CollectorOutageSuite: {"make_collector", "away"},
    ScopeSourceSuite: {"make_source"},
    ScopeSourceOutageSuite: {"make_source", "away"},
}


@pytest.mark.parametrize("module", MODULES, ids=[module.stem for module in MODULES])
def test_every_assertion_tells_what_is_wrong(module):
    tree = ast.parse(module.read_text())
    silent = [
        node.lineno for node in ast.walk(tree) if isinstance(node, ast.Assert) and node.msg is None
    ]
    assert silent == []


@pytest.mark.parametrize(("suite", "wanted"), SUITES.items(), ids=[one.__name__ for one in SUITES])
def test_suite_wants_no_more_than_its_fixtures(suite, wanted):
    source = {name: inspect.getsource(suite) for name in wanted}
    assert all(f"def {name}(" in _source_of(suite, name) for name in source)
    missing = {
        name
        for name in dir(suite)
        if not name.startswith("_") and "raise NotImplementedError" in _source_of(suite, name)
    }
    assert missing == wanted


def _source_of(suite: type, name: str) -> str:
    member = inspect.getattr_static(suite, name)
    function = getattr(member, "_get_wrapped_function", lambda: member)()
    return inspect.getsource(function) if inspect.isfunction(function) else ""
