# SPDX-License-Identifier: Apache-2.0
"""What becomes of a wish that cannot be granted: 404 for what is not there, 409 for the rest."""

from typing import Any, NoReturn

import falcon

from ceilobatch import errors
from ceilobatch.api.application import App


def install(app: App) -> None:
    """Answer the refusals of what the resources work with."""
    app.add_error_handler(errors.Refused, _refused)
    app.add_error_handler(errors.Unknown, _unknown)


def _unknown(_req: falcon.Request, _resp: Any, error: Exception, _params: Any) -> NoReturn:
    raise falcon.HTTPNotFound(description=_sentence(error)) from None


def _refused(_req: falcon.Request, _resp: Any, error: Exception, _params: Any) -> NoReturn:
    raise falcon.HTTPConflict(description=_sentence(error)) from None


def _sentence(error: Exception) -> str:
    return f"{str(error).rstrip('.')}."
