"""The URL patterns; /healthz, /readyz and /metrics are answered by common.health instead."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularSwaggerSplitView

from common.index import ApiIndexView
from common.schema import SchemaView
from operations.views import MyDataView

urlpatterns = [
    # Payments come first: they get most requests, and Django tries patterns in order.
    path("api/payments/", include("payments.urls")),
    path("", RedirectView.as_view(url="/api/")),
    path("admin/", admin.site.urls),
    path("admin", RedirectView.as_view(url="/admin/")),
    path("api/", ApiIndexView.as_view(), name="api"),
    path("api/auth/my-data/", MyDataView.as_view(), name="auth-my-data"),
    path("api/auth/", include("users.urls")),
    path("api/kyc/", include("kyc.urls")),
    path("api/limits/", include("risk.urls")),
    path("api/page-errors/", include("operations.urls")),
    path("api/wallet/", include("wallet.urls")),
    path("api/schema/", SchemaView.as_view(), name="schema"),
    path("api/docs/", SpectacularSwaggerSplitView.as_view(), name="docs"),
]
