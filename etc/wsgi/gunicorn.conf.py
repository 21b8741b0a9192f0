# SPDX-License-Identifier: Apache-2.0
"""ceilobatch-api under gunicorn: gunicorn -c gunicorn.conf.py ceilobatch.api.wsgi:application."""

bind = "127.0.0.1:8963"
# One process: the history of figures is kept in its memory.
workers = 1
worker_class = "gthread"
threads = 8
timeout = 60
graceful_timeout = 60
