# SPDX-License-Identifier: Apache-2.0
"""Settings that cannot work are refused with one sentence each."""

import pytest

from ceilobatch import assembly, bus, config, errors
from ceilobatch.plugins import loader
from ceilobatch.plugins.transports.rabbit import RabbitSource
from ceilobatch.plugins.transports.stock import StockSource
from ceilobatch.telemetry.calls import CallRegistry


def load(tmp_path, text):
    file = tmp_path / "ceilobatch.conf"
    file.write_text(f"[DEFAULT]\nstate_path = {tmp_path}/state\n{text}")
    return config.load([str(file)], [])


def problems_of(call, *args):
    with pytest.raises(errors.ConfigurationError) as caught:
        call(*args)
    return caught.value.problems


def test_defaults_are_what_the_documentation_says(tmp_path):
    conf = load(tmp_path, "")
    section = conf.notification
    assert (section.pool, section.workers, section.handler) == ("ceilobatch", 1, "notification")
    assert (section.batch_size, section.batch_timeout) == (1000, 1.0)
    assert section.topics == [
        "notifications",
        "versioned_notifications",
        "ironic_versioned_notifications",
    ]
    assert (conf.storage.events, conf.storage.samples) == (["sql"], ["sql"])
    assert conf.recovery.backend == "file"


def test_missing_files_are_named(tmp_path):
    (problem,) = problems_of(config.load, [str(tmp_path / "no.conf")], [])
    assert problem == f"configuration file not found: {tmp_path}/no.conf"
    (problem,) = problems_of(config.load, [], [str(tmp_path / "no.d")])
    assert problem == f"configuration directory not found: {tmp_path}/no.d"


def test_file_that_cannot_be_parsed_is_named_with_its_line(tmp_path):
    (problem,) = problems_of(load, tmp_path, "[notification\nworkers = 1\n")
    assert "ceilobatch.conf:3" in problem


def test_all_wrong_values_are_told_together(tmp_path):
    text = "[notification]\nworkers = many\nbatch_size = 0\nconsumer = other\n"
    problems = problems_of(load, tmp_path, text)
    assert [problem.partition(":")[0] for problem in problems] == [
        "[notification] workers",
        "[notification] batch_size",
        "[notification] consumer",
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "[notification]\nurls = no url at all\n",
            "[notification] urls: this is not a transport URL",
        ),
        (
            "[notification]\nurls = rabbit://host:port/\n",
            "[notification] urls: this is not a transport URL",
        ),
        (
            "[notification]\nurls = pigeon://loft/\n",
            "[notification] urls: no messaging driver 'pigeon' (installed: ",
        ),
        ("[notification]\nexchanges =\n", "[notification] exchanges: at least one is needed"),
        ("[notification]\ntopics =\n", "[notification] topics: at least one is needed"),
    ],
)
def test_bus_that_cannot_work_is_refused(tmp_path, text, problem):
    (told,) = problems_of(bus.sources, load(tmp_path, text))
    assert told.startswith(problem)


def test_password_of_a_broken_url_is_not_told(tmp_path):
    conf = load(tmp_path, "[notification]\nurls = rabbit://me:verysecret@host:port/\n")
    (told,) = problems_of(bus.sources, conf)
    assert "verysecret" not in told


@pytest.mark.parametrize(
    ("text", "option", "namespace"),
    [
        ("[storage]\nevents = sqll\n", "[storage] events", "ceilobatch.storage"),
        ("[storage]\nsamples = log,sqll\n", "[storage] samples", "ceilobatch.storage"),
        ("[recovery]\nbackend = sqll\n", "[recovery] backend", "ceilobatch.recovery"),
        ("[notification]\nhandler = sqll\n", "[notification] handler", "ceilobatch.handlers"),
    ],
)
def test_unknown_plugin_is_refused_with_the_names_that_exist(tmp_path, text, option, namespace):
    (told,) = problems_of(assembly.build_parts, load(tmp_path, text), CallRegistry(), "w0")
    installed = ", ".join(loader.names(namespace))
    assert told == (
        f"{option}: no plugin 'sqll' in the namespace {namespace} (installed: {installed})"
    )


def test_label_that_is_none_is_refused(tmp_path):
    conf = load(tmp_path, "[storage]\nsamples = sql,sql:Archive\n")
    (told,) = problems_of(assembly.build_parts, conf, CallRegistry(), "w0")
    assert told.startswith("[storage] samples: 'sql:Archive' is not a driver with a label")


def test_database_with_a_label_needs_a_connection(tmp_path):
    conf = load(tmp_path, "[storage]\nsamples = sql,sql:archive\n")
    assert problems_of(assembly.build_parts, conf, CallRegistry(), "w0") == [
        "[storage_sql_archive] connection is needed: empty, it would stand for the file"
        " ceilobatch.sqlite, which belongs to the driver without a label"
    ]


def test_roles_share_a_driver_of_the_same_name_and_label_only(tmp_path):
    conf = load(
        tmp_path,
        "[storage]\nevents = sql,sql:b\nsamples = sql:b,sql:c,sql\n"
        f"[storage_sql_b]\nconnection = sqlite:///{tmp_path}/b\n"
        f"[storage_sql_c]\nconnection = sqlite:///{tmp_path}/c\n",
    )
    parts = assembly.build_parts(conf, CallRegistry(), "w0")
    events, samples = dict(parts.event_storage), dict(parts.sample_storage)
    assert (list(events), list(samples)) == (["sql", "sql:b"], ["sql:b", "sql:c", "sql"])
    assert events["sql"] is samples["sql"] is parts.books.keeper
    assert events["sql:b"] is samples["sql:b"]
    assert len(set(map(id, parts.drivers))) == len(parts.drivers) == 4
    parts.close()


def test_everything_wrong_in_the_parts_is_told_together(tmp_path):
    text = "[storage]\nevents = a\nsamples = b\n[recovery]\nbackend = c\n"
    problems = problems_of(assembly.build_parts, load(tmp_path, text), CallRegistry(), "w0")
    assert [problem.partition(":")[0] for problem in problems] == [
        "[storage] events",
        "[storage] samples",
        "[recovery] backend",
    ]


def test_rabbit_is_consumed_batch_natively_unless_stock_is_asked_for(tmp_path):
    conf = load(tmp_path, "[DEFAULT]\ntransport_url = rabbit://me:secret@one:1,me:secret@two:2/v\n")
    (source,) = bus.sources(conf)
    assert isinstance(source, RabbitSource)
    assert source.name in ("one:1, two:2", "two:2, one:1")
    conf.set_override("consumer", "stock", "notification")
    (source,) = bus.sources(conf)
    assert isinstance(source, StockSource)


def test_prefetch_of_the_stock_consumer_is_bounded_by_the_batch(tmp_path):
    conf = load(tmp_path, "[notification]\nconsumer = stock\nbatch_size = 70\nurls = rabbit://h/\n")
    bus.sources(conf)
    assert conf.oslo_messaging_rabbit.rabbit_qos_prefetch_count == 140


def test_state_path_that_cannot_be_made_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    conf = config.load([], [], {("DEFAULT", "state_path"): str(tmp_path / "file" / "below")})
    problems = problems_of(assembly.build_parts, conf, CallRegistry(), "w0")
    assert all(str(tmp_path) in problem for problem in problems)
