"""The yardsticks `first` and `textbook`: deposits in a plain Django application.

It uses DRF serializers and tokens, the ORM, `select_for_update` and gunicorn. It is right in the
usual case and has none of the product's safety: no idempotency, no limits except on the amount, no
inbox, no double entry, no guards in the database. `first` stands for the application that the
product replaced; `textbook` is a more careful variant of it (settings.py).
"""
