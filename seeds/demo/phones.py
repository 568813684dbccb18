"""Phone numbers that no person has, and the ways in which people type them.

Only numbers that Ofcom reserves for drama are used, and there are 15,000 of them, so
in large demos fewer people have a phone, never two strangers the same one.
"""

import numpy as np

RESERVED = (
    "7700900",
    "1134960",
    "1144960",
    "1154960",
    "1164960",
    "1174960",
    "1184960",
    "1214960",
    "1314960",
    "1414960",
    "1514960",
    "1614960",
    "2079460",
    "1914980",
    "2920180",
)
SHARE = 0.45


def phone_numbers(
    base: int, size: int, total: int, rng: np.random.Generator
) -> list[str]:
    """Return an E.164 number for some of ``size`` people, '' for the others."""
    supply = len(RESERVED) * 1_000
    share = min(SHARE, 0.9 * supply / total)
    first, last = base * supply // total, (base + size) * supply // total
    has = np.flatnonzero(rng.random(size) < share)[: last - first]
    numbers = rng.permutation(np.arange(first, last))[: len(has)]
    found = [""] * size
    for person, number in zip(has, numbers, strict=True):
        found[person] = f"+44{RESERVED[number // 1_000]}{number % 1_000:03d}"
    return found


def as_typed(phone: str, style: int) -> str:
    """Return an E.164 number as one of six hands would type it."""
    if not phone:
        return ""
    local = phone[3:]
    return (
        phone,
        f"0{local[:4]} {local[4:]}",
        f"+44 {local[:4]} {local[4:]}",
        f"0044{local}",
        f"(0{local[:4]}) {local[4:7]}-{local[7:]}",
        f"0{local}",
    )[style % 6]
