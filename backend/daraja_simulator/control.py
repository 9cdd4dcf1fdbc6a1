"""The framework of the control API: a table of routes, checked bodies, errors as JSON."""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from pydantic import BaseModel, ValidationError

from .prompts import Prompt
from .simulator import Simulator
from .state import SIMULATOR


@dataclass(frozen=True)
class Call:
    """A request to the control API with its checked body."""

    sim: Simulator
    path: Mapping[str, str]
    query: Mapping[str, str]
    body: Any = None

    def prompt(self) -> Prompt:
        """The prompt whose CheckoutRequestID is in the path."""
        prompt = self.sim.world.prompts.get(self.path["checkout_request_id"])
        if prompt is None:
            raise NotThereError("no such prompt")
        return prompt

    def number(self, name: str, default: int) -> int:
        """Return a whole number from the query string, or `default` if it is not there."""
        text = self.query.get(name, str(default))
        if not (text.isascii() and text.isdigit()):
            message = f"{name} is a whole number"
            raise ValueError(message)
        return int(text)


class NotThereError(Exception):
    """The request names something that does not exist; answered with 404."""


Handler = Callable[[Call], Awaitable[Any]]


@dataclass(frozen=True)
class Route:
    """One operation of the control API."""

    method: str
    path: str
    summary: str
    handler: Handler
    body: type[BaseModel] | None = None
    query: tuple[str, ...] = ()

    async def __call__(self, request: web.Request) -> web.StreamResponse:
        """Check the body, run the handler, answer in JSON."""
        try:
            body = _checked(self.body, await request.read()) if self.body else None
            call = Call(request.app[SIMULATOR], request.match_info, request.query, body)
            return web.json_response(await self.handler(call))
        except NotThereError as missing:
            return web.json_response({"error": str(missing)}, status=404)
        except ValidationError as wrong:
            return web.json_response({"error": _sentence(wrong)}, status=400)
        except ValueError as wrong:
            return web.json_response({"error": str(wrong)}, status=400)


class Routes(list[Route]):
    """A table of routes, filled by its decorator."""

    def add(
        self,
        method: str,
        path: str,
        summary: str,
        *,
        body: type[BaseModel] | None = None,
        query: tuple[str, ...] = (),
    ) -> Callable[[Handler], Handler]:
        """Return a decorator that adds a handler to the table."""

        def enter(handler: Handler) -> Handler:
            self.append(Route(method, f"/control{path}", summary, handler, body, query))
            return handler

        return enter


def _checked(model: type[BaseModel], raw: bytes) -> BaseModel:
    return model.model_validate(json.loads(raw or b"{}"))


def _sentence(wrong: ValidationError) -> str:
    return "; ".join(
        f"{'.'.join(str(part) for part in error['loc']) or 'body'}: {error['msg']}"
        for error in wrong.errors()
    )
