"""Exports for finance: the day book, settlement by short code, the ageing of suspense.

`sheets` says what an export is, `ledger`, `settlement` and `ageing` read the rows, `files` writes
them as CSV or Excel, `pages` are the views. Nothing here moves money.
"""
