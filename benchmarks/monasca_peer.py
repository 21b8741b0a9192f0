# SPDX-License-Identifier: Apache-2.0
"""Runs a real monasca-api with the Python it is installed in: ``monasca_peer.py CONF PASTE PORT``.

Its authentication is replaced: whoever asks is a user of the tenant of the test.
"""

import sys
from collections.abc import Callable, Iterable
from typing import Any

TENANT = "tenant"
Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def everybody(_settings: dict[str, str], **_own: str) -> Callable[[Application], Application]:
    """A paste filter."""

    def around(application: Application) -> Application:
        def answer(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
            environ["HTTP_X_PROJECT_ID"] = environ["HTTP_X_TENANT_ID"] = TENANT
            environ["HTTP_X_USER_ID"] = "user"
            environ["HTTP_X_ROLES"] = "monasca-user"
            environ["HTTP_X_IDENTITY_STATUS"] = "Confirmed"
            return application(environ, start)

        return answer

    return around


def main() -> None:
    """Answer until killed."""
    # Of the environment that runs this, not of the project's.
    from paste.deploy import loadapp
    from waitress import serve

    configuration, paste, port = sys.argv[1:]
    sys.argv = ["monasca-api", "--config-file", configuration]
    sys.modules["monasca_peer"] = sys.modules["__main__"]
    serve(loadapp(f"config:{paste}"), host="127.0.0.1", port=int(port))


if __name__ == "__main__":
    main()
