# SPDX-License-Identifier: Apache-2.0
"""What driver authors and operators may use in tests of their own; all of it is public.

Suites, one for each kind of driver: ``storage``, ``recovery``, ``handler``, ``collector`` and
``scope_source``; what a suite consists of is in modules that begin with its name. Fakes: ``memory``
and ``processing``. What clouds send: ``notifications``.
"""
