"""The admin's AppConfig, which selects the console."""

from django.contrib.admin.apps import AdminConfig as DjangoAdminConfig


class AdminConfig(DjangoAdminConfig):
    """Makes `django.contrib.admin.site` the console, which asks for a second factor."""

    default_site = "operations.console.site.ConsoleSite"
