# SPDX-License-Identifier: Apache-2.0
"""What an error looks like to a client: a status and one sentence, never a query or a stack."""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, NoReturn

import falcon
import orjson
from oslo_log import log

from ceilobatch import errors
from ceilobatch.api.application import App

LOG = log.getLogger(__name__)

RETRY_AFTER = 5
UNEXPECTED = "The service failed at this request; its log says why."
UNUSABLE = "The service is not configured for this request; its log says what is wrong."
SENTENCES = {
    404: "There is nothing at this path.",
    405: "This path does not know this method; the header Allow has those that it knows.",
}

# From a status, a title and a sentence to the body of an error.
Body = Callable[[int, str, str], object]


def install(app: App, bodies: Mapping[str, Body]) -> None:
    """Answer every error that a resource raises.

    :param bodies: by the beginning of the path, where errors look otherwise.
    """

    def serialize(req: falcon.Request, resp: falcon.Response, error: falcon.HTTPError) -> None:
        body = next((own for prefix, own in bodies.items() if req.path.startswith(prefix)), plain)
        status = error.status_code
        usual = HTTPStatus(status).phrase
        # Falcon's own titles repeat the status.
        title = usual if not error.title or error.title[:3].isdigit() else error.title
        sentence = error.description or SENTENCES.get(status, f"{title}.")
        resp.data = orjson.dumps(body(status, title, sentence))
        resp.content_type = falcon.MEDIA_JSON

    app.set_error_serializer(serialize)
    app.add_error_handler(Exception, _unexpected)
    app.add_error_handler(errors.CeilobatchError, _unexpected)
    app.add_error_handler(errors.ConfigurationError, _configuration)
    app.add_error_handler(errors.Unavailable, _unavailable)
    app.add_error_handler(errors.Refused, _refused)
    app.add_error_handler(errors.Rejected, _rejected)
    app.add_error_handler(errors.Malformed, _rejected)


def plain(_status: int, title: str, description: str) -> dict[str, str]:
    """The body that errors have where nothing else was asked for."""
    return {"title": title, "description": description}


def _unexpected(req: falcon.Request, _resp: Any, error: Exception, _params: Any) -> NoReturn:
    LOG.error("%s %r failed", req.method, req.path, exc_info=error)
    raise falcon.HTTPInternalServerError(description=UNEXPECTED) from None


def _configuration(req: falcon.Request, _resp: Any, error: Exception, _params: Any) -> NoReturn:
    # Its sentences may quote values, and so connection URLs: for the operator alone.
    LOG.error("%s %r failed: %s", req.method, req.path, error)
    raise falcon.HTTPInternalServerError(description=UNUSABLE) from None


def _unavailable(req: falcon.Request, _resp: Any, error: Exception, _params: Any) -> NoReturn:
    LOG.warning("%s %r: unavailable: %s", req.method, req.path, error)
    raise falcon.HTTPServiceUnavailable(
        description="A part that this request needs is away; try again.", retry_after=RETRY_AFTER
    ) from None


def _refused(_req: Any, _resp: Any, error: Exception, _params: Any) -> NoReturn:
    # Made for the eyes of whoever asks.
    kinds = {errors.Unknown: falcon.HTTPNotFound, errors.Overtaken: falcon.HTTPConflict}
    kind = next((kinds[one] for one in kinds if isinstance(error, one)), None)
    raise (kind or falcon.HTTPUnprocessableEntity)(description=str(error)) from None


def _rejected(req: falcon.Request, _resp: Any, error: Exception, _params: Any) -> NoReturn:
    LOG.info("%s %r refused: %s", req.method, req.path, error)
    raise falcon.HTTPUnprocessableEntity(
        description="This is not accepted as it is; the log of the service says why."
    ) from None
