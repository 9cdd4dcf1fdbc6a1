"""The key under which the web application carries its simulator."""

from aiohttp import web

from .simulator import Simulator

SIMULATOR = web.AppKey("simulator", Simulator)
