# SPDX-License-Identifier: Apache-2.0
"""Killed: what a fake raises to stand for the end of its process."""


class Killed(BaseException):
    """The process ends here: whoever catches this would have to survive ``kill -9``.

    No :class:`Exception`, so that a driver or handler which takes errors for what they are not
    does not take this one.
    """
