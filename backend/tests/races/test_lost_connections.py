"""A connection that dies under a statement, as all do when PostgreSQL restarts."""

from payments import services
from payments.models import CallbackEvent, Transaction
from tests.races import support
from tests.races.support import NOON, kill_own_connection, send, success_body


class TestLostConnection:
    def test_a_callback_is_stored_over_another_connection(self) -> None:
        user = support.make_customer()
        prompt = support.open_prompt(user, 500)
        body = success_body(prompt, support.make_receipt())
        kill_own_connection()

        assert send(prompt, body).verdict == "applied"

        assert CallbackEvent.objects.get().verdict == "applied"
        support.assert_books_agree(wallets={user: 500})

    def test_the_answer_to_a_push_is_stored_over_another_connection(self) -> None:
        user = support.make_customer()
        support.gateway().meanwhile = kill_own_connection

        outcome = services.initiate_deposit(user=user, amount=100, idempotency_key="k", now=NOON)

        txn = Transaction.objects.get()
        assert outcome.checkout_request_id == txn.checkout_request_id is not None
        again = services.initiate_deposit(user=user, amount=100, idempotency_key="k", now=NOON)
        assert again.is_replay
        assert again.checkout_request_id == txn.checkout_request_id
