# SPDX-License-Identifier: Apache-2.0
"""Away: how a suite is told to take a backend away, and what a driver has to raise then."""

from collections.abc import Callable
from contextlib import AbstractContextManager

from ceilobatch import errors

Away = Callable[[], AbstractContextManager[object]]


def expect_unavailable(name: str, call: Callable[[], object]) -> None:
    """The call raises Unavailable, with a sentence.

    :param name: what is called, for the sentence that tells what is wrong.
    """
    try:
        answer = call()
    except errors.Unavailable as error:
        sentence = str(error).strip()
    except Exception as error:
        raise AssertionError(
            f"{name} raised {type(error).__name__} while the backend is away: {error}. Only "
            "Unavailable says wait and try again; anything else is taken for a bug of the driver, "
            "and the message goes to recovery."
        ) from error
    else:
        raise AssertionError(
            f"{name} answered {answer!s:.80} while the backend is away: it has to raise "
            "Unavailable. An answer is believed, and what it stands for is never asked, or sent, "
            "again."
        )
    assert sentence, (
        f"{name} raised Unavailable without a sentence: an operator reads it as the reason why "
        "nothing goes on."
    )
