"""What the database remembers of the code it was made by."""

from typing import ClassVar

from django.db import models


class SqlFunction(models.Model):
    """One SQL function that `migrate` installed, with the file it came from.

    `file_sha256` tells whether the code has another file by now, `definition_md5` whether the
    function was replaced behind our back. `release` is that of the code that installed last.
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
