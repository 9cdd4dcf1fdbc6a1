"""Accounts: a user signs in with the phone number, and M-Pesa prompts go to it."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar

import pghistory
import pgtrigger
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.hashers import check_password
from django.contrib.auth.models import Group, Permission, PermissionsMixin
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models.functions import Now

from common.guards import Guard, Refuse, append_only, changed, no_truncate
from common.history import Inserted, Updated, keep_history
from users.passwords import normalise, spellings
from users.phone import (
    MSISDN_PATTERN,
    InvalidPhoneNumber,
    mask_phone_number,
    parse_phone_number,
)

#: SQL: the id of the operator in pghistory's context; NULL outside of one.
CONTEXT_OPERATOR = (
    "(nullif(current_setting('pghistory.context_metadata', true), '')::jsonb"
    " ->> 'operator')::bigint"
)


class UserManager(BaseUserManager["User"]):
    """Creates users with a normalised phone number and a hashed password."""

    def create_user(self, phone_number: str, password: str | None = None, **fields: Any) -> "User":
        """Store a user. An invalid phone number is kept as it is; a push will reject it."""
        user = self.model(phone_number=self.normalise(phone_number), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, phone_number: str, password: str, **fields: Any) -> "User":
        """Store an operator with every right, for `manage.py createsuperuser`."""
        rights = {"is_staff": True, "is_superuser": True}
        with pghistory.context(command="createsuperuser"):
            return self.create_user(phone_number, password, **rights, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        """Return the user with this phone number, in any spelling."""
        return self.get(phone_number=self.normalise(username or ""))

    @staticmethod
    def normalise(phone_number: str) -> str:
        """Return a Kenyan phone number as an MSISDN, any other text unchanged."""
        try:
            return parse_phone_number(phone_number)
        except InvalidPhoneNumber:
            return phone_number


# A change of password or epoch, which ends all sessions, deletes the API tokens too, from whatever
# code it comes: a stolen token must not stay valid.
@pgtrigger.register(
    Guard(
        name="tokens_end",
        level=pgtrigger.Row,
        when=pgtrigger.After,
        operation=pgtrigger.Update,
        condition=pgtrigger.AnyChange("password", "session_epoch"),
        func="DELETE FROM knox_authtoken WHERE user_id = NEW.id; RETURN NULL;",
    )
)
# A deactivated account's sessions and tokens answer "blocked". Reactivating it, from whatever code,
# raises the epoch and so ends them. The epoch never falls: saving a row from an older copy would
# make ended sessions valid again.
@pgtrigger.register(
    Guard(
        name="epoch_rises",
        level=pgtrigger.Row,
        when=pgtrigger.Before,
        operation=pgtrigger.Update,
        condition=pgtrigger.Q(old__is_active=False, new__is_active=True)
        | pgtrigger.Q(new__session_epoch__lt=pgtrigger.F("old__session_epoch")),
        func=(
            "NEW.session_epoch = OLD.session_epoch + (NEW.is_active AND NOT OLD.is_active)::int;"
            " RETURN NEW;"
        ),
    )
)
# A proof is of one number: another one, by whatever code it comes, is not proven by it.
@pgtrigger.register(
    Guard(
        name="proof_is_of_the_number",
        level=pgtrigger.Row,
        when=pgtrigger.Before,
        operation=pgtrigger.Update,
        condition=pgtrigger.AnyChange("phone_number"),
        func="NEW.number_proven_at = NULL; RETURN NEW;",
    )
)
# An operator who approved another number for an account sets no password of it: with both, one
# operator alone could take the account over. PhoneChange has the other direction.
@pgtrigger.register(
    Guard(
        name="password_apart",
        level=pgtrigger.Row,
        when=pgtrigger.Before,
        operation=pgtrigger.Update,
        condition=pgtrigger.AnyChange("password"),
        func=f"""
            IF EXISTS (SELECT 1 FROM users_phonechange
                        WHERE user_id = NEW.id AND status = 'APPROVED'
                          AND decided_by_id = {CONTEXT_OPERATOR}) THEN
                RAISE EXCEPTION 'user %: the approver of its number sets no password', NEW.id
                    USING ERRCODE = 'restrict_violation';
            END IF;
            RETURN NEW;
        """,  # noqa: S608  # our own constant
    )
)
# Triggers store when a password was replaced; with the operator's context, by whom and why. A hash
# that a log-in renews leaves a row too, with "renewed_hash_of" in its context.
@keep_history(
    Updated("password", condition=pgtrigger.AnyChange("password")),
    fields=["session_epoch"],
    model_name="PasswordHistory",
)
# Triggers store each change of these fields from the sign-up on; pghistory.context adds operator
# and reason.
# Of a customer who was erased, name and number go from the history too, and nothing else does.
@keep_history(
    Inserted(),
    Updated(
        condition=pgtrigger.AnyChange(
            "phone_number", "full_name", "kyc_status", "tier", "is_active", "is_staff",
            "is_superuser",
        )
    ),
    fields=[
        "phone_number", "full_name", "kyc_status", "tier", "is_active", "is_staff", "is_superuser",
    ],
    model_name="UserHistory",
    guard=Guard(
        name="append_only",
        level=pgtrigger.Row,
        when=pgtrigger.Before,
        operation=pgtrigger.Update | pgtrigger.Delete,
        func="""
            IF TG_OP = 'UPDATE' AND NEW.phone_number = 'erased-' || OLD.pgh_obj_id
               AND NEW.full_name = ''
               AND to_jsonb(NEW) - 'phone_number' - 'full_name'
                   = to_jsonb(OLD) - 'phone_number' - 'full_name'
               AND EXISTS (SELECT 1 FROM users_erasure WHERE user_id = OLD.pgh_obj_id) THEN
                RETURN NEW;
            END IF;
            RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP
                USING ERRCODE = 'restrict_violation';
        """,
    ),
)  # fmt: skip
class User(AbstractBaseUser, PermissionsMixin):
    """A customer or an operator."""

    class KycStatus(models.TextChoices):
        """The KYC status; only VERIFIED customers may deposit."""

        PENDING = "PENDING"
        VERIFIED = "VERIFIED"
        REJECTED = "REJECTED"

    class Tier(models.TextChoices):
        """The KYC tier, which sets a verified customer's deposit limits (users.tiers)."""

        BASIC = "basic"
        FULL = "full"

    # No database check of the format: numbers of older systems are imported as they are, and a push
    # for one answers "Invalid phone number format". Transaction.phone_number has the check.
    phone_number = models.CharField(max_length=20, unique=True)
    full_name = models.CharField(max_length=150, blank=True)
    kyc_status = models.CharField(
        max_length=8, choices=KycStatus, default=KycStatus.PENDING, db_default=KycStatus.PENDING
    )
    tier = models.CharField(
        max_length=5,
        choices=Tier,
        default=Tier.FULL,
        db_default=Tier.FULL,
        help_text="Sets the limits of deposits.",
    )
    is_active = models.BooleanField(default=True, help_text="Off: may neither sign in nor deposit.")
    is_staff = models.BooleanField(default=False, help_text="May open the admin.")
    # Part of every session's auth hash, so that raising it ends all sessions of the user.
    session_epoch = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    created_at = models.DateTimeField(auto_now_add=True, db_default=Now())
    # Two operators made the password; it works until then. Null: the user chose it.
    one_time_password_until = models.DateTimeField(null=True, editable=False)
    # When a code that was sent to the number came back (users.number_proof, users.recovery).
    number_proven_at = models.DateTimeField(null=True, editable=False)

    #: Whether the password that was checked last matched a hash that is to be renewed: one of other
    #: parameters than today's, or of 0.1.0, which did not normalise.
    has_old_hash = False

    USERNAME_FIELD = "phone_number"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["full_name"]

    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        indexes: ClassVar = [
            # For operators: customers by the beginnings of their names' words.
            GinIndex(
                models.Func(
                    models.Value("simple"),
                    models.F("full_name"),
                    function="to_tsvector",
                    output_field=SearchVectorField(),
                ),
                name="users_user_name_words",
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(kyc_status__in=["PENDING", "VERIFIED", "REJECTED"]),
                name="users_user_kyc_status",
            ),
            models.CheckConstraint(
                condition=models.Q(tier__in=["basic", "full"]), name="users_user_tier"
            ),
            models.CheckConstraint(condition=~models.Q(phone_number=""), name="users_user_phone"),
        ]

    def set_password(self, raw_password: str | None) -> None:
        """Set the hash of the normalised password; None: one that no password matches.

        It has no end: of a one-time password users.account_proposals sets that afterwards.
        """
        self.one_time_password_until = None
        super().set_password(None if raw_password is None else normalise(raw_password))

    def check_password(self, raw_password: str | None) -> bool:
        """Return whether this is the password, in any spelling or as it was typed at its setting.

        A wrong one costs a hash for each of `passwords.spellings`. Stores nothing, unlike Django's:
        its renewal of an old hash looks like a new password in PasswordHistory, and undoes a change
        at the same time. A log-in renews (users.backends).
        """
        if raw_password is None:
            return False
        for spelling in spellings(raw_password):
            of_old_parameters: list[str] = []
            if check_password(spelling, self.password, of_old_parameters.append):
                self.has_old_hash = bool(of_old_parameters) or spelling != normalise(raw_password)
                return True
        return False

    def __str__(self) -> str:
        # Lists, page titles and histories show this text, so it must not hold the whole number.
        return mask_phone_number(self.phone_number)

    def get_short_name(self) -> str:
        """Return the first name for a greeting, or the phone number without a name."""
        return self.full_name.split(" ")[0] if self.full_name else self.phone_number

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """Return what a session is compared with: Django's hash of the password, and the epoch."""
        of_password: str = super()._get_session_auth_hash(secret)  # type: ignore[misc]
        return f"{of_password}.{self.session_epoch}" if self.session_epoch else of_password


