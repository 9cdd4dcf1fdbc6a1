"""A connection that dies under a statement, as all do when PostgreSQL restarts."""

import psycopg
from django.db import connection

from payments import services
from payments.models import CallbackEvent, Transaction
from tests.races import support
from tests.races.support import NOON, send, success_body


def _kill_own_connection() -> None:
    """Let the server end the connection that this thread holds, without this thread noticing."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (pid,) = cursor.fetchone() or (None,)
    parameters = connection.get_connection_params()
    plain = {name: parameters[name] for name in ("dbname", "user", "host") if name in parameters}
    port, password = parameters.get("port"), parameters.get("password")
    with psycopg.connect(**plain, port=port, password=password, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])


class TestLostConnection:
    def test_a_callback_is_taken_in_over_another_one(self) -> None:
        user = support.make_customer()
        prompt = support.open_prompt(user, 500)
        body = success_body(prompt, support.make_receipt())
        _kill_own_connection()

        assert send(prompt, body).verdict == "applied"

        assert CallbackEvent.objects.get().verdict == "applied"
        support.assert_books_agree(wallets={user: 500})

    def test_the_answer_to_a_push_is_stored_over_another_one(self) -> None:
        user = support.make_customer()
        support.gateway().meanwhile = _kill_own_connection

        outcome = services.initiate_deposit(user=user, amount=100, idempotency_key="k", now=NOON)

        txn = Transaction.objects.get()
        assert outcome.checkout_request_id == txn.checkout_request_id is not None
        again = services.initiate_deposit(user=user, amount=100, idempotency_key="k", now=NOON)
        assert again.is_replay
        assert again.checkout_request_id == txn.checkout_request_id
