"""Writes the OpenAPI document of the control API from its table of routes."""

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from .control_statement import PARAMETERS

if TYPE_CHECKING:
    from .control import Route

_TEMPLATE = "#/components/schemas/{model}"


def document(routes: Iterable["Route"]) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document of these routes."""
    paths: dict[str, dict[str, Any]] = {}
    schemas: dict[str, Any] = {}
    for entry in routes:
        paths.setdefault(entry.path, {})[entry.method.lower()] = _operation(entry, schemas)
    paths["/control/events"] = {"get": _EVENTS}
    paths["/control/statement"] = {"get": _STATEMENT}
    paths["/control/statement.csv"] = {"get": _STATEMENT | {"operationId": "get_statement_csv"}}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Daraja simulator: control",
            "version": "1",
            "description": "Customers, prompts, faults and the book of the simulator.",
        },
        "paths": paths,
        "components": {"schemas": schemas},
    }


def _operation(entry: "Route", schemas: dict[str, Any]) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": entry.handler.__name__,
        "summary": entry.summary,
        "description": entry.handler.__doc__ or "",
        "parameters": _parameters(entry),
        "responses": {
            "200": _json("done", {}),
            "400": _json("not possible", _ERROR),
            "404": _json("not there", _ERROR),
        },
    }
    if entry.body is not None:
        schema = entry.body.model_json_schema(ref_template=_TEMPLATE)
        schemas.update(schema.pop("$defs", {}))
        schemas[entry.body.__name__] = schema
        reference = {"$ref": f"#/components/schemas/{entry.body.__name__}"}
        operation["requestBody"] = {"content": {"application/json": {"schema": reference}}}
    return operation


_EVENTS: dict[str, Any] = {
    "operationId": "get_events",
    "summary": "What happens, as it happens (Server-Sent Events)",
    "description": "Events prompt, customer, wire, faults, struck, settings and reload.",
    "responses": {
        "200": {"description": "a stream", "content": {"text/event-stream": {"schema": {}}}}
    },
}
_STATEMENT: dict[str, Any] = {
    "operationId": "get_statement",
    "summary": "The statement of account, as businesses export it",
    "parameters": [
        {"name": name, "in": "query", "description": text, "schema": {"type": "string"}}
        for name, text in PARAMETERS.items()
    ],
    "responses": {
        "200": {"description": "CSV or XLSX", "content": {"text/csv": {"schema": {}}}},
        "400": {"description": "no such format, or no date"},
        "404": {"description": "no such business"},
    },
}
_ERROR = {"type": "object", "properties": {"error": {"type": "string"}}}


def _json(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _parameters(entry: "Route") -> list[dict[str, Any]]:
    in_path = [(name, "path") for name in re.findall(r"{(\w+)}", entry.path)]
    in_query = [(name, "query") for name in entry.query]
    return [
        {"name": name, "in": place, "required": place == "path", "schema": {"type": "string"}}
        for name, place in in_path + in_query
    ]
