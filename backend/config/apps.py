"""Which admin site Django's admin uses."""

from django.contrib.admin.apps import AdminConfig as DjangoAdminConfig


class AdminConfig(DjangoAdminConfig):
    """The admin behind a second factor; `admin.site` is that site everywhere."""

    default_site = "users.admin_site.SecondFactorAdminSite"
