# SPDX-License-Identifier: Apache-2.0
"""The description of the REST service as lines of reStructuredText."""

from collections.abc import Iterator
from typing import Any

from ceilobatch.api.v1.document import document

_METHODS = ("get", "post", "put", "patch", "delete")
_OTHERS = "default"


def lines() -> Iterator[str]:
    """A section for each tag of the document, a definition for each operation."""
    described = document()
    for tag in described["tags"]:
        title = tag["name"].capitalize()
        yield from (title, "-" * len(title), "", tag["description"], "")
        for path, item in described["paths"].items():
            for method in _METHODS:
                if tag["name"] in item.get(method, {}).get("tags", ()):
                    yield from _operation(path, method, item)


def _operation(path: str, method: str, item: dict[str, Any]) -> Iterator[str]:
    operation = item[method]
    yield f"``{method.upper()} {path}``"
    for text in (operation["summary"], operation.get("description")):
        if text:
            yield from (f"   {_escaped(text)}", "")
    parameters = [*item.get("parameters", ()), *operation.get("parameters", ())]
    for parameter in map(_resolved, parameters):
        yield from _parameter(parameter)
    body = operation.get("requestBody")
    if body is not None:
        yield from _body(body)
    answers = (
        f"``{status}`` {_escaped(_resolved(answer)['description'])}"
        for status, answer in operation["responses"].items()
        if status != _OTHERS and not status.startswith(("400", "401", "403"))
    )
    yield from (f"   Answers: {' '.join(answers)}", "")


def _parameter(parameter: dict[str, Any]) -> Iterator[str]:
    needed = ", required" if parameter.get("required") else ""
    kind = _kind(parameter["schema"])
    yield f"   - ``{parameter['name']}`` ({parameter['in']}, {kind}{needed}): "
    yield from (f"     {_escaped(parameter['description'])}", "")


def _body(body: dict[str, Any]) -> Iterator[str]:
    for kind, content in body["content"].items():
        schema = _resolved(content["schema"])
        fields = schema.get("properties", {})
        required = schema.get("required", ())
        names = (f"``{name}``{' (required)' if name in required else ''}" for name in fields)
        told = ", ".join(names) or _escaped(schema.get("description", "nothing"))
        yield from (f"   - body, ``{kind}``: {told}", "")
        for name, field in fields.items():
            text = field.get("description") or _resolved(field).get("description")
            if text:
                yield from (f"     - ``{name}``: {_escaped(text)}", "")


def _kind(schema: dict[str, Any]) -> str:
    found = _resolved(schema)
    if "enum" in found:
        return " | ".join(found["enum"])
    if found.get("type") == "array":
        return f"{_kind(found['items'])}, repeatable"
    return str(found["type"])


def _resolved(part: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in part:
        found: Any = document()
        for name in part["$ref"].removeprefix("#/").split("/"):
            found = found[name]
        part = found
    return part


def _escaped(text: str) -> str:
    """Nothing in it is markup."""
    return "".join(f"\\{one}" if one in "\\*`|_" else one for one in text)
