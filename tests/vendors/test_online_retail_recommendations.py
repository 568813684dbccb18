"""On real purchases, split in time, beside the models of implicit."""

import pyarrow.parquet as pq
import pytest

from orchestration.predictions.recommenders.backtest import evaluate_recommendations
from tests.vendors.real_data import real_file

COLUMNS = {
    "Customer ID": "customer",
    "Invoice": "order_id",
    "InvoiceDate": "ordered_at",
    "StockCode": "product",
    "Description": "name",
    "Quantity": "quantity",
    "Price": "price",
}


@pytest.mark.parametrize("year", ["2010-2011"])
def test_ours_beat_popularity_and_the_best_of_implicit(year: str) -> None:
    file = real_file(f"purchases/online_retail_ii_year_{year}.parquet")
    orders = pq.read_table(file, columns=list(COLUMNS))
    orders = orders.rename_columns(list(COLUMNS.values()))

    found = evaluate_recommendations(orders, beside_implicit=True)["recommenders"]

    theirs = [name for name in found if name.startswith("implicit_")]
    assert len(theirs) == 4
    for kind in ("all", "new"):
        ndcg = {name: judged[kind]["ndcg_at_10"] for name, judged in found.items()}
        best_of_implicit = max(ndcg[name] for name in theirs)
        assert ndcg["collaborative"] >= 1.2 * best_of_implicit, ndcg
        assert ndcg["collaborative"] >= 3 * ndcg["most_popular"], ndcg
        assert ndcg["content_similarity"] >= 1.3 * ndcg["most_popular"], ndcg
        if kind == "all":
            assert ndcg["collaborative"] >= 1.15 * ndcg["bought_most"], ndcg
