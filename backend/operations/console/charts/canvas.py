"""Draws SVG: a tree of elements with classes, and no style, script or address in it. Pure.

Colours come from the stylesheet console/chart.css by class. What colour says is said by stripes,
place or words too.
"""

import math
from collections.abc import Iterable
from xml.etree.ElementTree import Element, SubElement, tostring

_NAMESPACE = "http://www.w3.org/2000/svg"
Point = tuple[float, float]


class Canvas:
    """A drawing of a width and height in units of its own, which a page scales."""

    def __init__(self, name: str, width: int, height: int, *, title: str, described: str) -> None:
        self.width, self.height = width, height
        self._stripes = f"url(#{name}-stripes)"
        self.root = Element("svg", {
            "xmlns": _NAMESPACE, "viewBox": f"0 0 {width} {height}",
            "class": "chart", "role": "img",
            "aria-labelledby": f"{name}-title {name}-described",
        })  # fmt: skip
        SubElement(self.root, "title", {"id": f"{name}-title"}).text = title
        SubElement(self.root, "desc", {"id": f"{name}-described"}).text = described
        pattern = SubElement(SubElement(self.root, "defs"), "pattern", {
            "id": f"{name}-stripes", "width": "6", "height": "6",
            "patternUnits": "userSpaceOnUse", "patternTransform": "rotate(45)",
        })  # fmt: skip
        SubElement(pattern, "rect", {"class": "stripe-ground", "width": "6", "height": "6"})
        SubElement(pattern, "path", {"class": "stripe", "d": "M0 0V6"})

    def text(
        self, at: Point, words: str, *, anchor: str = "start", is_strong: bool = False
    ) -> None:
        """Write words; `at` is the baseline at the anchor."""
        attributes = {"x": _number(at[0]), "y": _number(at[1])}
        if anchor != "start":
            attributes["text-anchor"] = anchor
        if is_strong:
            attributes["class"] = "strong"
        SubElement(self.root, "text", attributes).text = words

    def bar(self, at: Point, size: Point, kind: str, *, tip: str = "") -> None:
        """Draw a filled rectangle; `at` is its upper left corner. Empty ones are left out."""
        if min(size) <= 0:
            return
        attributes = {
            "class": kind, "x": _number(at[0]), "y": _number(at[1]),
            "width": _number(size[0]), "height": _number(size[1]),
        }  # fmt: skip
        if kind == "striped":
            attributes["fill"] = self._stripes
        drawn = SubElement(self.root, "rect", attributes)
        if tip:
            SubElement(drawn, "title").text = tip

    def line(self, points: Iterable[Point], kind: str, *, is_closed: bool = False) -> None:
        """Draw straight lines from point to point."""
        steps = "L".join(f"{_number(x)} {_number(y)}" for x, y in points)
        if steps:
            SubElement(self.root, "path", {"class": kind, "d": f"M{steps}{'Z' * is_closed}"})

    def dot(self, at: Point, kind: str) -> None:
        """Draw a small ring."""
        place = {"class": kind, "cx": _number(at[0]), "cy": _number(at[1]), "r": "3.5"}
        SubElement(self.root, "circle", place)

    def scale(
        self, values: Iterable[tuple[float, str]], *, left: float, right: float, top: float,
        height: float, highest: float,
    ) -> None:  # fmt: skip
        """Draw a thin line for each value, with its words left of it; 0 lies at the bottom."""
        for value, words in values:
            y = top + height - height * value / highest
            self.line([(left, y), (right, y)], "grid")
            self.text((left - 8, y + 4), words, anchor="end")

    def as_fragment(self) -> str:
        """Return the drawing as part of a page."""
        return tostring(self.root, encoding="unicode")

    def as_file(self, *, style: str, note: str) -> bytes:
        """Return the drawing as a file of its own, with its style inside and a note below it."""
        whole = Element("svg", {
            "xmlns": _NAMESPACE, "viewBox": f"-16 -16 {self.width + 32} {self.height + 56}",
            "width": str(self.width + 32), "height": str(self.height + 56), "class": "chart",
            "role": "img", "aria-labelledby": self.root.get("aria-labelledby", ""),
        })  # fmt: skip
        SubElement(whole, "style").text = style
        SubElement(whole, "rect", {
            "class": "surface", "x": "-16", "y": "-16", "width": "100%", "height": "100%",
        })  # fmt: skip
        whole.extend(self.root)
        SubElement(whole, "text", {"x": "0", "y": str(self.height + 26)}).text = note
        return bytes(tostring(whole, encoding="utf-8", xml_declaration=True))


def round_steps(highest: float, *, most: int = 4) -> list[int]:
    """Return whole values for a scale from above 0 up to at least `highest`: steps of 1, 2 or 5."""
    least = max(highest, 1) / most
    size = 10 ** math.floor(math.log10(least)) if least > 1 else 1
    step = next(each for each in (size, 2 * size, 5 * size, 10 * size) if each >= least)
    return [step * number for number in range(1, math.ceil(max(highest, 1) / step) + 1)]


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
