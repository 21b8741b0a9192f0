# SPDX-License-Identifier: Apache-2.0
"""Secrets disappear, everything else stays where it is."""

import json

import pytest

from ceilobatch.recovery.masking import masked, masked_in_place


def test_values_of_secret_keys_are_masked_at_any_depth() -> None:
    message = {
        "_context_auth_token": "s3cret",
        "payload": [{"adminPass": "s3cret", "name": "web"}, [{"tokens": ["s3cret"]}]],
        "args": "--password s3cret --verbose",
        "size": 1,
    }
    shown = masked(message)
    assert "s3cret" not in json.dumps(shown)
    assert (shown["payload"][0]["name"], shown["size"]) == ("web", 1)
    assert shown["args"].endswith("--verbose")
    assert message["_context_auth_token"] == "s3cret"


@pytest.mark.parametrize(
    "text",
    [
        '{"auth_token": "s3 cret, x", "a": 1}',
        r'{"oslo.message": "{\"_context_auth_token\": \"s3 cret, x\", \"a\": 1}"}',
        r'{"a": "{\"b\": \"{\\\"password\\\": \\\"s3 cret, x\\\"}\"}"}',
        r'{"password": "s3 cret, x\" and more of s3 cret"}',
        "{'admin_pass': 's3 cret, x'}",
        'cut in {"secret_uuid": "s3 cret, x',
    ],
)
def test_secrets_in_text_are_starred_without_moving_anything(text: str) -> None:
    shown = masked_in_place(text.encode())
    assert len(shown) == len(text)
    assert b"cret, x" not in shown
    assert b"s3" not in shown
    assert shown.startswith(text[: text.index("s3")].encode() + b"*")


def test_bare_assignments_are_starred_too() -> None:
    assert masked_in_place(b"user=a password=s3cret b=c") == b"user=a password=****** b=c"
    assert masked_in_place(b'{"password": 12345, "b": 1') == b'{"password": *****, "b": 1'


def test_bytes_without_secrets_stay_as_they_are() -> None:
    body = b'{"message_id": "m", "payload": {"text": "the tokenizer passed"}}\xff'
    assert masked_in_place(body) == body
