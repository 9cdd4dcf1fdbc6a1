"""URL patterns of /api/limits/."""

from django.urls import path

from risk.views import OwnLimitsView, PauseView, SelfExclusionView

urlpatterns = [
    path("", OwnLimitsView.as_view(), name="own-limits"),
    path("pause/", PauseView.as_view(), name="own-limits-pause"),
    path("self-exclusion/", SelfExclusionView.as_view(), name="own-limits-self-exclusion"),
]