class PhoneChange(models.Model):
    """A customer's request for another phone number, which an operator decides after seeing proof.

    The account's number changes with the approval, never before. Deposits keep the number that
    their prompt went to.
    """

    class Status(models.TextChoices):
        """Whether the request was decided, and how; CANCELLED: the customer withdrew it."""

        PENDING = "PENDING"
        APPROVED = "APPROVED"
        REJECTED = "REJECTED"
        CANCELLED = "CANCELLED"

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="phone_changes")
    old_phone_number = models.CharField(max_length=20)
    new_phone_number = models.CharField(max_length=12)
    status = models.CharField(
        max_length=9, choices=Status, default=Status.PENDING, db_default=Status.PENDING
    )
    requested_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    reason = models.CharField(
        max_length=255, blank=True, db_default="", help_text="The customer reads it."
    )

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user"],
                condition=models.Q(status="PENDING"),
                name="users_phonechange_one_pending",
            ),
            models.CheckConstraint(
                condition=models.Q(new_phone_number__regex=MSISDN_PATTERN)
                & ~models.Q(new_phone_number=models.F("old_phone_number")),
                name="users_phonechange_number",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    status="PENDING", decided_at__isnull=True, decided_by__isnull=True, reason=""
                )
                | models.Q(
                    status="CANCELLED", decided_at__isnull=False, decided_by__isnull=True, reason=""
                )
                | models.Q(
                    status__in=["APPROVED", "REJECTED"],
                    decided_at__isnull=False,
                    decided_by__isnull=False,
                )
                & ~models.Q(reason="")
                & ~models.Q(decided_by=models.F("user")),
                name="users_phonechange_decided",
            ),
        ]
        # A request is written once and decided once, so the row needs no history table.
        triggers: ClassVar = [
            Refuse(
                name="decided_stays",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition("OLD.status <> 'PENDING'"),
                message="phone change %: it is decided once",
                values=("OLD.id",),
            ),
            # Until its customer is erased: it holds two numbers, and deposits keep their own.
            Guard(
                name="kept",
                level=pgtrigger.Row,
                when=pgtrigger.Before,
                operation=pgtrigger.Delete,
                func="""
                    IF EXISTS (SELECT 1 FROM users_erasure WHERE user_id = OLD.user_id) THEN
                        RETURN OLD;
                    END IF;
                    RAISE EXCEPTION 'phone change % stays', OLD.id
                        USING ERRCODE = 'restrict_violation';
                """,
            ),
            Refuse(
                name="asked_stays",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    changed("id", "user_id", "old_phone_number", "new_phone_number", "requested_at")
                ),
                message="phone change %: what was asked never changes",
                values=("OLD.id",),
            ),
            # For a while after a password was recovered by SMS the number stays: a thief of the SIM
            # card would keep the account. The row lock makes a recovery at the same time wait, or
            # be seen here.
            Guard(
                name="after_recovery",
                level=pgtrigger.Row,
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                condition=pgtrigger.Condition("NEW.status IN ('PENDING', 'APPROVED')"),
                func="""
                    PERFORM 1 FROM users_user WHERE id = NEW.user_id FOR NO KEY UPDATE;
                    IF EXISTS (SELECT 1 FROM users_recovery
                                WHERE user_id = NEW.user_id
                                  AND waits_until > coalesce(NEW.decided_at, NEW.requested_at)) THEN
                        RAISE EXCEPTION 'user %: its password was recovered just now', NEW.user_id
                            USING ERRCODE = 'restrict_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
            # The operator who set a password of the account, or created it, approves no number for
            # it. The row lock makes a password that is set at the same time wait, or be seen here.
            Guard(
                name="number_apart",
                level=pgtrigger.Row,
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition("NEW.status = 'APPROVED'"),
                func="""
                    PERFORM 1 FROM users_user WHERE id = NEW.user_id FOR NO KEY UPDATE;
                    IF EXISTS (
                        SELECT 1 FROM users_passwordhistory AS history
                          JOIN pghistory_context AS context ON context.id = history.pgh_context_id
                         WHERE history.pgh_obj_id = NEW.user_id
                           AND context.metadata ->> 'operator' = NEW.decided_by_id::text
                        UNION ALL
                        SELECT 1 FROM users_userhistory AS history
                          JOIN pghistory_context AS context ON context.id = history.pgh_context_id
                         WHERE history.pgh_obj_id = NEW.user_id AND history.pgh_label = 'insert'
                           AND context.metadata ->> 'operator' = NEW.decided_by_id::text
                    ) THEN
                        RAISE EXCEPTION
                            'phone change %: who set the password approves no number', NEW.id
                            USING ERRCODE = 'restrict_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
            no_truncate(),
        ]

    def __str__(self) -> str:
        return f"{mask_phone_number(self.new_phone_number)} {self.status}"


