"""Products as vectors of words: what the catalogue says of them.

A product's text is its name, words in pairs too, its category, brand and tags, each as a
word of its own kind, and the band of its price. Rare words say more (TF-IDF).
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

import numpy as np
import pyarrow as pa
import scipy.sparse as sp

from orchestration.predictions.recommenders.ranker import Similarity

WORDS = re.compile(r"[^\W_]+")
# A band is so many times as dear as the one below.
PRICE_STEP = 2.0
ATTRIBUTES = ("category", "brand", "tags")


def similarity_of(
    products: Sequence[str], catalogue: Mapping[str, Mapping[str, object]]
) -> Similarity | None:
    """Return the vectors of ``products``; None where the catalogue has no word on any.

    ``catalogue`` maps a product to its name, category, brand, tags and price, as far as
    known.
    """
    texts = [list(terms(catalogue.get(product, {}))) for product in products]
    if not any(texts):
        return None
    return Similarity(vectors_of(texts))


def vectors_of(texts: Sequence[Sequence[str]]) -> sp.csr_array:
    """Return texts x words: 1 + ln(how often), times how rare, each text of length 1.

    How rare is ln((1 + texts) / (1 + texts with the word)) + 1: Salton and Buckley (1988),
    smoothed as scikit-learn does it. By hand, because loading that library every night
    costs more than the vectors.
    """
    words = sorted({word for text in texts for word in text})
    place = {word: number for number, word in enumerate(words)}
    rows = np.repeat(np.arange(len(texts)), [len(text) for text in texts])
    columns = np.array([place[word] for text in texts for word in text], dtype=np.int64)
    cells = np.ones(len(columns))
    found = sp.csr_array((cells, (rows, columns)), shape=(len(texts), len(words)))
    found.sum_duplicates()
    texts_with = np.bincount(found.indices, minlength=len(words))
    rarity = np.log((1 + len(texts)) / (1 + texts_with)) + 1
    found.data = (1 + np.log(found.data)) * rarity[found.indices]
    length = np.sqrt((found * found).sum(axis=1))
    found.data /= np.repeat(length, np.diff(found.indptr))
    return found


def terms(product: Mapping[str, object]) -> Iterable[str]:
    """Yield the words of a product, each with the kind of thing that it says."""
    name = [word.lower() for word in WORDS.findall(str(product.get("name") or ""))]
    yield from name
    yield from (f"{one} {other}" for one, other in pairwise(name))
    for attribute in ATTRIBUTES:
        for part in str(product.get(attribute) or "").split(","):
            if part.strip():
                yield f"{attribute}:{part.strip().lower()}"
    price = product.get("price")
    if price is not None and float(str(price)) > 0:
        yield f"price:{int(np.floor(np.log(float(str(price))) / np.log(PRICE_STEP)))}"


def catalogue_of(orders: pa.Table) -> dict[str, dict[str, object]]:
    """Return what a table of orders says of each product: its commonest text, its price.

    Looks at the columns name, category, brand, tags and price, where they are. Of texts
    that are equally common the alphabetically first counts, of prices the median.
    """
    frame = orders.to_pandas()
    frame = frame[frame["product"].notna()]
    found: dict[str, dict[str, object]] = {}
    for column in ("name", *ATTRIBUTES):
        if column not in frame:
            continue
        counted = (
            frame[["product", column]].dropna().astype(str).value_counts().reset_index()
        )
        counted = counted.sort_values(
            ["product", "count", column], ascending=[True, False, True]
        ).drop_duplicates("product")
        for product, text in zip(counted["product"], counted[column], strict=True):
            found.setdefault(product, {})[column] = text
    if "price" in frame and found:
        prices = frame[frame["price"] > 0].groupby(frame["product"].astype(str))
        for product, price in prices["price"].median().items():
            found.setdefault(str(product), {})["price"] = float(price)
    return found
