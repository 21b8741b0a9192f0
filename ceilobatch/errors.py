# SPDX-License-Identifier: Apache-2.0
"""The exceptions of the project; each type means one thing to whoever catches it."""

from collections.abc import Iterable


class CeilobatchError(Exception):
    """Base of everything the project raises on purpose."""


class Unavailable(CeilobatchError):
    """A part outside this process is away; nothing is known of the call: wait and try again."""


class Rejected(CeilobatchError):
    """The item can never be accepted as it is: do not try again."""


class Malformed(CeilobatchError):
    """The message cannot be understood: it belongs in recovery."""


class Refused(CeilobatchError):
    """What a person asked for cannot be done; the message is the sentence that he sees."""


class Unknown(Refused):
    """There is no such thing as he named."""


class Overtaken(Refused):
    """It is not, or not any more, as he took it to be: look again."""


class ConfigurationError(CeilobatchError):
    """A setting, a definition file or a plugin that cannot work.

    :param problems: one sentence each, naming what is wrong and where.
    """

    def __init__(self, problems: str | Iterable[str]) -> None:
        self.problems = [problems] if isinstance(problems, str) else list(problems)
        super().__init__("\n".join(self.problems))
