"""One run from beginning to end: deposits under sabotage, wait until all is settled, compare;
then settle the rest by M-Pesa's own record, and compare again.
"""

import json
import time
from collections import Counter
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Protocol

import psycopg

from chaos import ledger, report
from chaos.compare import compare
from chaos.customers import Crowd, Wish
from chaos.differences import Comparison, Difference, Kind
from chaos.payers import Payers
from chaos.plan import Plan, draw_amounts, draw_by_hand, draw_nameless
from chaos.postgres import PrivatePostgres
from chaos.progress import Progress
from chaos.report import Report
from chaos.saboteur import Act, Saboteur, was_struck
from chaos.statement import FUNDED_BEFORE_S, FUNDED_KES, EndOfRun
from chaos.system import GATEWAY_TIMEOUT_S, SHORTCODE, System

#: Nothing may have been under way for this long when our ledger and the simulator are compared.
_STILL_FOR_S = 3.0


def run(plan: Plan, progress: Progress, folder: Path) -> Report:
    """Run the plan and return its report; `folder` has to be empty, and receives all logs."""
    database = PrivatePostgres(folder)
    with System(plan, folder, database) as system:
        progress.say(f"seed {plan.seed}: starting everything")
        system.start()
        return Run(system, progress, Saboteur(system, database)).result()


class Disturber(Protocol):
    """What disturbs the system during the load; `problem` is the error that ended it."""

    acts: list[Act]
    problem: Exception | None

    def start(self) -> None: ...

    def stop(self) -> None: ...

    def counts(self) -> Counter[str]: ...


