"""Who opens a page: a person or a program that fetches links ahead of one; which browser it is."""

from __future__ import annotations

import re

from flask import request, session

UA_MAX = 600

# Chat programs and search engines name themselves. A script that does not is noted as a device:
# whoever has the link and hides what they are is just what the desk wants to see.
_FETCHERS = re.compile(
    r"bot\b|bot/|crawl|spider|slurp|preview|externalhit|externalagent|embedly|imageproxy|"
    r"scanner\b|feedfetcher|validator|"
    r"^(?:zalo|viber|whatsapp|telegram|facebook|facebot|skype|slack|line)\b",
    re.IGNORECASE,
)


def is_person() -> bool:
    """Whether a person seems to open the page of this request, not a program fetching ahead."""
    if request.method == "HEAD":
        return False
    headers = request.headers
    ahead = " ".join(
        headers.get(name, "") for name in ("Sec-Purpose", "Purpose", "X-Purpose", "X-Moz")
    ).lower()
    if "prefetch" in ahead or "preview" in ahead:
        return False
    return _FETCHERS.search(headers.get("User-Agent", "")[:UA_MAX]) is None


def is_visitor() -> bool:
    """A person from outside: not a program, and nobody signed in at the desk."""
    return "_user_id" not in session and is_person()


# The more particular first: Zalo's own browser is a Chrome, Chrome says Safari.
_BROWSERS = (
    ("Zalo", r"zalo"),
    ("Facebook", r"FBAN|FBAV|FB_IAB|messenger"),
    ("Cốc Cốc", r"coc_coc_browser"),
    ("Samsung Internet", r"SamsungBrowser"),
    ("Edge", r"Edg(?:e|A|iOS)?/"),
    ("Opera", r"OPR/|Opera|OPiOS|OPT/"),
    ("Firefox", r"Firefox/|FxiOS/"),
    ("Internet Explorer", r"MSIE |Trident/"),
    ("Chrome", r"Chrome/|CriOS/|Chromium/"),
    ("Safari", r"Safari/"),
)
_SYSTEMS = (
    ("Windows", r"Windows"),
    ("Android", r"Android"),
    ("iPhone", r"iPhone|iPod"),
    ("iPad", r"iPad"),
    ("ChromeOS", r"CrOS"),
    ("macOS", r"Macintosh|Mac OS X"),
    ("Linux", r"Linux|X11"),
)


def device_label(user_agent: str) -> str:
    """ "Chrome, Android"; one of the two words, or "" when nothing is known."""
    text = user_agent[:UA_MAX]
    words = [
        next((word for word, sign in table if re.search(sign, text, re.IGNORECASE)), "")
        for table in (_BROWSERS, _SYSTEMS)
    ]
    return ", ".join(word for word in words if word)