class ErasureRequest(models.Model):
    """A customer's wish to close the account and be erased, which our team answers.

    DONE: the customer was erased. DECLINED: something prevents it, and `answer` says what.
    """

    class Status(models.TextChoices):
        """Whether the request waits, or how it ended."""

        OPEN = "OPEN"
        WITHDRAWN = "WITHDRAWN"
        DECLINED = "DECLINED"
        DONE = "DONE"

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="erasure_requests")
    status = models.CharField(
        max_length=9, choices=Status, default=Status.OPEN, db_default=Status.OPEN
    )
    asked_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    declined_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    answer = models.CharField(
        max_length=255, blank=True, db_default="", help_text="The customer reads it."
    )

    class Meta:
        ordering: ClassVar = ["-id"]
        default_permissions: ClassVar = ("view", "change")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user"],
                condition=models.Q(status="OPEN"),
                name="users_erasurerequest_one_open",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    status="OPEN", ended_at__isnull=True, declined_by__isnull=True, answer=""
                )
                | models.Q(
                    status__in=["WITHDRAWN", "DONE"],
                    ended_at__isnull=False,
                    declined_by__isnull=True,
                    answer="",
                )
                | models.Q(
                    status="DECLINED",
                    ended_at__isnull=False,
                    declined_by__isnull=False,
                    answer__regex=r"\S",
                )
                & ~models.Q(declined_by=models.F("user")),
                name="users_erasurerequest_ended",
            ),
        ]
        triggers: ClassVar = [
            Refuse(
                name="ended_stays",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition("OLD.status <> 'OPEN'"),
                message="erasure request %: it is answered once",
                values=("OLD.id",),
            ),
            Refuse(
                name="asked_stays",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(changed("id", "user_id", "asked_at")),
                message="erasure request %: what was asked never changes",
                values=("OLD.id",),
            ),
            Refuse(
                name="kept",
                operation=pgtrigger.Delete,
                message="erasure request % stays",
                values=("OLD.id",),
            ),
            no_truncate(),
        ]

    def __str__(self) -> str:
        return f"request of customer {self.user_id}: {self.status}"


