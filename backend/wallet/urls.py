"""Addresses below /api/wallet/."""

from django.urls import path

from wallet.views import EntryListView, WalletView

urlpatterns = [
    path("", WalletView.as_view(), name="wallet"),
    path("entries/", EntryListView.as_view(), name="wallet-entries"),
]
