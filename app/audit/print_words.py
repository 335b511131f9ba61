"""Words of the audit log for the layouts of cards and labels, as hall_papers has them."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

PRINT_VALUES: dict[tuple[str, ...], Any] = {
    ("layout", "a7-8"): _l("8 thẻ một tờ, 105 × 74 mm"),
    ("layout", "86x54-10"): _l("10 thẻ một tờ, 86 × 54 mm"),
    ("layout", "90x130-4"): _l("4 thẻ đeo dây một tờ, 90 × 130 mm"),
    ("layout", "a4-folded"): _l("Một biển một tờ, gấp ba nếp"),
    ("layout", "24"): _l("24 nhãn một tờ, 70 × 37 mm"),
    ("layout", "40"): _l("40 nhãn một tờ, 52,5 × 29,7 mm"),
    ("layout", "65"): _l("65 nhãn một tờ, 38,1 × 21,2 mm"),
    ("layout", "seat-8"): _l("8 nhãn một tờ, 105 × 74 mm, cắt theo vạch"),
    ("layout", "seat-24"): _l("24 nhãn dán một tờ, 70 × 37 mm"),
    ("layout", "left-landscape"): _l("Mũi tên sang trái, giấy ngang"),
    ("layout", "right-landscape"): _l("Mũi tên sang phải, giấy ngang"),
    ("layout", "up-landscape"): _l("Mũi tên đi thẳng, giấy ngang"),
    ("layout", "left-portrait"): _l("Mũi tên sang trái, giấy dọc"),
    ("layout", "right-portrait"): _l("Mũi tên sang phải, giấy dọc"),
    ("layout", "up-portrait"): _l("Mũi tên đi thẳng, giấy dọc"),
}
