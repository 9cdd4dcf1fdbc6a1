"""The table of installed SQL functions."""

from typing import ClassVar

from django.db import models


class SqlFunction(models.Model):
    """An SQL function that `migrate` installed, with the file that defines it.

    `file_sha256` differs from the code's file once the file has changed; `definition_md5` differs
    from the database's function once it was replaced by hand. `release` is that of the
    code that ran the last installation. Rows whose file is `guards` hold how the server writes the
    declared triggers (common.guard_forms).
    """

    signature = models.TextField(primary_key=True)
    file = models.TextField()
    file_sha256 = models.CharField(max_length=64)
    definition_md5 = models.CharField(max_length=32)
    release = models.CharField(max_length=32)
    installed_at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["file", "signature"]

    def __str__(self) -> str:
        return self.signature
