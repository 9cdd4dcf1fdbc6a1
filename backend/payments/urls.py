"""URLs below /api/payments/. Those that M-Pesa posts to work without the final slash, too: Daraja
follows no redirect, and does not send a report again (docs/daraja.md §4)."""

from django.urls import path, re_path

from payments import (
    claim_views,
    history_views,
    paybill_views,
    transaction_status_views,
    views,
)

urlpatterns = [
    path("stk-push/", views.StkPushView.as_view(), name="stk-push"),
    path("limits/", views.LimitsView.as_view(), name="deposit-limits"),
    path("transactions/", views.TransactionListView.as_view(), name="transactions"),
    path("transactions/<int:pk>/", views.TransactionView.as_view(), name="transaction"),
    path("transactions/<int:pk>/status/", views.TransactionStatusView.as_view(), name="status"),
    path("transactions/<int:pk>/pin-entered/", views.PinEnteredView.as_view(), name="pin-entered"),
    path(
        "transactions/<int:pk>/timeline/",
        history_views.TimelineView.as_view(),
        name="transaction-timeline",
    ),
    path("weather/", history_views.ProviderStatusView.as_view(), name="weather"),
    path("claims/", claim_views.ClaimsView.as_view(), name="claims"),
    path("paybill/", paybill_views.PaybillView.as_view(), name="paybill"),
    re_path(
        r"^paybill/(?P<secret>[^/]+)/validation/?$",
        paybill_views.ValidationView.as_view(),
        name="paybill-validation",
    ),
    re_path(
        r"^paybill/(?P<secret>[^/]+)/confirmation/?$",
        paybill_views.ConfirmationView.as_view(),
        name="paybill-confirmation",
    ),
    re_path(
        r"^transaction-status/(?P<token>[^/]+)/result/?$",
        transaction_status_views.TransactionResultView.as_view(),
        name="transaction-status-result",
    ),
    re_path(
        r"^transaction-status/(?P<token>[^/]+)/timeout/?$",
        transaction_status_views.TransactionTimeoutView.as_view(),
        name="transaction-status-timeout",
    ),
    re_path(r"^callback/?$", views.HintView.as_view(), name="callback-hint"),
    re_path(
        # Any text matches: a stranger's token is answered like a hint, not with 404.
        r"^callback/(?P<token>[^/]+)/?$",
        views.CallbackView.as_view(),
        name="callback",
    ),
]