class Erasure(models.Model):
    """A customer's erasure: when, and by which proposal; append-only.

    The guards of histories let a customer's name and number be removed once this row exists.
    `proposal` is NULL where `manage.py erase_customer` did it.
    """

    user = models.OneToOneField(User, on_delete=models.PROTECT, related_name="erasure")
    proposal = models.OneToOneField(
        "users.Proposal", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    erased_at = models.DateTimeField()

    class Meta:
        # Its rows are written by the SQL function alone.
        default_permissions: ClassVar = ("view",)
        ordering: ClassVar = ["-id"]
        triggers: ClassVar = [
            Guard(
                name="erasure_takes_two",
                level=pgtrigger.Row,
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="""
                    IF NOT EXISTS (
                        SELECT 1 FROM users_proposal
                         WHERE id = NEW.proposal_id AND kind = 'erase_customer'
                           AND status = 'APPROVED' AND subject_id = NEW.user_id
                    ) AND NOT (
                        NEW.proposal_id IS NULL AND coalesce(
                            nullif(current_setting('pghistory.context_metadata', true), '')::jsonb
                                ->> 'command', '') = 'erase_customer'
                    ) THEN
                        RAISE EXCEPTION 'customer %: an erasure takes two operators', NEW.user_id
                            USING ERRCODE = 'restrict_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
            append_only(),
            no_truncate(),
        ]

    def __str__(self) -> str:
        return f"erasure of customer {self.user_id}"


class Consent(models.Model):
    """That a user accepted a version of the privacy notice, when and from where; append-only."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="consents")
    version = models.CharField(max_length=10)
    accepted_at = models.DateTimeField()
    # The network, not the address: 41.90.64.0/24. Empty where it is not known.
    network = models.CharField(max_length=43, blank=True, db_default="")

    class Meta:
        default_permissions: ClassVar = ("view",)
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "version"], name="users_consent_once"),
            models.CheckConstraint(
                condition=models.Q(version__regex=r"^\d{4}-\d{2}-\d{2}$"),
                name="users_consent_version",
            ),
        ]
        triggers: ClassVar = [append_only(), no_truncate()]

    def __str__(self) -> str:
        return f"privacy notice {self.version}, user {self.user_id}"


