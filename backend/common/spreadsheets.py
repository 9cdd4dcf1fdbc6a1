"""Cells that no spreadsheet runs as a formula. Pure."""

#: Some spreadsheet runs a cell that begins with one of these as a formula (OWASP, CSV injection),
#: even after a blank; the last four are full-width forms.
_FORMULA_SIGNS = tuple("=+-@\t\r\n|%\uff1d\uff0b\uff0d\uff20")


def safe_cell(text: str) -> str:
    """Return the text, with an apostrophe in front if a spreadsheet could run it as a formula."""
    text = text.replace("\x00", "")
    return f"'{text}" if text.lstrip().startswith(_FORMULA_SIGNS) or text[:1].isspace() else text
