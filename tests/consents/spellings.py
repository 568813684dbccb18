"""Ways in which an address is written that a human reads as that address."""

import random
from collections.abc import Callable

ODD: tuple[Callable[[str], str], ...] = (
    lambda a: f"\u200b{a}",
    lambda a: a.replace("@", "@\u200b"),
    lambda a: f"{a}\u200b",
    lambda a: f"\ufeff{a}",
    lambda a: f"{a}\u0085",
    lambda a: f"\u00a0{a}\u00a0",
    lambda a: a.replace("@", "\u2060@"),
    lambda a: f"\u200e{a}\u200f",
    lambda a: a.replace(".example", "\u00ad.example"),
    lambda a: a.replace("@", " @"),
    lambda a: a.replace("@", "@ "),
    lambda a: f"mailto:{a}",
    lambda a: f"MAILTO:{a.upper()}",
    lambda a: f"<{a}>",
    lambda a: f"Ana Smith <{a}>",
    lambda a: f'"Smith, Ana" <{a}>',
    lambda a: f'"{a}"',
    lambda a: f"'{a}",
    lambda a: f"'{a}'",
    lambda a: a.replace("@", "\uff20"),
    lambda a: a.replace(".example.com", "\uff0eexample\uff0ecom"),
    lambda a: a.replace(".example.com", "\u3002example\u3002com"),
    lambda a: f"{a}.",
    lambda a: f"{a};",
    lambda a: f"{a},",
    lambda a: f"\u2028{a}",
    lambda a: f"\t{a}\t",
    lambda a: a.upper(),
)
BETWEEN = (";", "; ", ", ", ",", " / ", "/", "|", " ", "\n", " and ", " & ")


def oddly(chance: random.Random, address: str) -> str:
    """Return ``address`` in one of the odd spellings."""
    return chance.choice(ODD)(address)


def both(chance: random.Random, one: str, other: str) -> str:
    """Return two addresses as they stand in one cell."""
    between = chance.choice(BETWEEN)
    ways = (
        f"{one}{between}{other}",
        f"Ana <{one}>{between}Ben <{other}>",
        f"{one}{between}{oddly(chance, other)}",
    )
    return chance.choice(ways)


def tagged(chance: random.Random, address: str) -> str:
    """Return the same mailbox with a tag."""
    name, _, domain = address.partition("@")
    return f"{name}+{chance.choice(('shop', 'news', 'x.y', '1'))}@{domain}"