class Run:
    """The stages of one run: load, wait for rest, compare; import the statement, compare again."""

    def __init__(self, system: System, progress: Progress, saboteur: Disturber) -> None:
        self._system = system
        self._plan = system.plan
        self._progress = progress
        self._saboteur = saboteur
        self._crowd = self._gather()

    def result(self) -> Report:
        """Go through all stages and return the report."""
        self._fund()
        started = time.monotonic()
        self._load()
        loaded = time.monotonic()
        unrest = self._rest()
        made = self._compare(unrest)
        made.load_s, made.rest_s = loaded - started, time.monotonic() - loaded
        if self._plan.has_statement:
            self._settle_by_statement(made)
        made.timeline = self._timeline(made.comparison)
        return made

    def _fund(self) -> None:
        """Let M-Pesa's statement begin before the first deposit."""
        simulator = self._system.simulator
        simulator.set_clock_ahead(-FUNDED_BEFORE_S)
        simulator.fund(SHORTCODE, FUNDED_KES)
        simulator.set_clock_ahead(0)

    def _settle_by_statement(self, made: Report) -> None:
        """Pull and import, compare again, and put what was found into the report."""
        started, before = time.monotonic(), made.comparison
        self._progress.say("pulling late, and importing M-Pesa's statement")
        at_the_end: list[Difference] = []
        end = EndOfRun(
            self._system,
            check=lambda name: self._check_ledger(at_the_end, name),
            measure=self._measure_difference,
        )
        end.settle()
        self._progress.end()
        ours = self._read()
        found = self._judge(ours, has_statement=True)
        # What was wrong before stays wrong, also where the statement has mended it.
        found.differences[:0] = [*before.differences, *at_the_end, *end.differences]
        made.before_statement, made.comparison = before, found
        made.statement_lines = end.lines
        made.credited_by = report.credited_by(ours)
        made.statement_s = time.monotonic() - started

    def _gather(self) -> Crowd:
        tokens = json.loads(self._system.python("-m", "chaos.accounts", str(self._plan.customers)))
        amounts = draw_amounts(self._plan)
        by_hand = draw_by_hand(self._plan, amounts)
        nameless = draw_nameless(self._plan, by_hand)
        wishes = [
            [
                Wish(phone, amount, f"{phone}-{nth}", payment, shape)
                for nth, (amount, payment, shape) in enumerate(zip(*mine, strict=True))
            ]
            for phone, *mine in zip(tokens, amounts, by_hand, nameless, strict=True)
        ]
        payers = Payers(self._system.simulator_url, self._system.customer_urls, tokens)
        return Crowd(self._system.customer_urls, wishes, tokens, payers, time.monotonic())

    def _load(self) -> None:
        """Let the customers deposit while the saboteur disturbs the system.

        Raises:
            Exception: the error that stopped the saboteur, once the customers are done.
        """
        self._crowd.deadline = time.monotonic() + self._plan.minutes * 60
        self._crowd.on_progress = lambda done: self._progress.show(
            done, f"deposits, {len(self._saboteur.acts)} acts of sabotage"
        )
        self._saboteur.start()
        try:
            self._crowd.run()
        finally:
            self._saboteur.stop()
        if self._saboteur.problem is not None:
            raise self._saboteur.problem

    def _rest(self) -> list[str]:
        """Wait until nothing is under way; return what still was when the time limit came."""
        self._system.set_clocks_right()
        self._system.wait_until_ready()
        deadline = time.monotonic() + self._plan.rest_limit_s
        still_since = time.monotonic()
        while time.monotonic() - still_since < _STILL_FOR_S:
            waiting = self._under_way()
            if waiting:
                still_since = time.monotonic()
                self._progress.say(f"coming to rest: {', '.join(waiting)}")
                if still_since > deadline:
                    return waiting
            self._system.revive()
            time.sleep(0.25)
        self._progress.end()
        return []

    def _under_way(self) -> list[str]:
        waiting = [] if self._system.simulator.is_quiet() else ["the simulator is busy"]
        try:
            backlog = ledger.read_backlog(self._system.database.url)
        except psycopg.OperationalError:
            return [*waiting, "the database is away"]
        return [*waiting, *(f"{count} {name}" for name, count in backlog.items())]

    def _read(self) -> ledger.Ledger:
        return ledger.read_ledger(self._system.database.url)

    def _measure_difference(self) -> Decimal:
        """Return our clearing account less what the simulator's book says was paid, in KES."""
        book = self._system.simulator.book()
        return self._read().clearing - sum(payment.amount for payment in book.payments)

    def _judge(self, ours: ledger.Ledger, *, has_statement: bool) -> Comparison:
        simulator = self._system.simulator
        return compare(
            ours,
            simulator.prompts(),
            simulator.book(),
            self._was_outage,
            has_statement=has_statement,
        )

    def _compare(self, unrest: list[str]) -> Report:
        ours = self._read()
        prompts, book = self._system.simulator.prompts(), self._system.simulator.book()
        found = self._judge(ours, has_statement=False)
        found.differences += [Difference(Kind.UNREST, text) for text in unrest]
        found.differences += [
            Difference(Kind.UNREST, f"unexpected answer {text}")
            for text in [*self._crowd.surprises, *self._crowd.payers.surprises]
        ]
        self._check_ledger(found.differences)
        programs = [*self._system.apis, *self._system.workers]
        return Report(
            plan=self._plan,
            comparison=found,
            deposits=len(ours.deposits),
            wishes=self._crowd.done,
            paid=len(book.payments),
            paid_kes=sum(payment.amount for payment in book.payments),
            paid_by_hand=sum(payment.is_by_hand for payment in book.payments),
            faults=self._system.simulator.fault_counts(),
            sabotage=dict(self._saboteur.counts()),
            died_unexpectedly={
                p.name: p.died_unexpectedly for p in programs if p.died_unexpectedly
            },
            credited_by=report.credited_by(ours),
            idempotent_retries=report.count_idempotent_retries(
                [wish for wishes in self._crowd.wishes for wish in wishes]
            ),
            seconds_to_credit=report.seconds_to_credit(ours, prompts),
            answers=dict(self._crowd.answers),
            answers_by_hand=dict(self._crowd.payers.answers),
        )

    def _check_ledger(self, differences: list[Difference], after: str = "the load") -> None:
        """Run `check_ledger`, which checks sums, seals and one credit for each deposit."""
        try:
            self._system.manage("check_ledger")
        except RuntimeError as error:
            text = f"check_ledger, after {after}: {error}"
            differences.append(Difference(Kind.WRONG_SUM, text))

    def _was_outage(self, callback_url: str, moment: datetime) -> bool:
        """Say whether the API process that pushed was struck while it could wait for M-Pesa.

        `moment` is the time of the prompt.
        """
        # Each API process gives M-Pesa the address of the next process for its callbacks
        # (chaos/system.py), so the process that pushed is the one before.
        nth = next(
            (nth for nth, url in enumerate(self._system.api_urls) if callback_url.startswith(url)),
            0,
        )
        pusher = self._system.apis[nth - 1]
        return was_struck(self._saboteur.acts, pusher.name, moment, within_s=GATEWAY_TIMEOUT_S)

    def _timeline(self, found: Comparison) -> list[str]:
        """Return what is known of the first difference that is about a deposit or a payment."""
        url = self._system.database.url
        for difference in found.differences:
            if difference.deposit_id is not None:
                return self._timeline_of_deposit(difference.deposit_id)
            if difference.receipt is not None:
                return [
                    *ledger.read_receipt(url, difference.receipt),
                    *(
                        f"simulator: {payment}"
                        for payment in self._system.simulator.book().payments
                        if payment.receipt == difference.receipt
                    ),
                ]
        return []

    def _timeline_of_deposit(self, deposit_id: int) -> list[str]:
        lines = ledger.read_timeline(self._system.database.url, deposit_id)
        reference = next((d for d in lines if d.startswith("deposit:")), "")
        return lines + [
            f"simulator: {prompt}"
            for prompt in self._system.simulator.prompts()
            if prompt.account_reference in reference
        ]
