"""Every email service's words, as its documentation lists them, have one of ours."""

import pytest

from tests.vendors.conftest import Rows

OURS = {
    word: word
    for word in (
        "sent", "delivered", "open", "click", "bounce", "dropped", "deferred",
        "unsubscribe", "complaint",
    )
}  # fmt: skip
WORDS = {
    "sendgrid": {
        "processed": "sent",
        "delivered": "delivered",
        "open": "open",
        "click": "click",
        "bounce": "bounce",
        "dropped": "dropped",
        "deferred": "deferred",
        "spamreport": "complaint",
        "unsubscribe": "unsubscribe",
        "group_unsubscribe": "unsubscribe",
    },
    "klaviyo": {
        "received email": "delivered",
        "opened email": "open",
        "clicked email": "click",
        "bounced email": "bounce",
        "dropped email": "dropped",
        "marked email as spam": "complaint",
        "unsubscribed": "unsubscribe",
        "unsubscribed from email marketing": "unsubscribe",
        "unsubscribed from list": "unsubscribe",
    },
    "mailchimp": {
        "open": "open",
        "click": "click",
        "bounce": "bounce",
        "unsubscribe": "unsubscribe",
        "abuse": "complaint",
    },
    "webhook": OURS,
    "generic": OURS,
}


@pytest.mark.parametrize("source", WORDS)
def test_a_services_words_are_translated(rows: Rows, source: str) -> None:
    found = rows(
        "select vendor_event_name, event_name from reference.email_event_names "
        f"where source = '{source}'"
    )

    assert {row["vendor_event_name"]: row["event_name"] for row in found} == WORDS[
        source
    ]


@pytest.mark.parametrize(
    ("user_agent", "is_machine"),
    [
        pytest.param("Mozilla/5.0", True, id="Apple Mail Privacy Protection"),
        pytest.param(
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like "
            "Gecko) Chrome/42.0.2311.135 Safari/537.36 Edge/12.246 Mozilla/5.0",
            True,
            id="Gmail loads ahead",
        ),
        pytest.param(
            "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com "
            "GoogleImageProxy)",
            False,
            id="Gmail for a person",
        ),
        pytest.param(
            "YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html",
            False,
            id="Yahoo for a person",
        ),
        pytest.param("Barracuda Sentinel (EE)", True, id="scanner"),
        pytest.param("Googlebot/2.1", True, id="robot"),
        pytest.param(
            "Mozilla/5.0 (Linux; Android 12; CUBOT NOTE 20) AppleWebKit/537.36",
            False,
            id="a telephone that is no robot",
        ),
        pytest.param(
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_2 like Mac OS X)", None, id="no rule"
        ),
    ],
)
def test_the_first_rule_tells_a_machine(
    rows: Rows, user_agent: str, is_machine: bool | None
) -> None:
    (found,) = rows(
        "select min_by(is_machine, rule_order) as is_machine from reference.machine_openers "
        f"where lower('{user_agent}') like user_agent_pattern"
    )

    assert found["is_machine"] is is_machine


@pytest.mark.parametrize(
    ("place", "kind"),
    [
        ("/", "home"),
        ("/products/mug", "product"),
        ("/collections/new/products/mug", "product"),
        ("x.example/products/mug", None),
        ("/cart", "cart"),
        ("/cart/c/abc", "cart"),
        ("/checkout/abc", "cart"),
        ("/12345/checkouts/abc/recover", "cart"),
        ("/pages/preferences", "preference"),
        ("u1.ct.sendgrid.net/asm/", "preference"),
        ("u1.ct.sendgrid.net/asm/unsubscribe/", "unsubscribe"),
        ("shop.us5.list-manage.com/profile", "preference"),
        ("shop.us5.list-manage.com/unsubscribe", "unsubscribe"),
        ("/collections/new", None),
    ],
)
def test_the_first_rule_tells_where_a_link_leads(
    rows: Rows, place: str, kind: str | None
) -> None:
    (found,) = rows(
        "select min_by(link_kind, rule_order) as kind from reference.link_kinds "
        f"where '{place}' like place_pattern"
    )

    assert found["kind"] == kind
