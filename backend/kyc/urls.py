"""URL patterns of /api/kyc/."""

from django.urls import path

from kyc import views

urlpatterns = [path("", views.KycView.as_view(), name="kyc")]
