# SPDX-License-Identifier: Apache-2.0
"""The kind of a reason: what is left when ids, numbers, times and quoted values are taken out."""

import re

ANYTHING = "*"
LONGEST = 240

# In the order in which they are tried; what the first group takes stays as it is.
_VARIABLE = re.compile(
    r"""
      (\bISO\ 8601\b | \b[Uu][Tt][Ff]-\d+\b | \b64[ -]bits?\b)
    | (?<!\w)'(?:[^'\\]|\\.)*'(?!\w)(?:\.{3})?      # quoted
    | (?<!\w)"(?:[^"\\]|\\.)*"(?!\w)(?:\.{3})?
    | (?<!\w)['"][^'"]{56,59}(?=\ is\ )             # quoted and cut
    | \d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?
    | \b(?:[A-Za-z]+-)?[0-9a-fA-F]{8}-?(?:[0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}\b
    | \b0x[0-9a-fA-F]+\b
    | \b(?=[a-f]*\d)[0-9a-f]{8,}\b
    | \b(?=(?:[\w-]*\d){4})[\w-]{6,}\b              # such as instance-0000001a
    | (?<![\w.])[-+]?\d+(?:[.,:]\d+)*(?:[eE][-+]?\d+)?(?!\w)
    """,
    re.VERBOSE | re.DOTALL,
)


def kind_of(reason: str) -> str:
    """The reason with ``*`` for all that differs from message to message.

    Parts that say the same twice are said once. Where nothing was left out of it, a pattern with
    ``*`` finds the reason again.
    """
    plain = _VARIABLE.sub(lambda found: found[1] or ANYTHING, reason)
    parts = " ".join(plain.split()).split("; ")
    kind = "; ".join(dict.fromkeys(parts))
    return kind if len(kind) <= LONGEST else kind[: LONGEST - 1] + ANYTHING
