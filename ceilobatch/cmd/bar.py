# SPDX-License-Identifier: Apache-2.0
"""A progress bar by things, on standard error where that is a terminal."""

import contextlib
from collections.abc import Callable, Iterator

from rich import progress
from rich.console import Console


@contextlib.contextmanager
def counting_bar(what: str, total: int | None, *, hidden: bool) -> Iterator[Callable[..., None]]:
    """Shows the bar until the end; yields what is to be called after each thing, or after so many.

    :param total: None where it is not known.
    """
    console = Console(stderr=True)
    bar = progress.Progress(
        progress.TextColumn("{task.description}"),
        progress.BarColumn(),
        progress.MofNCompleteColumn(),
        progress.TimeRemainingColumn(),
        console=console,
        disable=hidden or not console.is_terminal,
        transient=True,
    )
    with bar:
        task = bar.add_task(what, total=total)
        yield lambda count=1: bar.advance(task, count)
