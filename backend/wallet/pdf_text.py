"""Draws text in ReportLab's bundled font, even with letters that it lacks: Wanjikũ, Kĩarie.

The font, Bitstream Vera, has the letters of Western Europe. Kikuyu's ũ and ĩ are drawn as the base
letter with its mark above; a letter without a base letter in the font becomes a question mark.
`can_draw` tells before.
"""

import unicodedata
from typing import Any

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

PLAIN = "Vera"
BOLD = "VeraBd"

#: Combining marks, each with the separate character for it that the font has.
_MARKS = {
    "\u0300": "`", "\u0301": "\u00b4", "\u0302": "\u02c6", "\u0303": "\u02dc", "\u0304": "\u00af",
    "\u0306": "\u02d8", "\u0307": "\u02d9", "\u0308": "\u00a8", "\u030a": "\u02da",
    "\u030b": "\u02dd", "\u030c": "\u02c7",
}  # fmt: skip
_UNKNOWN = "?"
_DOTLESS = {"i": "\u0131"}
#: How much higher a mark is drawn over a capital letter, as a share of the font size.
_RISE = 0.18


def _load(name: str) -> TTFont:
    font = TTFont(name, f"{name}.ttf")
    pdfmetrics.registerFont(font)
    return font


# Loaded at import: if two threads registered a font at once, a page could mix both registrations.
_FONTS = {name: _load(name) for name in (PLAIN, BOLD)}


def _has(font: TTFont, sign: str) -> bool:
    return ord(sign) in font.face.charToGlyph


def can_draw(text: str, font_name: str = PLAIN) -> bool:
    """Return whether the text is not empty, and the font can show every letter of it."""
    drawn = split_glyphs(text, font_name)
    unknown = sum(letter == _UNKNOWN for letter, _ in drawn)
    return bool(drawn) and unknown == text.count(_UNKNOWN)


def split_glyphs(text: str, font_name: str = PLAIN) -> list[tuple[str, str]]:
    """Return pairs (letter, mark to draw over it or ""); the font has all of these characters."""
    font = _FONTS[font_name]
    clean = "".join(sign for sign in text if unicodedata.category(sign)[0] != "C")
    return [_glyph(font, sign) for sign in unicodedata.normalize("NFC", clean)]


def _glyph(font: TTFont, sign: str) -> tuple[str, str]:
    if _has(font, sign):
        return sign, ""
    base, *marks = list(unicodedata.normalize("NFD", sign))
    mark = _MARKS.get(marks[0], "") if marks else ""
    if not marks or not _has(font, base):
        return _UNKNOWN, ""
    if not mark or not _has(font, mark):
        return base, ""
    return _DOTLESS.get(base, base), mark


def text_width(text: str, size: float, font_name: str = PLAIN) -> float:
    """Return the width of a text as drawn, in points."""
    letters = "".join(letter for letter, _ in split_glyphs(text, font_name))
    return float(pdfmetrics.stringWidth(letters, font_name, size))


def fit(text: str, width: float, size: float, font_name: str = PLAIN) -> str:
    """Return the text, shortened with an ellipsis if it is wider than `width` points."""
    if text_width(text, size, font_name) <= width:
        return text
    while text and text_width(text + "…", size, font_name) > width:
        text = text[:-1]
    return text + "…"


def draw_text(canvas: Any, x: float, y: float, text: str, size: float, font: str = PLAIN) -> None:
    """Draw a text whose left end is at `x`: all letters first, then the marks above them."""
    glyphs = split_glyphs(text, font)
    letters = "".join(letter for letter, _ in glyphs)
    canvas.setFont(font, size)
    canvas.drawString(x, y, letters)
    for position, (letter, mark) in enumerate(glyphs):
        if mark:
            left = x + pdfmetrics.stringWidth(letters[:position], font, size)
            letter_width = pdfmetrics.stringWidth(letter, font, size)
            width = pdfmetrics.stringWidth(mark, font, size)
            rise = _RISE * size if letter.isupper() else 0
            canvas.drawString(left + (letter_width - width) / 2, y + rise, mark)


def draw_right(canvas: Any, x: float, y: float, text: str, size: float, font: str = PLAIN) -> None:
    """Draw a text whose right end is at `x`."""
    draw_text(canvas, x - text_width(text, size, font), y, text, size, font)
