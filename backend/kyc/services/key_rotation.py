"""Key rotation: re-encrypts ID numbers by the first key, and fingerprints them by the last."""

from dataclasses import dataclass, field

from django.db import IntegrityError, connection
from django.db import transaction as db_transaction

from kyc import conf
from kyc.encryption import IdNumberCipher, UnreadableIdNumber
from kyc.models import KycSubmission


@dataclass
class Rotation:
    """The result of a rotation: counts, and the ids of submissions that an operator must check."""

    checked: int = 0
    rewritten: int = 0
    unreadable: list[int] = field(default_factory=list)
    #: Their ID number also verified another account, which the old fingerprints did not show.
    twice: list[int] = field(default_factory=list)


def rotate_keys() -> Rotation:
    """Rewrite the ID numbers not encrypted by the first key or not fingerprinted by the last."""
    done = Rotation()
    cipher = conf.get_cipher()
    ids = list(KycSubmission.objects.order_by("id").values_list("id", flat=True))
    for submission_id in ids:
        done.checked += 1
        try:
            done.rewritten += _rewrite(submission_id, cipher)
        except UnreadableIdNumber:
            done.unreadable.append(submission_id)
        except IntegrityError:
            done.twice.append(submission_id)
    return done


def _rewrite(submission_id: int, cipher: IdNumberCipher) -> bool:
    """Rewrite one submission in its own transaction; return False if there was nothing to do."""
    with db_transaction.atomic():
        row = KycSubmission.objects.select_for_update(no_key=True).get(pk=submission_id)
        id_number = cipher.decrypt(row.id_number_encrypted)
        fingerprint = cipher.fingerprint(id_number)
        is_current = cipher.is_closed_by_first_key(row.id_number_encrypted)
        if is_current and fingerprint == row.id_number_fingerprint:
            return False
        with connection.cursor() as cursor:
            # Makes the guard `id_number_never_changes` allow the UPDATE in this transaction.
            cursor.execute("SET LOCAL kyc.rotating_keys = 'on'")
        KycSubmission.objects.filter(pk=submission_id).update(
            id_number_encrypted=cipher.encrypt(id_number), id_number_fingerprint=fingerprint
        )
    return True
