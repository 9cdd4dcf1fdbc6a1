"""URL patterns of /api/auth/."""

from django.urls import include, path

from users import account_views, privacy_views, recovery_views, session_views, views

urlpatterns = [
    path("csrf/", views.CsrfView.as_view(), name="auth-csrf"),
    path("signup/", views.SignUpView.as_view(), name="auth-signup"),
    path("signup/code/", views.SignUpCodeView.as_view(), name="auth-signup-code"),
    path("login/", views.LogInView.as_view(), name="auth-login"),
    path("logout/", views.LogOutView.as_view(), name="auth-logout"),
    path("me/", views.MeView.as_view(), name="auth-me"),
    path("token/", views.TokenView.as_view(), name="auth-token"),
    path("password/", account_views.PasswordView.as_view(), name="auth-password"),
    path("recovery/", recovery_views.RecoveryView.as_view(), name="auth-recovery"),
    path(
        "recovery/confirm/",
        recovery_views.RecoveryConfirmView.as_view(),
        name="auth-recovery-confirm",
    ),
    path("phone/", account_views.PhoneChangeView.as_view(), name="auth-phone"),
    path("sessions/", session_views.SessionsView.as_view(), name="auth-sessions"),
    path(
        "sessions/end-others/",
        session_views.EndSessionsView.as_view(),
        name="auth-sessions-end",
    ),
    path("privacy/", privacy_views.ConsentView.as_view(), name="auth-privacy"),
    path("privacy/notice/", privacy_views.NoticeView.as_view(), name="auth-privacy-notice"),
    path("closing/", privacy_views.ClosingView.as_view(), name="auth-closing"),
    path("browser/", include("users.browser_urls")),
]
