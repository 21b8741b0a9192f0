# SPDX-License-Identifier: Apache-2.0
"""librdkafka's mock cluster in a process of its own; commands on standard input, one a line.

Each command is answered by one line: ``topic NAME PARTITIONS`` makes a topic, ``down`` and ``up``
take all brokers away and bring them back on their ports with what they hold, ``refuse KEY CODE``
answers the next request of that kind with that error. It ends with its standard input.
"""

import ctypes
import pathlib
import sys
from typing import Any

import confluent_kafka

BROKERS = 2
# Milliseconds that a group without members waits for more of them before it is served.
GROUP_DELAY = 200


def library() -> Any:
    """The librdkafka that confluent_kafka brings along, which has the mock cluster in it."""
    mapped = pathlib.Path("/proc/self/maps").read_text().split()
    path = next(word for word in mapped if "/librdkafka" in word)
    loaded = ctypes.CDLL(path)
    loaded.rd_kafka_mock_cluster_new.restype = ctypes.c_void_p
    loaded.rd_kafka_mock_cluster_bootstraps.restype = ctypes.c_char_p
    loaded.rd_kafka_new.restype = ctypes.c_void_p
    loaded.rd_kafka_conf_new.restype = ctypes.c_void_p
    return loaded


class Cluster:
    """The mock cluster and what can be done to it."""

    def __init__(self) -> None:
        self._library = library()
        error = ctypes.create_string_buffer(512)
        conf = ctypes.c_void_p(self._library.rd_kafka_conf_new())
        # Nothing but the cluster is used of the handle, and it would warn that it has no servers.
        self._library.rd_kafka_conf_set(conf, b"log_level", b"0", error, 512)
        self._handle = ctypes.c_void_p(self._library.rd_kafka_new(0, conf, error, 512))
        self._cluster = ctypes.c_void_p(
            self._library.rd_kafka_mock_cluster_new(self._handle, BROKERS)
        )
        self._library.rd_kafka_mock_group_initial_rebalance_delay_ms(self._cluster, GROUP_DELAY)

    def servers(self) -> str:
        """Its bootstrap servers."""
        servers: bytes = self._library.rd_kafka_mock_cluster_bootstraps(self._cluster)
        return servers.decode()

    def topic(self, name: str, partitions: str) -> object:
        """Make a topic."""
        return self._library.rd_kafka_mock_topic_create(
            self._cluster, name.encode(), int(partitions), 1
        )

    def down(self) -> object:
        """Close the ports and the connections of all brokers."""
        return [
            self._library.rd_kafka_mock_broker_set_down(self._cluster, number + 1)
            for number in range(BROKERS)
        ]

    def up(self) -> object:
        """Open them again."""
        return [
            self._library.rd_kafka_mock_broker_set_up(self._cluster, number + 1)
            for number in range(BROKERS)
        ]

    def refuse(self, key: str, code: str) -> object:
        """Answer the next request of a kind with an error."""
        codes = (ctypes.c_int * 1)(int(code))
        self._library.rd_kafka_mock_push_request_errors_array(
            self._cluster, ctypes.c_int16(int(key)), ctypes.c_size_t(1), codes
        )
        return 0


def main() -> None:
    """Print the bootstrap servers, then obey."""
    assert confluent_kafka.libversion()
    cluster = Cluster()
    commands = {name: getattr(cluster, name) for name in ("topic", "down", "up", "refuse")}
    sys.stdout.write(f"{cluster.servers()}\n")
    sys.stdout.flush()
    for line in sys.stdin:
        name, *arguments = line.split()
        sys.stdout.write(f"{commands[name](*arguments)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