class RightsHistory(models.Model):
    """Each grant and each loss of a right, written by triggers; append-only.

    The triggers are on Django's tables of groups and permissions (migration 0004).
    """

    changed_at = models.DateTimeField(db_default=Now())
    table_name = models.CharField(max_length=63)
    # INSERT, UPDATE or DELETE.
    operation = models.CharField(max_length=6)
    old_row = models.JSONField(null=True)
    new_row = models.JSONField(null=True)
    # The context of pghistory: operator and reason. NULL: not by the admin.
    context_id = models.UUIDField(null=True)
    database_role = models.CharField(max_length=63)

    class Meta:
        ordering: ClassVar = ["-id"]
        verbose_name = "change of rights"
        verbose_name_plural = "changes of rights"
        triggers: ClassVar = [append_only(), no_truncate()]

    def __str__(self) -> str:
        return f"{self.operation} {self.table_name}"


class ProposalQuerySet(models.QuerySet["Proposal"]):
    """Proposals by whether they can still be approved."""

    def waiting(self, now: datetime) -> "ProposalQuerySet":
        """Return those that a second operator can approve."""
        return self.filter(
            status=Proposal.Status.OPEN, proposed_at__gt=now - Proposal.CAN_BE_APPROVED_FOR
        )

    def expired(self, now: datetime) -> "ProposalQuerySet":
        """Return those that nobody decided in time."""
        return self.filter(
            status=Proposal.Status.OPEN, proposed_at__lte=now - Proposal.CAN_BE_APPROVED_FOR
        )


