# SPDX-License-Identifier: Apache-2.0
"""Excerpts of a message around one place, with a caret below it."""

WIDTH = 72
ROW = 16
ROWS_AROUND = 2
_ELLIPSIS = "…"


def of_text(text: str, position: int) -> str:
    """The line in which the character stands, cut around it, and a line with the caret."""
    start = text.rfind("\n", 0, position) + 1
    end = text.find("\n", position)
    end = len(text) if end < 0 else end
    left, right = max(start, position - WIDTH // 2), min(end, position + WIDTH // 2)
    before = _ELLIPSIS if left > start else ""
    after = _ELLIPSIS if right < end else ""
    shown = "".join(one if one.isprintable() else "·" for one in text[left:right])
    return f"{before}{shown}{after}\n{' ' * (len(before) + position - left)}^"


def of_bytes(body: bytes, offset: int) -> str:
    """A hexadecimal dump of the rows around the byte, and a line with the caret below it."""
    row = offset - offset % ROW
    rows = []
    for start in range(max(0, row - ROWS_AROUND * ROW), row + (ROWS_AROUND + 1) * ROW, ROW):
        if start < len(body):
            rows.append(_dumped(start, body[start : start + ROW]))
        if start == row:
            rows.append(" " * (10 + 3 * (offset - row)) + "^^")
    return "\n".join(rows)


def _dumped(start: int, row: bytes) -> str:
    text = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in row)
    return f"{start:08x}  {row.hex(' '):<{3 * ROW - 1}}  |{text}|"
