"""Statements that operators upload: kept at once, imported by a worker, exactly once.

The file waits in the database, where every worker can read it. A worker stores its progress on a
second connection, since the import itself is one transaction. One that is killed leaves the upload
as it was, and another takes it up again.
"""

import hashlib
import logging
import tempfile
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import IO, Any

from django.db import DatabaseError, IntegrityError, connection
from django.db import transaction as db_transaction

from common import clock
from common.db import call_function
from common.masking import mask_text
from payments.models import StatementImport, StatementUpload, StatementUploadPart
from payments.services.statements import (
    AlreadyImported,
    ImportUnderWay,
    StatementRefused,
    import_statement,
)
from payments.statements import StatementUnreadable
from users.models import User

logger = logging.getLogger(__name__)

State = StatementUpload.State
#: How long a worker may be silent before its upload is taken up again: longer than the time limit
#: of the one statement that an import cannot cut into batches.
SILENT_FOR = timedelta(minutes=2)
#: How often an upload is taken up: a file that kills its worker must not do so for ever.
MOST_ATTEMPTS = 3
#: Seconds between two heartbeats, which store how far an import is.
HEARTBEAT_EVERY_S = 1.0
_PART = 1024 * 1024


class UploadEnded(Exception):
    """The upload was stopped, or imported elsewhere, during this import, which is undone."""


def keep_upload(*, file: IO[bytes], name: str, uploaded_by: User, now: datetime) -> StatementUpload:
    """Keep an uploaded file for the worker, and return it; the same file twice waits once.

    Raises:
        AlreadyImported: this very file was imported before.
    """
    hashed = hashlib.sha256()
    for content in _parts(file):
        hashed.update(content)
    digest, size = hashed.hexdigest(), file.tell()
    if StatementImport.objects.filter(digest=digest).exists():
        raise AlreadyImported("this very file was imported before")
    waiting = _find_waiting(digest)
    if waiting is not None:
        return waiting
    try:
        with db_transaction.atomic():
            upload = StatementUpload.objects.create(
                file_name=mask_text(name)[-255:],
                digest=digest,
                size=size,
                uploaded_by=uploaded_by,
                uploaded_at=now,
            )
            for number, content in enumerate(_parts(file)):
                StatementUploadPart.objects.create(upload=upload, number=number, content=content)
    except IntegrityError:
        waiting = _find_waiting(digest)
        if waiting is None:
            raise
        return waiting
    logger.info("statement upload %s: %s bytes", upload.pk, upload.size)
    return upload


def _find_waiting(digest: str) -> StatementUpload | None:
    return StatementUpload.objects.filter(digest=digest, state=State.WAITING).first()


def _parts(file: IO[bytes]) -> Iterator[bytes]:
    file.seek(0)
    while content := file.read(_PART):
        yield content


_TAKE = """
WITH taken AS (
    UPDATE payments_statementupload
       SET attempts = attempts + 1, beat_at = %(now)s, step = '', rows_done = 0
     WHERE id = (SELECT id FROM payments_statementupload
                  WHERE state = 'waiting' AND (beat_at IS NULL OR beat_at <= %(silent_since)s)
                  ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING id
) SELECT (SELECT id FROM taken) AS id
"""


def import_next_upload(*, now: datetime) -> StatementUpload | None:
    """Import the oldest upload that waits and that no worker is at; None where there is none.

    An error that is not the file's is raised, and the upload is taken up again after `SILENT_FOR`.
    """
    taken = call_function(_TAKE, {"now": now, "silent_since": now - SILENT_FOR})
    if taken["id"] is None:
        return None
    upload = StatementUpload.objects.select_related("uploaded_by").get(pk=taken["id"])
    if upload.attempts > MOST_ATTEMPTS:
        _refuse(upload, f"its import was begun {MOST_ATTEMPTS} times, and broke off each time", now)
    else:
        _import(upload, now)
    upload.refresh_from_db()
    return upload


