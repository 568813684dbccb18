"""What differs from event to event in GA4's export: pages, items, order fields."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from seeds.demo.catalogue import CATEGORIES, SHOP, Catalogue
from seeds.demo.orders import Orders
from seeds.demo.texts import digits, join, json_text, money, pick, texts, where
from seeds.demo.web import Sessions
from seeds.demo.web_events import NAMES, WebEvents


def text_param(key: str, value: str) -> str:
    """Return one text parameter as JSON, a comma on both sides."""
    return f',{{"key":"{key}","value":{{"string_value":{json_text(value)}}}}},'


def page_params(goods: Catalogue) -> pa.StringArray:
    """Return location and title of every page, by its number."""
    pages = [("/", "Home"), ("/cart", "Your cart"), ("/checkout", "Checkout")]
    pages += [("/thank-you", "Thank you"), ("/account", "Your account")]
    pages += [(f"/collections/{name.lower()}", name) for name in CATEGORIES]
    pages += [(f"/search?q={name.lower()}", f"Search: {name}") for name in CATEGORIES]
    products = zip(goods.handles, goods.titles, strict=True)
    pages += [(f"/products/{handle}", title) for handle, title in products]
    cells = [
        text_param("page_location", SHOP + path)[1:]
        + text_param("page_title", title)[1:-1]
        for path, title in pages
    ]
    return texts(cells)


def event_contents(
    events: WebEvents, sessions: Sessions, orders: Orders, goods: Catalogue
) -> tuple[pa.Array, pa.Array, pa.Array]:
    """Return each event's own parameters, its e-commerce fields and its items."""
    names = events.name
    order = sessions.order[events.session]
    bought = (names == NAMES.index("purchase")) & (order >= 0)
    at = np.where(bought, order, 0)
    ecommerce = where(bought, pick(_ecommerce(orders), at), "")
    plain = [_item(goods, sku) + ',"quantity":"1"}' for sku in range(len(goods.skus))]
    one = where(events.sku >= 0, pick(plain, np.maximum(events.sku, 0)), "")
    shows = np.isin(names, [NAMES.index("page_view"), NAMES.index("scroll")])
    one = where(shows, "", one)
    listed = [",".join(plain[n * 15 : n * 15 + 3]) for n in range(8)]
    lists = names == NAMES.index("view_item_list")
    one = where(lists, pick(listed, np.where(lists, events.page - 5, 0)), one)
    items = where(bought, pick(_order_items(orders, goods), at), one)
    searches = names == NAMES.index("view_search_results")
    terms = [text_param("search_term", name.lower())[:-1] for name in CATEGORIES]
    extra = where(searches, pick(terms, np.where(searches, events.page - 13, 0)), "")
    return extra, ecommerce, items


def _item(goods: Catalogue, sku: int) -> str:
    item = {
        "item_id": goods.skus[sku],
        "item_name": goods.titles[sku],
        "item_brand": goods.vendors[sku],
        "item_variant": goods.variants[sku] or "(not set)",
        "item_category": list(CATEGORIES)[goods.categories[sku]],
        "price": round(int(goods.prices[sku]) / 100, 2),
    }
    return json_text(item)[:-1]


def _ecommerce(orders: Orders) -> pa.StringArray:
    lines = np.bincount(orders.line_order, minlength=len(orders))
    sums = np.bincount(orders.line_order, orders.line_quantity, len(orders))
    found = join(
        '"total_item_quantity":"',
        digits(sums.astype(np.int64)),
        '","purchase_revenue":',
        money(orders.total),
        ',"unique_items":"',
        digits(lines.astype(np.int64)),
        '","transaction_id":"',
        digits(orders.number),
        '"',
    )
    return found if len(found) else texts([""])


def _order_items(orders: Orders, goods: Catalogue) -> pa.StringArray:
    """Return the items of every order, parted by commas."""
    starts = [_item(goods, sku) for sku in range(len(goods.skus))]
    line = join(
        pick(starts, orders.line_sku),
        ',"quantity":"',
        digits(orders.line_quantity),
        '"}',
    )
    bounds = np.searchsorted(orders.line_order, np.arange(len(orders) + 1))
    grouped = pa.ListArray.from_arrays(pa.array(bounds, pa.int32()), line)
    found = pc.binary_join(grouped, ",")
    return found if len(found) else texts([""])
