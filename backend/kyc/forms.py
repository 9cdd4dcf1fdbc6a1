"""What an operator fills in to decide about a customer, or to see a number."""

from django import forms

from kyc.reasons import REASONS
from users.models import User


class ReasonForm(forms.Form):
    """The written reason that every decision needs."""

    reason = forms.CharField(
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Internal; kept with the decision. Write no ID number here.",
    )


class VerifyForm(ReasonForm):
    """How much the customer may deposit."""

    tier = forms.ChoiceField(choices=User.Tier.choices, initial=User.Tier.FULL)
    field_order = ("tier", "reason")

    def clean_tier(self) -> User.Tier:
        """Return the tier itself."""
        return User.Tier(self.cleaned_data["tier"])


class RejectForm(ReasonForm):
    """What the customer reads."""

    reason_code = forms.ChoiceField(
        label="the customer reads", choices=[(code, text.en) for code, text in REASONS.items()]
    )
    field_order = ("reason_code", "reason")


class UnmaskForm(ReasonForm):
    """Why the number has to be seen."""


class CustomerForm(ReasonForm):
    """A decision without a submission."""

    decision = forms.ChoiceField(
        choices=[
            (User.Tier.FULL.value, "Verified, full tier"),
            (User.Tier.BASIC.value, "Verified, basic tier"),
            ("rejected", "Rejected: may not deposit; a verified submission is revoked"),
        ]
    )
    field_order = ("decision", "reason")

    def tier(self) -> User.Tier | None:
        """Return the tier of a verified customer, None for a rejected one."""
        chosen = self.cleaned_data["decision"]
        return None if chosen == "rejected" else User.Tier(chosen)
