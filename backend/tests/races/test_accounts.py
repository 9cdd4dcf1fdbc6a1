"""Passwords, phone numbers and sign-ins changed at the same time: one change counts, whole."""

from functools import partial

from axes.models import AccessAttempt
from django.contrib.auth.models import Group
from django.db import DatabaseError, IntegrityError
from django.db import transaction as db_transaction
from django.test import Client
from knox.models import AuthToken
from pytest_django.fixtures import Settings

from common.errors import DomainError
from tests.races.support import NOON, run_together
from users import account_proposals, phone_change, proposals, services
from users.models import PhoneChange, Proposal, User

PASSWORD = "a-fine-long-passphrase"
OLD, NEW = "254712345678", "254722000111"


def _customer() -> User:
    return User.objects.create_user(OLD, PASSWORD)


def _request(user: User, number: str = NEW) -> PhoneChange:
    return phone_change.request_change(user, new_phone_number=number, password=PASSWORD, now=NOON)


def _codes(results: list[object]) -> list[str]:
    assert not any(isinstance(result, DatabaseError) for result in results)
    return sorted(result.code for result in results if isinstance(result, DomainError))


def test_of_many_requests_at_once_one_waits() -> None:
    user = _customer()

    results = run_together([partial(_request, user)] * 6)

    assert _codes(results) == ["phone_change_pending"] * 5
    assert PhoneChange.objects.count() == 1


def test_of_a_sign_up_and_approvals_at_once_one_has_the_number() -> None:
    operator = User.objects.create_superuser("254700000001", PASSWORD)
    owners = [User.objects.create_user(f"25471234567{n}", PASSWORD) for n in range(4)]
    changes = [_request(owner) for owner in owners]
    approvals = [
        partial(phone_change.approve_change, change.pk, operator=operator, reason="seen", now=NOON)
        for change in changes
    ]
    sign_up = partial(
        services.sign_up, phone_number=NEW, password=PASSWORD, full_name="Juma", now=NOON
    )

    results = run_together([*approvals, sign_up])

    assert _codes(results) == ["phone_number_taken"] * 4
    assert User.objects.filter(phone_number=NEW).count() == 1
    approved = PhoneChange.objects.filter(status="APPROVED")
    assert list(approved.values_list("user__phone_number", flat=True)) in ([], [NEW])
    assert PhoneChange.objects.filter(status="PENDING").count() == 4 - approved.count()


def test_of_two_operators_and_the_customer_one_decides() -> None:
    first, second = (User.objects.create_superuser(f"25470000000{n}", PASSWORD) for n in (1, 2))
    user = _customer()
    change = _request(user)

    run_together(
        [
            partial(
                phone_change.approve_change, change.pk, operator=first, reason="seen", now=NOON
            ),
            partial(
                phone_change.reject_change, change.pk, operator=second, reason="not seen", now=NOON
            ),
            partial(phone_change.withdraw_change, user, now=NOON),
        ]
    )

    change.refresh_from_db()
    decided_by = {"APPROVED": first, "REJECTED": second, "CANCELLED": None}
    assert change.decided_by == decided_by[change.status]
    number = User.objects.get(pk=user.pk).phone_number
    assert number == (NEW if change.status == "APPROVED" else OLD)


def test_of_many_password_changes_at_once_one_counts() -> None:
    user = _customer()
    new = [f"another-fine-passphrase-{n}" for n in range(4)]

    results = run_together(
        [
            partial(
                services.change_password,
                User.objects.get(pk=user.pk),
                current_password=PASSWORD,
                new_password=password,
            )
            for password in new
        ]
    )

    winners = [password for password, result in zip(new, results, strict=True) if result is None]
    assert len(winners) == 1
    assert User.objects.get(pk=user.pk).check_password(winners[0])


def test_no_token_survives_a_password_change() -> None:
    user = _customer()
    change = partial(
        services.change_password,
        User.objects.get(pk=user.pk),
        current_password=PASSWORD,
        new_password="another-fine-passphrase",
    )

    run_together([change, *[partial(services.issue_token, user)] * 6])

    assert not AuthToken.objects.exists()


