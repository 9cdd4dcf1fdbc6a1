"""Addresses under /api/wallet/."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
