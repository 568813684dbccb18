"""The shop's catalogue, and its daily Shopify product export.

The columns are those of a Shopify product export with one stock location, as in the
vendor's help page "Using CSV files to import and export products" and in the headers of
three public importers and exporters on GitHub; columns that a shop adds by metafields,
markets or unit prices are left out.
"""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from seeds.demo.drops import DropWriter
from seeds.demo.texts import Ints, csv_cell, texts

PRODUCT_HEADER = (
    "Handle,Title,Body (HTML),Vendor,Product Category,Type,Tags,Published,"
    "Option1 Name,Option1 Value,Option1 Linked To,"
    "Option2 Name,Option2 Value,Option2 Linked To,"
    "Option3 Name,Option3 Value,Option3 Linked To,"
    "Variant SKU,Variant Grams,Variant Inventory Tracker,Variant Inventory Qty,"
    "Variant Inventory Policy,Variant Fulfillment Service,Variant Price,"
    "Variant Compare At Price,Variant Requires Shipping,Variant Taxable,"
    "Variant Barcode,Image Src,Image Position,Image Alt Text,Gift Card,"
    "SEO Title,SEO Description,Google Shopping / Google Product Category,"
    "Google Shopping / Gender,Google Shopping / Age Group,Google Shopping / MPN,"
    "Google Shopping / Condition,Google Shopping / Custom Product,"
    "Google Shopping / Custom Label 0,Google Shopping / Custom Label 1,"
    "Google Shopping / Custom Label 2,Google Shopping / Custom Label 3,"
    "Google Shopping / Custom Label 4,Variant Image,Variant Weight Unit,"
    "Variant Tax Code,Cost per item,Status"
)
CATEGORIES = {
    "Outdoor": "Trail Tent|Camp Stove|Head Torch|Day Pack|Rain Cape|Dry Bag|Trek Poles",
    "Kitchen": "Salt & Pepper <Set>|Crème Brûlée Bowl|Stock Pot|Bread Knife|Tea Towel|"
    "Cast Pan|Measuring Jug",
    "Electronics": '5" Tablet Stand|USB-C Hub|Desk Lamp|Radio|Earbuds|Power Bank|'
    "Smart Plug",
    "Fashion": "Wool Jumper|Linen Shirt|Rain Coat|Canvas Belt|Silk Scarf|Felt Hat|"
    "Ankle Boots",
    "Garden": "Hand Trowel|Seed Box|Watering Can|Bird Feeder|Plant Pot|Hedge Shears|"
    "Hose Reel",
    "Toys": 'Kid\'s "Star" Lamp|Wooden Train|Kite|Puzzle, 500 pieces|Paint Set|'
    "Yo-yo|Rag Doll",
    "Books": "Bread & Butter|The Night Post|Maps of <Nowhere>|Field Guide|{{ Poems }}|"
    "Old Ships|Short Walks",
    "Beauty": "Hand Cream|Lip Balm|Bath Salts|Soap Bar|Hair Oil|Rose Water|Clay Mask",
}
PER_CATEGORY = 15
VENDORS = ("Northfold", "Marlow & Sons", "Ærø Works", "Plain Goods")
SHOP = "https://shop.example.com"
FIRST_PRICE = (1800, 1200, 2400, 2600, 900, 1500, 800, 600)


@dataclass(frozen=True)
class Catalogue:
    """Every variant for sale: 8 categories of 15, one position a SKU."""

    skus: list[str]
    titles: list[str]
    variants: list[str]
    handles: list[str]
    vendors: list[str]
    categories: Ints
    prices: Ints

    @property
    def line_names(self) -> list[str]:
        """The names that order lines show: title, and variant where there is one."""
        pairs = zip(self.titles, self.variants, strict=True)
        return [f"{title} - {size}" if size else title for title, size in pairs]

    @property
    def links(self) -> list[str]:
        """The product pages."""
        return [f"{SHOP}/products/{handle}" for handle in self.handles]