class Proposal(models.Model):
    """A decision that takes two operators: one proposes it, another approves or rejects it.

    Nobody approves it after CAN_BE_APPROVED_FOR: it says what was true then. It expires by the
    clock, and stays OPEN until it is rejected or proposed again.

    `subject_id` is the row that `kind` is about; `customer` gets what is decided, None where the
    decision gives nobody anything. `detail` is the rest of what exactly is decided, as its kind
    writes it; the SQL function that carries the decision out compares it.
    """

    class Kind(models.TextChoices):
        """What is proposed."""

        RESOLVE_CASE = "resolve_case"
        # `detail`: the decision, and the deposit after a colon: "belongs_to_deposit:17".
        DISMISS_CASE = "dismiss_case"
        # `detail`: the amount in KES, "640.00".
        CORRECT_CASE = "correct_case"
        # `detail`: the shares by customer id, in KES: "7:640.00,9:360.00".
        SPLIT_CASE = "split_case"
        # The subject is the journal entry; `detail`: the most that may become a debt, "owing:0.00".
        REVERSE_CREDIT = "reverse_credit"
        # The subject of both is the AccountChange; `detail` says whose in short, "user 17".
        # pragma: allowlist nextline secret
        SET_PASSWORD = "set_password"  # noqa: S105  # a kind
        CHANGE_RIGHTS = "change_rights"
        # The subject is the customer; `detail` says so, "user 17".
        ERASE_CUSTOMER = "erase_customer"

    #: How long after it was proposed it can be approved; the guard below has the same.
    CAN_BE_APPROVED_FOR: ClassVar = timedelta(hours=24)
    #: Kinds about accounts, which operators of accounts decide, not those of money.
    OF_ACCOUNTS: ClassVar = (Kind.SET_PASSWORD, Kind.CHANGE_RIGHTS, Kind.ERASE_CUSTOMER)

    class Status(models.TextChoices):
        """Whether the proposal was decided, and how."""

        OPEN = "OPEN"
        APPROVED = "APPROVED"
        REJECTED = "REJECTED"

    kind = models.CharField(max_length=32, choices=Kind)
    subject_id = models.BigIntegerField()
    customer = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    detail = models.CharField(max_length=255, blank=True, db_default="")
    proposed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    reason = models.CharField(max_length=255)
    status = models.CharField(
        max_length=8, choices=Status, default=Status.OPEN, db_default=Status.OPEN
    )
    decided_by = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    decision_reason = models.CharField(max_length=255, blank=True, db_default="")

    objects: ClassVar = ProposalQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [
            # For operators: what waits for a second one.
            models.Index(
                fields=["proposed_at"],
                name="users_proposal_open",
                condition=models.Q(status="OPEN"),
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["kind", "subject_id"],
                condition=~models.Q(status="REJECTED"),
                name="users_proposal_once",
            ),
            models.CheckConstraint(
                condition=~models.Q(customer=models.F("proposed_by"))
                & models.Q(reason__regex=r"\S"),
                name="users_proposal_proposed",
            ),
            # Only a payment that is given away has a customer. A process of the last release takes
            # every proposal for one of that kind, and fails on one without a customer.
            models.CheckConstraint(
                condition=models.Q(kind="resolve_case", customer__isnull=False, detail="")
                | ~models.Q(kind="resolve_case")
                & models.Q(customer__isnull=True)
                & ~models.Q(detail=""),
                name="users_proposal_says_what",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    status="OPEN",
                    decided_at__isnull=True,
                    decided_by__isnull=True,
                    decision_reason="",
                )
                | models.Q(
                    status__in=["APPROVED", "REJECTED"],
                    decided_at__isnull=False,
                    decided_by__isnull=False,
                    decision_reason__regex=r"\S",
                ),
                name="users_proposal_decided",
            ),
            # Proposers may reject what they proposed, and only that.
            models.CheckConstraint(
                condition=~models.Q(status="APPROVED")
                | ~models.Q(decided_by=models.F("proposed_by"))
                & ~models.Q(decided_by=models.F("customer")),
                name="users_proposal_two_operators",
            ),
        ]
        triggers: ClassVar = [
            Refuse(
                name="begins_open",
                operation=pgtrigger.Insert,
                condition=pgtrigger.Condition("NEW.status <> 'OPEN'"),
                message="proposal %: it is proposed before it is decided",
                values=("NEW.id",),
            ),
            Refuse(
                name="approved_in_time",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "NEW.status = 'APPROVED'"
                    " AND NEW.decided_at >= OLD.proposed_at + interval '24 hours'"
                ),
                message="proposal %: it expired after 24 hours",
                values=("OLD.id",),
            ),
            Refuse(
                name="decided_stays",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition("OLD.status <> 'OPEN'"),
                message="proposal %: it is decided once",
                values=("OLD.id",),
            ),
            Refuse(
                name="proposed_stays",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    changed(
                        "id", "kind", "subject_id", "customer_id", "detail", "proposed_by_id",
                        "proposed_at", "reason",
                    )
                ),
                message="proposal %: what was proposed never changes",
                values=("OLD.id",),
            ),
            Refuse(
                name="kept",
                operation=pgtrigger.Delete,
                message="proposal % stays",
                values=("OLD.id",),
            ),
            no_truncate(),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_id}: {self.status}"

    @property
    def expires_at(self) -> datetime:
        """When it can no longer be approved."""
        return self.proposed_at + self.CAN_BE_APPROVED_FOR

    def is_waiting(self, now: datetime) -> bool:
        """Return whether a second operator can approve it."""
        return self.status == self.Status.OPEN and now < self.expires_at

    def state(self, now: datetime) -> str:
        """Return its state in a word for operators: waiting, expired, approved or rejected."""
        if self.status != self.Status.OPEN:
            return self.status.lower()
        return "waiting" if self.is_waiting(now) else "expired"

    @property
    def what(self) -> str:
        """What exactly is proposed, in words for operators."""
        match self.kind:
            case self.Kind.RESOLVE_CASE:
                return f"case {self.subject_id} to {self.customer}"
            case self.Kind.DISMISS_CASE:
                return f"nobody gets the payment of case {self.subject_id}: {self.detail}"
            case self.Kind.CORRECT_CASE:
                return f"the amount of case {self.subject_id} is KES {Decimal(self.detail):,.2f}"
            case self.Kind.SET_PASSWORD | self.Kind.CHANGE_RIGHTS:
                return AccountChange.objects.get(pk=self.subject_id).what
            case self.Kind.ERASE_CUSTOMER:
                return f"close the account of customer {self.subject_id}, and erase name and number"
            case self.Kind.SPLIT_CASE:
                shares = (share.split(":") for share in self.detail.split(","))
                told = ", ".join(f"KES {amount} to customer {user}" for user, amount in shares)
                return f"case {self.subject_id} in shares: {told}"
        owed = self.detail.removeprefix("owing:")
        return f"reverse the credit of entry {self.subject_id}; up to KES {owed} may be owed"


