"""The processes that make the dump: those of a chaos run, one of each, with faults only on command.

The database's clock is right. The API can be started with a clock that is a day behind, since the
worker escalates a deposit only after a day.
"""

from pathlib import Path

from chaos.plan import Plan
from chaos.postgres import PrivatePostgres
from chaos.system import System
from devtools.stack import wait_until_ready

#: One hour more than the 24 hours after which the worker escalates a deposit.
_A_DAY_AGO_S = -25 * 3600
#: Longer than the simulator keeps a prompt open, so that we still count the last prompt as open
#: when the dump is made.
_PROMPT_OPEN_S = "60"


class DumpSystem(System):
    """Database, simulator, one API process and one worker."""

    database: PrivatePostgres

    def __init__(self, folder: Path) -> None:
        plan = Plan(by_hand=0, api_processes=1, workers=1)
        super().__init__(plan, folder, PrivatePostgres(folder))
        self.api, self.worker = self.apis[0], self.workers[0]
        self.api_url = self.api_urls[0]

    def _environment(self) -> dict[str, str]:
        return {**super()._environment(), "PROMPT_OPEN_SECONDS": _PROMPT_OPEN_S}

    def begin(self) -> None:
        """Start all but the worker, without faults, the API with a clock that is a day behind."""
        self.start()
        self.simulator.switch_faults_off()
        self.worker.stop()
        self.restart_api(clock_shift_s=_A_DAY_AGO_S)

    def restart_api(self, *, clock_shift_s: int = 0) -> None:
        """Kill the API and start it with its clock shifted by this many seconds."""
        self.api.kill()
        self.api.start(clock_shift_s=clock_shift_s)
        if not wait_until_ready([f"{self.api_url}/readyz"]):
            raise TimeoutError("the API does not answer")
