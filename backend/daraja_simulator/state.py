"""The key under which the aiohttp application stores its simulator."""

from aiohttp import web

from .simulator import Simulator

SIMULATOR = web.AppKey("simulator", Simulator)
