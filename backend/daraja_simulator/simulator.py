"""Joins all parts of the simulator, and resets them."""

from datetime import datetime, timedelta

from .announcer import Announcer
from .clock import Clock, now
from .command_runner import Commands
from .delivery import Delivery
from .deposits import Deposits
from .faults import Faults
from .hakikisha import Hakikisha
from .hub import Hub
from .paybill import Paybill
from .settings import Settings
from .throttle import Throttle
from .timers import Timers
from .tokens import Tokens
from .wirelog import WireLog
from .world import World


class Simulator:
    """All parts of one run; it needs a running event loop, and has to be closed at the end."""

    def __init__(self, settings: Settings, clock: Clock = now) -> None:
        self.settings = settings
        self._machine_clock = clock
        self.hub = Hub()
        self.log = WireLog(settings.wire_log_size, self.hub.publish)
        self.delivery = Delivery(settings, self.log, self.clock)
        self.timers = Timers()
        self.faults = self._make_faults()
        self.tokens = Tokens(settings, self.clock)
        self._make_world()

    def _make_faults(self) -> Faults:
        return Faults(seed=self.settings.seed, on_strike=self._tell_strike)

    def _tell_strike(self, name: str) -> None:
        faults = self.faults
        armed = [entry.model_dump(exclude_none=True) for entry in faults.armed]
        event = {"name": name, "count": faults.counts[name], "armed": armed}
        self.hub.publish("struck", event)

    def _make_world(self) -> None:
        self.world = World(self.settings, self.clock)
        self.throttle = Throttle(self.settings, self.clock)
        self.announcer = Announcer(self.world, self.faults, self.delivery)
        self.deposits = Deposits(self.announcer, self.timers, self.hub.publish)
        self.paybill = Paybill(self.announcer, self.hub.publish)
        self.commands = Commands(self.announcer, self.timers, self.hub.publish)
        self.hakikisha = Hakikisha(self.settings, self.delivery)

    def clock(self) -> datetime:
        """Return M-Pesa's time: the machine's and `clock_ahead_seconds`."""
        return self._machine_clock() + timedelta(seconds=self.settings.clock_ahead_seconds)

    @property
    def waiting_prompts(self) -> int:
        """How many prompts will still end, by the customer's answer or a timer."""
        return sum(prompt.is_open for prompt in self.world.prompts.values())

    async def reset(self) -> None:
        """Remove all customers, prompts, payments, registered URLs and faults.

        Settings stay, and so do access tokens, since a merchant keeps its token for an hour.
        """
        self.timers.cancel_all()
        await self.delivery.drop_all()
        self.log.clear()
        self.faults = self._make_faults()
        self._make_world()
        self.hub.publish("reload", {})

    async def close(self) -> None:
        """Cancel all timers and messages, and close the connections."""
        self.timers.cancel_all()
        await self.delivery.close()