class AccountProposal(Proposal):
    """The proposals about accounts, with rights and a page of their own."""

    class Meta:
        proxy = True
        default_permissions: ClassVar = ("view", "change")
        permissions: ClassVar = [
            ("propose_password", "Can propose a one-time password"),
            ("propose_rights", "Can propose a change of rights"),
            ("propose_erasure", "Can propose to erase a customer"),
        ]


class AccountChange(models.Model):
    """What exactly a proposal about an account, or a group of operators, would change.

    `before` and `after` are the rights then and as proposed: of a user `is_active`, `is_staff`,
    `is_superuser`, `groups` and `user_permissions`, of a group `permissions`, each a sorted list of
    ids. Both are null for a password, which is stored nowhere. Written once with its proposal.
    """

    user = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, blank=True, related_name="account_changes"
    )
    group = models.ForeignKey(
        Group, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    before = models.JSONField(null=True, blank=True)
    after = models.JSONField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(user__isnull=False, group__isnull=True)
                | models.Q(
                    user__isnull=True,
                    group__isnull=False,
                    before__isnull=False,
                    after__isnull=False,
                ),
                name="users_accountchange_of_one",
            ),
            models.CheckConstraint(
                condition=models.Q(before__isnull=True, after__isnull=True)
                | models.Q(before__isnull=False, after__isnull=False)
                & ~models.Q(before=models.F("after")),
                name="users_accountchange_changes",
            ),
        ]
        triggers: ClassVar = [append_only(), no_truncate()]

    def __str__(self) -> str:
        return self.what

    @property
    def what(self) -> str:
        """What would change, in words for operators."""
        about = f"group {self.group}" if self.group else f"user {self.user_id} ({self.user})"
        if self.after is None or self.before is None:
            return f"{about}: a one-time password"
        parts = [
            _told(name, self.before[name], self.after[name])
            for name in sorted(self.after)
            if self.before[name] != self.after[name]
        ]
        return f"{about}: {'; '.join(parts)}"


