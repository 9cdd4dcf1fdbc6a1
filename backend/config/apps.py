"""The admin's AppConfig, which selects our admin site."""

from django.contrib.admin.apps import AdminConfig as DjangoAdminConfig


class AdminConfig(DjangoAdminConfig):
    """Makes `django.contrib.admin.site` the admin site that asks for a second factor."""

    default_site = "users.admin_site.SecondFactorAdminSite"