def make_catalogue(rng: np.random.Generator) -> Catalogue:
    """Return the catalogue of the demo."""
    rows = [row for group in enumerate(CATEGORIES.items()) for row in _category(*group)]
    skus, titles, variants, categories, steps = zip(*rows, strict=True)
    handles = [_handle(title) for title in titles]
    base = np.array(FIRST_PRICE)[list(categories)]
    prices = base * (4 + np.array(steps)) // 4 + rng.integers(0, 20, len(rows)) * 50
    vendors = [VENDORS[len(title) % len(VENDORS)] for title in titles]
    return Catalogue(
        list(skus),
        list(titles),
        list(variants),
        handles,
        vendors,
        np.array(categories, np.int64),
        (prices // 100 * 100 + 95).astype(np.int64),
    )


def write_catalogue(
    drops: DropWriter, catalogue: Catalogue, days: int, rng: np.random.Generator
) -> None:
    """Write the full product export of every day: stock, drafts and archived goods."""
    count = len(catalogue.skus)
    stock = rng.integers(5, 120, count)
    whole = np.flatnonzero(np.arange(count) % PER_CATEGORY < PER_CATEGORY - 2)
    pulled = rng.choice(whole, 3, replace=False).tolist()
    leaving = dict(zip(pulled, ("draft", "archived", "archived"), strict=True))
    leaving_days = rng.integers(days // 3, days - 3, len(leaving))
    rows = {
        (index, state): _row(catalogue, index, state)
        for index in range(count)
        for state in ("active", "draft", "archived")
    }
    drops.start("shopify/products", PRODUCT_HEADER)
    for day in range(days):
        stock = np.maximum(stock - rng.integers(0, 4, count), 0)
        stock = np.where((stock == 0) & (rng.random(count) < 0.2), 60, stock)
        gone = zip(leaving.items(), leaving_days, strict=True)
        states = {sku: state for (sku, state), since in gone if day >= since}
        lines = _snapshot(rows, stock, states)
        drops.append("shopify/products", np.full(count, day), lines)


def _category(
    number: int, group: tuple[str, str]
) -> list[tuple[str, str, str, int, int]]:
    name, titles = group
    plain = titles.split("|")
    rows = [(title, "") for title in plain]
    rows += [(f"{title} Deluxe", "") for title in plain[:6]]
    rows += [(f"{plain[6]} Deluxe", size) for size in ("Small", "Large")]
    code = name[:3].upper()
    return [
        (f"{code}-{place + 1:03d}", title, size, number, place)
        for place, (title, size) in enumerate(rows)
    ]


def _handle(title: str) -> str:
    plain = "".join(c if c.isascii() and c.isalnum() else "-" for c in title.lower())
    return "-".join(part for part in plain.split("-") if part)


def _snapshot(
    rows: dict[tuple[int, str], tuple[str, str]], stock: Ints, states: dict[int, str]
) -> pa.StringArray:
    """Return the export of one day; only stock and states differ from day to day."""
    lines = []
    for index, pieces in enumerate(stock.tolist()):
        before, after = rows[index, states.get(index, "active")]
        lines.append(f"{before}{pieces}{after}")
    return texts(lines)


def _row(catalogue: Catalogue, index: int, state: str) -> tuple[str, str]:
    """Return a variant's row before and after its stock.

    The second variant of a product leaves the product's own cells empty.
    """
    title, price = catalogue.titles[index], int(catalogue.prices[index])
    handle, size = catalogue.handles[index], catalogue.variants[index]
    kind = list(CATEGORIES)[catalogue.categories[index]]
    image = f"https://cdn.example.com/{handle}.jpg"
    body = f"<p>{title.replace('&', '&amp;').replace('<', '&lt;')}</p>"
    shown = "true" if state == "active" else "false"
    head = [title, body, catalogue.vendors[index], "", kind, kind, shown]
    head.append("Size" if size else "Title")
    picture, status = [image, "1", title, "false"], state
    if size == "Large":
        head, picture, status = [""] * 8, [""] * 4, ""
    before = [handle, *head, size or "Default Title", *[""] * 7]
    before += [catalogue.skus[index], str(200 + 30 * (index % 15)), "shopify", ""]
    was = f"{price * 5 // 4 / 100:.2f}" if index % 11 == 0 else ""
    after = ["", "deny", "manual", f"{price / 100:.2f}", was, "true", "true"]
    after += [f"50000{index:08d}", *picture, *[""] * 14, "g", ""]
    after += [f"{price * 45 // 100 / 100:.2f}", status]
    return ",".join(map(csv_cell, before)), ",".join(map(csv_cell, after)) + "\n"
