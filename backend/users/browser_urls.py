"""URLs of the log-in and log-out pages, with the names that the browsable API's templates use."""

from django.contrib.auth.views import LogoutView
from django.urls import path

from users.browser import BrowserLogInView

app_name = "rest_framework"
urlpatterns = [
    path("login/", BrowserLogInView.as_view(), name="login"),
    path("logout/", LogoutView.as_view(next_page="/api/"), name="logout"),
]
