"""All settings; flags, environment variables and `/control/settings` are derived from this list."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

# Safaricom's public sandbox shortcode and passkey, printed in its documentation, so not a secret
# (docs/daraja.md §7).
SANDBOX_SHORTCODE = "174379"
SANDBOX_PASSKEY = (
    "bfb279f9aa9bdbcf158e97dd71a467cd2e0c893059b10f78e6b72ada1ed2c919"  # pragma: allowlist secret
)


class Settings(BaseModel):
    """The settings of a run; those marked fixed cannot change after the start."""

    model_config = ConfigDict(extra="forbid", validate_assignment=True)

    automatic: bool = Field(
        default=False, description="answer prompts automatically: magic amounts, else paid"
    )
    delay_ms: int = Field(
        default=500, ge=0, description="automatic mode: time from prompt to answer"
    )
    prompt_seconds: float = Field(default=60, gt=0, description="how long a prompt waits for a PIN")
    unreachable_seconds: float = Field(
        default=5, ge=0, description="how long M-Pesa tries a phone that is off, before 1037"
    )
    expiry_code: Literal["1037", "1019"] = Field(
        default="1037", description="result code of a prompt that nobody answered"
    )
    pending_shape: Literal["4999", "500", "both"] = Field(
        default="4999", description="how a query says still pending (both: in turn)"
    )
    two_minute_seconds: float | None = Field(
        default=None,
        ge=0,
        description="result 17 for the same amount again within this time; "
        "default 120, in automatic mode 0 (off)",
    )
    queries_per_minute: int = Field(
        default=0, ge=0, description="more are answered with Spike Arrest Violation (0: no limit)"
    )
    token_seconds: int = Field(default=3599, gt=0, description="lifetime of an access token")
    one_token: bool = Field(default=False, description="each new token ends the one before it")
    strict: bool = Field(
        default=False,
        description="refuse callback URLs that production refuses (loopback, http, words)",
    )
    consumer_key: str = Field(default="", description="the only key accepted (empty: any)")
    consumer_secret: str = Field(default="", description="the only secret accepted (empty: any)")
    shortcode: str = Field(default=SANDBOX_SHORTCODE, description="the paybill (fixed)")
    passkey: str = Field(default=SANDBOX_PASSKEY, description="passkey of paybill and till (fixed)")
    merchant_name: str = Field(default="TEST BUSINESS", description="name in the prompt (fixed)")
    store_number: str = Field(
        default="7654321", description="BusinessShortCode of the till (fixed)"
    )
    till_number: str = Field(default="5123456", description="PartyB of the till (fixed)")
    phone: str = Field(
        default="254712345678",
        pattern=r"^(254[17]\d{8})?$",
        description="the customer there is from the start (empty: none)",
    )
    balance: int = Field(default=100_000, ge=0, description="KES a new customer starts with")
    pin: str = Field(default="1234", pattern=r"^\d{4,6}$", description="PIN of a new customer")
    opening_balance: int = Field(
        default=50_000, ge=0, description="KES in the business's utility account at first (fixed)"
    )
    business_pays_charges: bool = Field(
        default=True, description="the business pays M-Pesa's charge: a second row in statements"
    )
    initiator_name: str = Field(default="", description="the only initiator accepted (empty: any)")
    security_credential: str = Field(
        default="", description="the only SecurityCredential accepted (empty: any)"
    )
    result_ms: int = Field(
        default=500, ge=0, description="time from an acknowledgement to its result"
    )
    duplicate_as_result: bool = Field(
        default=False,
        description="a repeated OriginatorConversationID gets result 15, not 500.002.1001",
    )
    validation: bool = Field(
        default=True, description="ask the registered ValidationURL before a payment by hand"
    )
    validation_seconds: float = Field(
        default=8, gt=0, description="how long M-Pesa waits for the answer of a validation"
    )
    register_once: bool = Field(
        default=False, description="refuse to register again, as production does (and --strict)"
    )
    register_version: Literal["any", "v1", "v2"] = Field(
        default="any", description="the register version of the app's product; else 401.003.01"
    )
    hakikisha_url: str = Field(
        default="", description="where C2B Hakikisha asks for a payee's name (empty: nowhere)"
    )
    hakikisha_token_url: str = Field(
        default="", description="where Hakikisha gets its token (empty: it sends none)"
    )
    hakikisha_key: str = Field(default="", description="user name at that token URL")
    hakikisha_secret: str = Field(default="", description="password at that token URL")
    hakikisha_shape: Literal["request_id", "transaction_id"] = Field(
        default="request_id", description="which of the two published shapes Hakikisha sends"
    )
    pull_paging: Literal["row", "page"] = Field(
        default="row", description="what OffSetValue counts: rows or pages"
    )
    pull_page_size: int = Field(default=100, ge=1, description="payments in one answer of Pull")
    clock_ahead_seconds: float = Field(
        default=0,
        ge=-3600,
        le=30 * 86_400,
        description="how far M-Pesa's clock is ahead of this machine's (or behind, below 0): days"
        " go by at once",
    )
    seed: int = Field(default=1, description="seed of every drawn decision")
    callback_timeout_seconds: float = Field(
        default=10, gt=0, description="time limit of one callback"
    )
    callback_attempts: int = Field(
        default=1, ge=1, description="tries per callback (1: a missed callback is lost for good)"
    )
    callback_retry_seconds: float = Field(default=1, gt=0, description="wait between those tries")
    callback_concurrency: int = Field(
        default=64, ge=1, description="callbacks under way at once (fixed)"
    )
    wire_log_size: int = Field(
        default=500, ge=1, description="messages kept in the wire log (fixed)"
    )

    @property
    def same_amount_seconds(self) -> float:
        """For how many seconds M-Pesa refuses the same amount to the same business again (the
        two-minute rule). It is off in automatic mode, where tests repeat amounts.
        """
        if self.two_minute_seconds is not None:
            return self.two_minute_seconds
        return 0 if self.automatic else 120


FIXED = frozenset(
    {
        "shortcode",
        "passkey",
        "merchant_name",
        "store_number",
        "till_number",
        "opening_balance",
        "callback_concurrency",
        "wire_log_size",
    }
)
