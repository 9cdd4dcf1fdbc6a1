"""The URL /api/page-errors/."""

from django.urls import path

from operations.views import PageErrorsView

urlpatterns = [path("", PageErrorsView.as_view(), name="page-errors")]
