# SPDX-License-Identifier: Apache-2.0
"""What the errors of librdkafka mean to the agent."""

from collections.abc import Iterator
from contextlib import contextmanager

from confluent_kafka import KafkaError, KafkaException, Message
from oslo_log import log

from ceilobatch import errors

LOG = log.getLogger(__name__)

_LOST = frozenset((KafkaError._ALL_BROKERS_DOWN, KafkaError._AUTHENTICATION, KafkaError._FATAL))
_TOPIC_NOT_THERE = frozenset((KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError._UNKNOWN_TOPIC))
_WRONG_SETTING = frozenset((KafkaError._INVALID_ARG, KafkaError._NOT_IMPLEMENTED))

# Settings of librdkafka, by the options they come from.
_OPTIONS = {
    "security.protocol": "security_protocol",
    "sasl.mechanism": "sasl_mechanism",
    "ssl.ca.location": "ssl_cafile",
    "ssl.certificate.location": "ssl_client_cert_file",
    "ssl.key.location": "ssl_client_key_file",
    "ssl.key.password": "ssl_client_key_password",
}


def is_loss(error: KafkaError) -> bool:
    """Whether the connection is lost; of everything else librdkafka recovers by itself."""
    return error.fatal() or error.code() in _LOST


def is_silence(error: KafkaError) -> bool:
    """Whether no broker can be reached, at least for a moment."""
    return error.code() == KafkaError._ALL_BROKERS_DOWN


def is_rebalance(error: KafkaError) -> bool:
    """Whether the group is being rebalanced, which happens whenever a worker comes or goes."""
    return error.code() == KafkaError.REBALANCE_IN_PROGRESS


def is_delivery(message: Message) -> bool:
    """Whether it is a message, not news from librdkafka, which comes the same way.

    :raises KafkaException: the news is that a topic or the group cannot be consumed.
    """
    error = message.error()
    if error is None:
        return True
    if error.code() in _TOPIC_NOT_THERE:
        # Services create it with their first notification.
        LOG.debug("Not consumed yet: %s", error.str())
    elif error.code() == KafkaError._MAX_POLL_EXCEEDED:
        LOG.warning("A batch took too long to be handled and comes again: %s", error.str())
    else:
        raise KafkaException(error)
    return False


@contextmanager
def bus_errors(name: str) -> Iterator[None]:
    """Turn what goes wrong into one of two things.

    :param name: the hosts.
    :raises ConfigurationError: librdkafka refuses a setting.
    :raises Unavailable: anything else.
    """
    try:
        yield
    except KafkaException as error:
        reason: KafkaError = error.args[0]
        if reason.code() in _WRONG_SETTING:
            raise errors.ConfigurationError(_in_our_words(reason)) from error
        raise errors.Unavailable(f"Kafka at {name}: {_sentence(reason)}") from error
    except (RuntimeError, BufferError) as error:
        raise errors.Unavailable(f"Kafka at {name}: {error}") from error


def _sentence(error: KafkaError) -> str:
    if is_silence(error):
        # Its own text counts the brokers that are down at the moment, which may be none.
        return "no broker answers"
    return f"{error.name()}: {error.str()}"


def _in_our_words(error: KafkaError) -> str:
    text = " ".join(error.str().split())
    for setting, option in _OPTIONS.items():
        text = text.replace(setting, option)
    return f"[oslo_messaging_kafka]: {text}"
