# SPDX-License-Identifier: Apache-2.0
"""Guru meditation: on SIGUSR2 a worker tells what it is doing, to a file or standard error."""

import importlib.metadata
from collections.abc import Callable, Mapping
from typing import Any

from oslo_config import cfg
from oslo_reports import guru_meditation_report as gmr
from oslo_reports import opts
from oslo_reports.models import with_default_views

Description = Mapping[str, Any]


class _Version:
    """The version as oslo.reports asks for it."""

    @staticmethod
    def vendor_string() -> str:
        return "Ceilobatch"

    @staticmethod
    def product_string() -> str:
        return "Ceilobatch"

    @staticmethod
    def version_string_with_package() -> str:
        return importlib.metadata.version("ceilobatch")


def install(conf: cfg.ConfigOpts, name: str, describe: Callable[[], Description]) -> None:
    """Write a report whenever this process gets SIGUSR2; call it from the main thread.

    :param name: of the worker, for the name of the file below ``[oslo_reports] log_dir``.
    :param describe: what the worker is doing now; names to values or to further mappings.
    """

    class Report(gmr.TextGuruMeditation):
        """Its sections are kept in the class, and a process may have had another worker."""

        persistent_sections = [
            (f"Worker {name}", lambda: with_default_views.ModelWithDefaultViews(describe()))
        ]

    opts.set_defaults(conf)
    Report.setup_autorun(_Version, service_name=f"ceilobatch-{name}", conf=conf)
