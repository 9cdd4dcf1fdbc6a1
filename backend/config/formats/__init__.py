"""Formats of dates and times on the pages that Django renders, by language."""
