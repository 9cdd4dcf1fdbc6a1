"""The yardstick: the same deposits as a plain Django application would take them.

DRF serializers, the ORM, `select_for_update`, tokens of DRF, gunicorn. It is right in the usual
case and has none of the product's safeties: no idempotency, no limits beside the amount, no inbox,
no double entry, no guards in the database. It runs in two ways (settings.py): `first`, the careless
one, and `textbook`.
"""
