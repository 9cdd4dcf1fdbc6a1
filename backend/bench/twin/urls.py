"""The yardstick's addresses."""

from django.urls import path

from bench.twin import views

urlpatterns = [
    path("stk-push/", views.StkPushView.as_view()),
    path("callback/", views.CallbackView.as_view()),
    path("transactions/", views.TransactionListView.as_view()),
    path("transactions/<int:pk>/", views.TransactionView.as_view()),
    path("wallet/", views.WalletView.as_view()),
]
