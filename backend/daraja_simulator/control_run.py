"""Control API of the run: settings, faults, scenarios, wire log, pending work, reset."""

import json
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from .control import Call, Routes
from .delivery import Outgoing
from .fault_catalogue import CATALOGUE
from .faults import Armed, Faults
from .forgery import CLAIMED_SOURCE
from .scenario import FaultChange, Scenario, apply_scenario, change_faults, change_settings
from .settings import Settings
from .simulator import Simulator
from .views import customer_view, prompt_view

_WIRE_LISTED = 100
ROUTES = Routes()


class SettingsChange(BaseModel):
    """Settings to change, by name; the others stay."""

    model_config = ConfigDict(extra="allow", json_schema_extra=Settings.model_json_schema())


class Forged(BaseModel):
    """A forged callback, as a third party would send it: any body to any URL."""

    model_config = ConfigDict(extra="forbid")
    url: str = Field(pattern=r"^https?://")
    body: Any
    headers: dict[str, str] = Field(default_factory=lambda: dict(CLAIMED_SOURCE))


def faults_view(faults: Faults) -> dict[str, Any]:
    """Return all faults, with those that are switched on, and how often each happened."""
    return {
        "seed": faults.seed,
        "parameters": faults.parameters.model_dump(),
        "rules": [rule.model_dump(exclude_none=True) for rule in faults.rules],
        "armed": [entry.model_dump(exclude_none=True) for entry in faults.armed],
        "faults": [
            {
                "name": fault.name,
                "text": fault.text,
                "loses_answer": fault.loses_answer,
                "probability": faults.probabilities.get(fault.name, 0),
                "count": faults.counts[fault.name],
            }
            for fault in CATALOGUE
        ],
    }


def pending_view(sim: Simulator) -> dict[str, Any]:
    """Return how many messages are on their way, and what will still send some."""
    waiting, commands = sim.waiting_prompts, sim.commands.waiting
    return {
        "pending": sim.delivery.pending,
        "waiting_prompts": waiting,
        "waiting_commands": commands,
        "quiet": sim.delivery.pending == 0 and waiting == 0 and commands == 0,
    }


def _publish_faults(sim: Simulator) -> dict[str, Any]:
    view = faults_view(sim.faults)
    sim.hub.publish("faults", view)
    return view


@ROUTES.add("GET", "/state", "Everything the page shows")
async def get_state(call: Call) -> Any:
    """Settings, customers, open prompts, faults, and the newest requests in the wire log."""
    sim = call.sim
    waiting = [p for p in sim.world.prompts.values() if p.is_waiting]
    return {
        "settings": sim.settings.model_dump(),
        "customers": [customer_view(c) for c in sim.world.customers.values()],
        "prompts": [prompt_view(prompt) for prompt in waiting],
        "faults": faults_view(sim.faults),
        "wire": sim.log.newest(_WIRE_LISTED),
        **pending_view(sim),
    }


@ROUTES.add("GET", "/settings", "The settings")
async def get_settings(call: Call) -> Any:
    """The settings in force."""
    return call.sim.settings.model_dump()


@ROUTES.add("PATCH", "/settings", "Change settings while running", body=SettingsChange)
async def patch_settings(call: Call) -> Any:
    """The settings after the change."""
    change_settings(call.sim, call.body.model_extra or {})
    call.sim.hub.publish("settings", call.sim.settings.model_dump())
    return call.sim.settings.model_dump()


@ROUTES.add("GET", "/faults", "Fault catalogue, probabilities and counts")
async def get_faults(call: Call) -> Any:
    """Every fault by name."""
    return faults_view(call.sim.faults)


@ROUTES.add("PUT", "/faults", "Switch faults on: seed, probabilities, rules", body=FaultChange)
async def put_faults(call: Call) -> Any:
    """The faults after the change."""
    change_faults(call.sim, call.body)
    return _publish_faults(call.sim)


@ROUTES.add("DELETE", "/faults", "Switch every fault off; the counts stay")
async def delete_faults(call: Call) -> Any:
    """The faults, all switched off."""
    call.sim.faults.clear()
    return _publish_faults(call.sim)


@ROUTES.add("POST", "/faults/arm", "Let a fault strike the next times", body=Armed)
async def arm_fault(call: Call) -> Any:
    """The faults with the new one armed."""
    call.sim.faults.armed.append(call.body)
    return _publish_faults(call.sim)


@ROUTES.add("DELETE", "/faults/arm", "Take back what is armed", query=("phone",))
async def disarm_faults(call: Call) -> Any:
    """The faults, without those armed for the phone; without any armed if no phone is given."""
    call.sim.faults.disarm(call.query.get("phone"))
    return _publish_faults(call.sim)


@ROUTES.add("GET", "/faults/counts", "How often each fault struck")
async def get_counts(call: Call) -> Any:
    """How often each fault happened; faults that never happened are left out."""
    return dict(call.sim.faults.counts)


@ROUTES.add("POST", "/tokens/revoke", "End every access token")
async def revoke_tokens(call: Call) -> Any:
    """Ends all access tokens, as when another program of the same merchant asks for one."""
    call.sim.tokens.revoke_all()
    return {}


@ROUTES.add("POST", "/forge", "Send a callback as a third party", body=Forged)
async def forge(call: Call) -> Any:
    """The callback is sent at once; the merchant's answer to it is in the wire log."""
    text = call.body.body if isinstance(call.body.body, str) else json.dumps(call.body.body)
    call.sim.delivery.send(Outgoing("forged", call.body.url, text, headers=call.body.headers))
    return pending_view(call.sim)


@ROUTES.add("GET", "/wire", "Messages on the wire", query=("limit", "kind", "phone", "direction"))
async def get_wire(call: Call) -> Any:
    """The wire log, newest first."""
    wanted = {name: call.query.get(name, "") for name in ("kind", "phone", "direction")}
    return {"messages": call.sim.log.newest(call.number("limit", _WIRE_LISTED), **wanted)}


@ROUTES.add("DELETE", "/wire", "Empty the wire log")
async def clear_wire(call: Call) -> Any:
    """Removes all entries from the wire log."""
    call.sim.log.clear()
    return {}


@ROUTES.add("GET", "/pending", "Whether anything is still pending")
async def get_pending(call: Call) -> Any:
    """`quiet` is true when no message is on its way, and no prompt or command will still end."""
    return pending_view(call.sim)


@ROUTES.add("POST", "/reset", "Reset; settings and tokens stay")
async def reset(call: Call) -> Any:
    """Removes all customers, payments, registered URLs and faults."""
    await call.sim.reset()
    return pending_view(call.sim)


@ROUTES.add("POST", "/scenario", "Load a scenario", body=Scenario)
async def load_scenario(call: Call) -> Any:
    """The faults after the scenario was loaded."""
    apply_scenario(call.sim, call.body)
    call.sim.hub.publish("reload", {})
    return faults_view(call.sim.faults)