def _import(upload: StatementUpload, now: datetime) -> None:
    try:
        with tempfile.NamedTemporaryFile(suffix=".statement") as kept:
            for part in upload.parts.order_by("number").iterator(chunk_size=4):
                kept.write(part.content)
            kept.flush()
            import_statement(
                path=Path(kept.name),
                name=upload.file_name,
                uploaded_by=upload.uploaded_by,
                now=now,
                progress=_Heartbeat(upload),
                before_commit=partial(_end, upload),
            )
    except ImportUnderWay:
        # The command imports it, or a worker that was taken for dead. What that import does counts.
        StatementUpload.objects.filter(pk=upload.pk, state=State.WAITING).update(
            attempts=upload.attempts - 1
        )
    except (StatementUnreadable, StatementRefused) as error:
        _refuse(upload, str(error), now)
    except UploadEnded:
        logger.info("statement upload %s ended while it was imported", upload.pk)


class _Heartbeat:
    """Stores an import's progress, at most every `HEARTBEAT_EVERY_S`, outside its transaction.

    An error in storing it does not stop the import.
    """

    def __init__(self, upload: StatementUpload) -> None:
        self._upload_id = upload.pk
        self._rows = 0
        self._step = ""
        self._said_at = 0.0

    def __call__(self, step: str, rows: int) -> None:
        if step == StatementUpload.Step.READ:
            self._rows = rows
        if step == self._step and time.monotonic() - self._said_at < HEARTBEAT_EVERY_S:
            return
        self._step, self._said_at = step, time.monotonic()
        self._say(rows)

    def _say(self, rows_done: int) -> None:
        # On the import's own connection a transaction is open: nobody would see the progress before
        # it ends.
        beside = connection.copy()
        try:
            with beside.cursor() as cursor:
                cursor.execute(
                    "UPDATE payments_statementupload SET step = %s, rows_done = %s, rows = %s,"
                    " beat_at = %s WHERE id = %s AND state = 'waiting'",
                    [self._step, rows_done, self._rows, clock.now(), self._upload_id],
                )
        except DatabaseError:
            logger.warning("how far upload %s is could not be said", self._upload_id, exc_info=True)
        finally:
            beside.close()


def _end(upload: StatementUpload, statement: StatementImport) -> None:
    """End the upload with its statement, in the import's transaction."""
    ended = StatementUpload.objects.filter(pk=upload.pk, state=State.WAITING).update(
        state=State.DONE, statement=statement, ended_at=max(clock.now(), upload.uploaded_at)
    )
    if not ended:
        raise UploadEnded(upload.pk)
    StatementUploadPart.objects.filter(upload=upload).delete()


def stop_upload(upload: StatementUpload, *, operator: User, now: datetime) -> bool:
    """Stop the import and forget the file; False where it ended before. Nothing of it is kept."""
    return _refuse(upload, f"its import was stopped by {operator}", now)


@db_transaction.atomic
def _refuse(upload: StatementUpload, why: str, now: datetime) -> bool:
    refused = StatementUpload.objects.filter(pk=upload.pk, state=State.WAITING).update(
        state=State.REFUSED,
        reason=mask_text(why)[:500],
        ended_at=max(now, upload.uploaded_at),
    )
    if refused:
        StatementUploadPart.objects.filter(upload=upload).delete()
        logger.info("statement upload %s was refused: %s", upload.pk, why)
    return bool(refused)


def describe(upload: StatementUpload) -> dict[str, Any]:
    """Return what the page of progress shows: steps in their order, and the current one's rows."""
    steps = list(StatementUpload.Step)
    reached = steps.index(StatementUpload.Step(upload.step)) if upload.step else -1
    total = upload.rows if upload.step and upload.step != StatementUpload.Step.READ else 0
    return {
        "reached": reached,
        "rows_done": min(upload.rows_done, total) if total else upload.rows_done,
        "total": total,
    }
