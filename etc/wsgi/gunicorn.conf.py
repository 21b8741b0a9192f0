# SPDX-License-Identifier: Apache-2.0
"""ceilobatch-api under gunicorn: gunicorn -c gunicorn.conf.py ceilobatch.api.wsgi:application.

[api] trusted_proxy is of the own server; behind a proxy set [oslo_middleware]
enable_proxy_headers_parsing instead.
"""

bind = "127.0.0.1:8963"
# One process: the history of figures is kept in its memory.
workers = 1
worker_class = "gthread"
threads = 8
timeout = 60
graceful_timeout = 60
# Its socket would be in the home directory, which units of systemd do not see.
control_socket_disable = True
