# SPDX-License-Identifier: Apache-2.0
"""The Kafka driver as it is configured; nothing is connected."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from oslo_config import cfg
from oslo_messaging.transport import TransportURL

from ceilobatch import bus, config, errors
from ceilobatch.plugins.transports.kafka import BatchKafkaDriver
from ceilobatch.plugins.transports.kafka_source import KafkaSource

BINDINGS = [("nova", "notifications.info"), ("cinder", "notifications.info"), ("nova", "n.error")]


def conf_of(**notification: object) -> cfg.ConfigOpts:
    return config.load(
        [], [], {("notification", name): value for name, value in notification.items()}
    )


def source_of(url: str, pool: str | None = "p", **notification: object) -> KafkaSource:
    conf = conf_of(**notification)
    driver = BatchKafkaDriver(conf, TransportURL.parse(conf, url))
    return driver.batch_source(BINDINGS, pool, 10)


def settings(url: str, **notification: object) -> dict[str, Any]:
    return source_of(url, **notification).settings


def test_kafka_url_is_listened_to_in_batches():
    (source,) = bus.sources(conf_of(urls=["kafka://h/"]))
    assert isinstance(source, KafkaSource)
    assert len(source.topics) == 21


def test_every_host_is_a_bootstrap_server():
    assert settings("kafka://a:1,b,c:3/")["bootstrap.servers"] == "a:1,b:9092,c:3"
    assert settings("kafka://[::1]:3/")["bootstrap.servers"] == "[::1]:3"


def test_topic_is_named_once_whatever_the_exchanges():
    assert source_of("kafka://h/").topics == ["n.error", "notifications.info"]


def test_virtual_host_is_the_end_of_the_topic_as_for_the_sender():
    assert source_of("kafka://h/v1").topics == ["n.error.v1", "notifications.info.v1"]


def test_group_is_the_pool_or_else_the_option():
    assert settings("kafka://h/")["group.id"] == "p"
    shared = source_of("kafka://h/?consumer_group=ours", pool=None)
    assert shared.settings["group.id"] == "ours"
    assert source_of("kafka://h/", pool=None).settings["group.id"] == "oslo_messaging_consumer"


def test_account_and_mechanism_are_used_with_sasl():
    found = settings(
        "kafka://u:secret@h/?security_protocol=SASL_PLAINTEXT&sasl_mechanism=SCRAM-SHA-256"
    )
    assert found["security.protocol"] == "SASL_PLAINTEXT"
    assert found["sasl.mechanism"] == "SCRAM-SHA-256"
    assert (found["sasl.username"], found["sasl.password"]) == ("u", "secret")


def test_account_is_not_sent_without_sasl():
    assert not [name for name in settings("kafka://u:secret@h/") if name.startswith("sasl")]


def test_offsets_are_committed_by_nobody_but_us():
    found = settings("kafka://h/?enable_auto_commit=true")
    assert found["enable.auto.commit"] is False


def test_reading_ahead_is_bounded_by_the_batch():
    found = settings("kafka://h/", batch_bytes=2 * 1024 * 1024)
    assert found["queued.min.messages"] == 10
    assert found["queued.max.messages.kbytes"] == 4096
    assert found["fetch.max.bytes"] == 4 * 1024 * 1024


@pytest.mark.parametrize("size", [1, 2**40])
def test_any_batch_size_gives_settings_that_librdkafka_takes(size):
    assert settings("kafka://h/", batch_bytes=size)


def test_option_that_librdkafka_refuses_is_a_configuration_error(tmp_path: Path):
    missing = tmp_path / "missing.pem"
    with pytest.raises(errors.ConfigurationError, match=r"^\[oslo_messaging_kafka\]: .*ssl_cafile"):
        source_of(f"kafka://h/?security_protocol=SSL&ssl_cafile={missing}")


def test_url_without_a_host_is_a_configuration_error():
    with pytest.raises(errors.ConfigurationError, match="names no host"):
        source_of("kafka:///")


def test_missing_library_says_what_to_install():
    program = (
        "import sys; sys.modules['confluent_kafka'] = None\n"
        "from ceilobatch import bus, config, errors\n"
        "conf = config.load([], [], {('notification', 'urls'): ['kafka://h/']})\n"
        "try:\n    bus.sources(conf)\n"
        "except errors.ConfigurationError as error:\n    print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert "install ceilobatch[kafka]" in done.stdout
    assert done.stdout.count("\n") == 1
