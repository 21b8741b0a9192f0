# SPDX-License-Identifier: Apache-2.0
"""Real servers that tests start, stop, kill and freeze."""

from .gnocchi import Gnocchi
from .mariadb import MariaDB
from .postgresql import PostgreSQL
from .process import Server, ServerError, free_port, wait_until
from .prometheus import Prometheus
from .rabbitmq import RabbitMQ
from .redis import Redis

__all__ = [
    "Gnocchi",
    "MariaDB",
    "PostgreSQL",
    "Prometheus",
    "RabbitMQ",
    "Redis",
    "Server",
    "ServerError",
    "free_port",
    "wait_until",
]
