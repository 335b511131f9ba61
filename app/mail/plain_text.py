"""The text part of a mail, made from its HTML part, so that both say the same by construction.

Knows the few elements our mails use: paragraphs; rows of facts (``<tr data-text="row">`` with two
cells becomes "Người dự: …"); links, whose address stands beneath their words; rules.
``data-text="skip"`` leaves an element out.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser
from textwrap import fill

WIDTH = 76
_BLOCKS = frozenset({"p", "h1", "h2", "h3", "table", "tr", "div", "li", "hr"})
_VOID = frozenset({"br", "hr", "img", "meta", "link", "input"})
_UNREAD = frozenset({"head", "style", "script"})
_RULE = "-" * 20
_SPACES = re.compile(r"[ \t\r\n\f]+")  # not the no-break space: it holds a phone number together


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.blocks: list[tuple[bool, str]] = []  # (a row of facts?, text)
        self.words = ""
        self.skipping = 0
        self.in_row = False
        self.link: str | None = None
        self.link_start = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if self.skipping or tag in _UNREAD or values.get("data-text") == "skip":
            self.skipping += tag not in _VOID
        elif tag == "br":
            self.words += "\n"
        elif tag == "td" and self.in_row and self.words.strip():
            self.words = self.words.rstrip() + ": "
        elif tag == "a":
            self.link, self.link_start = values.get("href"), len(self.words)
        elif tag in _BLOCKS:
            self.flush()
            self.in_row = values.get("data-text") == "row"
            if tag == "hr":
                self.blocks.append((False, _RULE))

    def handle_endtag(self, tag: str) -> None:
        if self.skipping:
            self.skipping -= 1
        elif tag == "a" and self.link is not None:
            if self.words[self.link_start :].strip() != self.link:
                self.words = f"{self.words.rstrip()}:\n{self.link}"
            self.link = None
        elif tag in _BLOCKS:
            self.flush()
            self.in_row = False

    def handle_data(self, data: str) -> None:
        if not self.skipping:
            self.words += _SPACES.sub(" ", data)

    def flush(self) -> None:
        lines = (_SPACES.sub(" ", line).strip() for line in self.words.split("\n"))
        text = "\n".join(_wrapped(line) for line in lines if line)
        self.words = ""
        if text:
            self.blocks.append((self.in_row, text))


def _wrapped(line: str) -> str:
    return fill(line, WIDTH, break_long_words=False, break_on_hyphens=False)


def text_of(html: str) -> str:
    """Plain text of our own mail HTML: an empty line between blocks, none between rows."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    reader.flush()
    text = ""
    row_before = False
    for is_row, block in reader.blocks:
        text += ("" if not text else "\n" if row_before and is_row else "\n\n") + block
        row_before = is_row
    return text.replace("\xa0", " ") + "\n"