def _told(name: str, before: Any, after: Any) -> str:
    """Return how one kind of right changes: "is_staff on", "groups + Support, - Finance"."""
    if isinstance(after, bool):
        return f"{name} {'on' if after else 'off'}"
    model = Group if name == "groups" else Permission
    names = {row.pk: row for row in model._default_manager.filter(pk__in={*before, *after})}
    signs = [
        *(f"+ {names.get(pk, pk)}" for pk in after if pk not in before),
        *(f"- {names.get(pk, pk)}" for pk in before if pk not in after),
    ]
    return f"{name} {', '.join(signs)}"


class SeededRight(models.Model):
    """A permission that `migrate` gave to one of the four groups, once.

    What operators change afterwards stays: `migrate` gives none a second time.
    """

    group_name = models.CharField(max_length=150)
    permission = models.CharField(max_length=201, help_text="app label and codename")
    seeded_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["group_name", "permission"], name="users_seededright_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.group_name}: {self.permission}"


class ExclusiveRight(models.Model):
    """Of the permission `permission` and `excludes` nobody holds both; a trigger refuses it.

    `migrate` writes the rows from users.operator_groups, each pair both ways round.
    """

    permission = models.CharField(max_length=201, help_text="app label and codename")
    excludes = models.CharField(max_length=201)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["permission", "excludes"], name="users_exclusiveright_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.permission} excludes {self.excludes}"


# Django finds models only in modules that this one imports; these name the customer by
# AUTH_USER_MODEL, and import nothing from here.
import users.code_models  # noqa: E402
import users.session_models  # noqa: E402, F401
