"""Kills, pauses and restarts our own processes during a run, and records each act with its time."""

import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from chaos.plan import Deck, DrawnAct, Sabotage
from chaos.postgres import PrivatePostgres
from chaos.programs import Program
from chaos.system import System

#: The longest time in seconds that a killed process stays down; a pause adds half a second.
_MAX_S = 2.5
_BACK_UP_S = 20
#: What an act against the database names as its program: it affects all of them.
EVERYTHING = "database"


@dataclass(frozen=True)
class Act:
    """One act of sabotage that was done.

    `program` names the process that it struck, or is EVERYTHING.
    """

    kind: StrEnum
    program: str
    started_at: datetime
    ended_at: datetime
    detail: str = ""


class Saboteur(threading.Thread):
    """A thread that does one act of sabotage after the other until `stop` is called.

    An error ends the thread and is kept in `problem`.
    """

    def __init__(self, system: System, database: PrivatePostgres) -> None:
        super().__init__(name="saboteur", daemon=True)
        self._system = system
        self._database = database
        self._deck = Deck(system.plan)
        self._stopped = threading.Event()
        self.acts: list[Act] = []
        self.problem: Exception | None = None
        self._deeds: dict[Sabotage, Callable[[DrawnAct], tuple[str, str]]] = {
            Sabotage.KILL_API: lambda act: self._restart(self._system.apis, act),
            Sabotage.KILL_WORKER: lambda act: self._restart(self._system.workers, act),
            Sabotage.SHIFT_API: lambda act: self._restart(self._system.apis, act, shift=True),
            Sabotage.SHIFT_WORKER: lambda act: self._restart(self._system.workers, act, shift=True),
            Sabotage.PAUSE_API: lambda act: self._pause(self._system.apis, act),
            Sabotage.PAUSE_WORKER: lambda act: self._pause(self._system.workers, act),
            Sabotage.KILL_DATABASE: self._kill_database,
            Sabotage.CRASH_CONNECTION: self._crash_connection,
        }

    def counts(self) -> Counter[str]:
        """Return how often each kind of act was done."""
        return Counter(act.kind.value for act in self.acts)

    def stop(self) -> None:
        """Let the current act finish, then end the thread."""
        self._stopped.set()
        if self.is_alive():
            self.join()

    def run(self) -> None:
        while True:
            drawn = self._deck.draw()
            if self._stopped.wait(drawn.rest_before_s):
                return
            try:
                self._do(drawn)
            except Exception as error:  # noqa: BLE001  # chaos/run.py raises `problem` after join
                self.problem = error
                return

    def _do(self, drawn: DrawnAct) -> None:
        started_at = datetime.now(UTC)
        program, detail = self._deeds[drawn.kind](drawn)
        self.acts.append(Act(drawn.kind, program, started_at, datetime.now(UTC), detail))
        self._system.revive()

    def _restart(
        self, programs: list[Program], drawn: DrawnAct, *, shift: bool = False
    ) -> tuple[str, str]:
        program = _pick(programs, drawn)
        program.kill()
        time.sleep(drawn.length * _MAX_S)
        shift_s = drawn.shift_s if shift else 0
        program.start(clock_shift_s=shift_s)
        self._wait_for(program)
        return program.name, f"clock {shift_s:+d} s" if shift else ""

    def _pause(self, programs: list[Program], drawn: DrawnAct) -> tuple[str, str]:
        program = _pick(programs, drawn)
        length_s = 0.5 + drawn.length * _MAX_S
        program.signal_group(signal.SIGSTOP)
        try:
            time.sleep(length_s)
        finally:
            program.signal_group(signal.SIGCONT)
        return program.name, f"{length_s:.1f} s"

    def _kill_database(self, drawn: DrawnAct) -> tuple[str, str]:
        self._database.kill()
        time.sleep(drawn.length * _MAX_S)
        self._database.start()
        return EVERYTHING, ""

    def _crash_connection(self, _drawn: DrawnAct) -> tuple[str, str]:
        self._database.crash_one_connection()
        self._database.start()
        return EVERYTHING, ""

    def _wait_for(self, program: Program) -> None:
        """Wait at most 20 s until the program answers, so that not everything is down at once."""
        deadline = time.monotonic() + _BACK_UP_S
        while not program.is_ready and time.monotonic() < deadline:
            program.revive()
            time.sleep(0.1)


def _pick(programs: list[Program], drawn: DrawnAct) -> Program:
    return programs[int(drawn.target * len(programs))]


def was_struck(acts: list[Act], program: str, moment: datetime, *, within_s: float) -> bool:
    """Say whether an act against this program or the database overlaps the time from `moment`
    until `within_s` seconds later.
    """
    return any(
        act.program in {program, EVERYTHING}
        and (act.started_at - moment).total_seconds() <= within_s
        and (moment - act.ended_at).total_seconds() <= 0
        for act in acts
    )
