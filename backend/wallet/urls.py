"""URL patterns of /api/wallet/."""

from django.urls import path

from wallet.statement_views import StatementCsvView, StatementPdfView
from wallet.views import EntryListView, WalletView

urlpatterns = [
    path("", WalletView.as_view(), name="wallet"),
    path("entries/", EntryListView.as_view(), name="wallet-entries"),
    path("statement.csv", StatementCsvView.as_view(), name="wallet-statement-csv"),
    path("statement.pdf", StatementPdfView.as_view(), name="wallet-statement-pdf"),
]
