"""After a change of keys: ID numbers encrypted by the first and fingerprinted by the last."""

from dataclasses import dataclass, field

from django.db import IntegrityError, connection
from django.db import transaction as db_transaction

from kyc import conf
from kyc.encryption import IdNumberCipher, UnreadableIdNumber
from kyc.models import KycSubmission


@dataclass
class Rotation:
    """The result: counts, and the submissions that an operator has to look at."""

    checked: int = 0
    rewritten: int = 0
    unreadable: list[int] = field(default_factory=list)
    #: Verified twice with one number, which the old fingerprints did not show.
    twice: list[int] = field(default_factory=list)


def rotate_keys() -> Rotation:
    """Rewrite the numbers not encrypted by the first key or not fingerprinted by the last."""
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
    """Rewrite one row in a transaction of its own; False: there was nothing to do."""
    with db_transaction.atomic():
        row = KycSubmission.objects.select_for_update(no_key=True).get(pk=submission_id)
        id_number = cipher.decrypt(row.id_number_encrypted)
        fingerprint = cipher.fingerprint(id_number)
        is_current = cipher.is_closed_by_first_key(row.id_number_encrypted)
        if is_current and fingerprint == row.id_number_fingerprint:
            return False
        with connection.cursor() as cursor:
            # What the guard lets pass in this transaction alone (id_number_never_changes).
            cursor.execute("SET LOCAL kyc.rotating_keys = 'on'")
        KycSubmission.objects.filter(pk=submission_id).update(
            id_number_encrypted=cipher.encrypt(id_number), id_number_fingerprint=fingerprint
        )
    return True
