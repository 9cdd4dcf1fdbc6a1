"""Admin forms: decide about a customer's KYC, or unmask an ID number; each asks for a reason."""

from django import forms

from common.admin import SHORTEST_REASON
from kyc.reasons import REASONS
from users.models import User


class ReasonForm(forms.Form):
    """The base of these forms: asks for the operator's reason."""

    reason = forms.CharField(
        min_length=SHORTEST_REASON,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Internal; kept with the decision. Write no ID number here.",
    )


class VerifyForm(ReasonForm):
    """Verifies a submission: asks for the tier, which sets the deposit limits."""

    tier = forms.ChoiceField(choices=User.Tier.choices, initial=User.Tier.FULL)
    field_order = ("tier", "reason")

    def clean_tier(self) -> User.Tier:
        """Return the tier as a `User.Tier`, not as text."""
        return User.Tier(self.cleaned_data["tier"])


class RejectForm(ReasonForm):
    """Rejects a submission: asks which text the customer reads."""

    reason_code = forms.ChoiceField(
        label="the customer reads", choices=[(code, text.en) for code, text in REASONS.items()]
    )
    field_order = ("reason_code", "reason")


class UnmaskForm(ReasonForm):
    """Shows an ID number: asks for the reason only."""


class CustomerForm(ReasonForm):
    """Decides again about a customer whose submission was decided."""

    decision = forms.ChoiceField(
        choices=[
            (User.Tier.FULL.value, "Full tier, by the verified submission"),
            (User.Tier.BASIC.value, "Basic tier, by the verified submission"),
            ("rejected", "Rejected: may not deposit; a verified submission is revoked"),
        ]
    )
    field_order = ("decision", "reason")

    def tier(self) -> User.Tier | None:
        """Return the tier of a verified customer, None for a rejected one."""
        chosen = self.cleaned_data["decision"]
        return None if chosen == "rejected" else User.Tier(chosen)
