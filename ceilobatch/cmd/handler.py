# SPDX-License-Identifier: Apache-2.0
"""``--handler``: another one than the agent's, for commands that hand messages to a handler."""

import argparse

from oslo_config import cfg


def add_handler(parser: argparse.ArgumentParser) -> None:
    """The option; read it with :func:`with_handler`."""
    parser.add_argument(
        "--handler",
        metavar="NAME",
        help="handler in the place of [notification] handler; a collector of letters, whose own "
        "handler only keeps them, needs it",
    )


def with_handler(conf: cfg.ConfigOpts, parsed_args: argparse.Namespace) -> cfg.ConfigOpts:
    """The configuration with the handler that was asked for."""
    if parsed_args.handler is not None:
        conf.set_override("handler", parsed_args.handler, group="notification")
    return conf
