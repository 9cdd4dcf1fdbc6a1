"""Payments by hand to the paybill, as far as no database is needed: account numbers, bodies."""
