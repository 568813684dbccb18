"""Links are tagged in one way, and only safe ones leave the house."""

import pytest

from exporters.links import tagged_link, web_address
from exporters.rejects import RowRefusedError

TAGS = "utm_source=nightpost&utm_medium=email&utm_campaign=vip&utm_content=cart"


@pytest.mark.parametrize(
    ("url", "tagged"),
    [
        ("https://a.example", f"https://a.example?{TAGS}"),
        ("http://a.example/x", f"http://a.example/x?{TAGS}"),
        ("HTTPS://A.example/X", f"https://A.example/X?{TAGS}"),
        ("https://a.example/x?b=1&c=2", f"https://a.example/x?b=1&c=2&{TAGS}"),
        (
            "https://a.example/x?b=%20+%C3%BC",
            f"https://a.example/x?b=%20+%C3%BC&{TAGS}",
        ),
        ("https://a.example/x#top", f"https://a.example/x?{TAGS}#top"),
        ("https://a.example/x?b#top", f"https://a.example/x?b&{TAGS}#top"),
        (
            "https://a.example/?utm_campaign=Spring&UTM_SOURCE=x",
            "https://a.example/?utm_campaign=Spring&UTM_SOURCE=x"
            "&utm_medium=email&utm_content=cart",
        ),
        (" https://a.example/a b ", f"https://a.example/a%20b?{TAGS}"),
        ("https://a.example/<x>'\"", f"https://a.example/%3Cx%3E%27%22?{TAGS}"),
        ("https://a.example/ü", f"https://a.example/%C3%BC?{TAGS}"),
        ("mailto:help@shop.example", "mailto:help@shop.example"),
    ],
)
def test_tags_are_added_and_never_overwrite(url: str, tagged: str) -> None:
    assert tagged_link(url, "VIP", "Cart") == tagged


@pytest.mark.parametrize(
    "url", ["mailto:a@b.example%0d%0aBcc:c@d.example", "mailto:a b", "tel:+44", "x", ""]
)
def test_other_addresses_are_refused(url: str) -> None:
    with pytest.raises(RowRefusedError) as caught:
        tagged_link(url, "vip", "cart")
    assert caught.value.reason == "unsafe_link"
    assert url not in str(caught.value) or not url


def test_a_picture_is_not_tagged() -> None:
    url = "https://cdn.example/a.jpg?w=2"
    assert web_address(url) == url