def test_wrong_passwords_at_once_are_all_counted(settings: Settings) -> None:
    """Each is refused, none breaks, and the lock is there afterwards."""
    settings.LOGIN_RATE_IP, settings.LOGIN_LOCK_AFTER = "1000/m", 5
    _customer()

    def knock() -> int:
        body = {"phone_number": OLD, "password": "wrong"}
        response = Client().post("/api/auth/login/", body, "application/json")
        return int(response.status_code)

    statuses = run_together([knock] * 8)

    assert set(statuses) <= {401, 429}
    assert AccessAttempt.objects.get().failures_since_start >= 5
    assert knock() == 429


def test_one_operator_never_sets_the_password_and_approves_the_number_at_once() -> None:
    operator = User.objects.create_superuser("254700000001", PASSWORD)
    proposer = User.objects.create_superuser("254700000002", PASSWORD)

    for number in range(8):
        user = User.objects.create_user(f"25471234567{number}", PASSWORD)
        change = _request(user, f"25472200011{number}")
        approve = partial(
            phone_change.approve_change, change.pk, operator=operator, reason="seen", now=NOON
        )

        proposal = account_proposals.propose_password(
            user=user, operator=proposer, reason="she called, ID seen", now=NOON
        )
        set_password = partial(
            account_proposals.approve, proposal=proposal, operator=operator,
            reason="she called, ID seen", now=NOON,
        )  # fmt: skip

        results = run_together([approve, set_password])

        [refused] = [result for result in results if isinstance(result, Exception)]
        assert isinstance(refused, phone_change.SameOperator | account_proposals.ApprovedNumber)


def test_of_approvals_of_one_proposal_at_once_one_gives_the_money() -> None:
    customer, *operators = (User.objects.create_user(f"25470000001{n}", PASSWORD) for n in range(5))
    proposal = proposals.propose(
        kind=Proposal.Kind.RESOLVE_CASE, subject_id=1, customer=customer,
        operator=operators[0], reason="typed by his brother", now=NOON,
    )  # fmt: skip

    def approve(operator: User) -> None:
        with db_transaction.atomic():
            proposals.approve(proposal.pk, operator=operator, reason="called", now=NOON)

    results = run_together([partial(approve, operator) for operator in operators])

    kinds = sorted(type(result).__name__ for result in results)
    assert kinds.count("NoneType") == 1
    assert set(kinds) <= {"NoneType", "ProposalDecided", "SameOperator"}
    assert Proposal.objects.get().decided_by_id != operators[0].pk


def test_of_two_halves_of_a_pair_at_once_one_is_given() -> None:
    user = _customer()
    groups = [Group.objects.get(name=name) for name in ("Finance", "Admin", "Compliance")]

    results = run_together([partial(user.groups.add, group) for group in groups])

    refused = [result for result in results if isinstance(result, IntegrityError)]
    assert len(refused) == 2
    assert all("exclude each other" in str(error) for error in refused)
    assert user.groups.count() == 1


def test_of_approvals_of_one_password_at_once_one_makes_it() -> None:
    user, *operators = (User.objects.create_user(f"25470000001{n}", PASSWORD) for n in range(5))
    proposal = account_proposals.propose_password(
        user=user, operator=operators[0], reason="she called, ID seen", now=NOON
    )
    made = []

    def approve(operator: User) -> None:
        done = account_proposals.approve(
            proposal=proposal, operator=operator, reason="she called, ID seen", now=NOON
        )
        made.append(done.password)

    results = run_together([partial(approve, operator) for operator in operators])

    kinds = sorted(type(result).__name__ for result in results)
    assert kinds.count("NoneType") == 1
    assert set(kinds) <= {"NoneType", "ProposalDecided", "SameOperator"}
    assert User.objects.get(pk=user.pk).check_password(made[0])


def test_an_own_password_is_kept_though_the_one_time_password_ends_meanwhile() -> None:
    user = _customer()
    User.objects.filter(pk=user.pk).update(one_time_password_until=NOON)
    user.refresh_from_db()
    own = "chosen-by-the-customer"
    change = partial(services.change_password, user, current_password=PASSWORD, new_password=own)
    expire = partial(account_proposals.expire_one_time_passwords, now=NOON)

    [refused, _] = run_together([change, expire])

    user.refresh_from_db()
    assert user.has_usable_password() == (refused is None)
    assert user.one_time_password_until is None
