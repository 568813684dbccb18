"""Web events in the layout of Google Analytics 4's BigQuery export, as JSON lines.

Whole numbers are text there, as BigQuery writes them; prices are numbers.
"""

import numpy as np
import pyarrow as pa

from seeds.demo import words
from seeds.demo.block import Block
from seeds.demo.catalogue import Catalogue
from seeds.demo.clock import BUSINESS_ZONE, DAY, date_texts, offsets
from seeds.demo.drops import DropWriter
from seeds.demo.ga4_contents import event_contents, page_params, text_param
from seeds.demo.people import People, city_of
from seeds.demo.texts import Ints, digits, join, json_text, pick, where
from seeds.demo.web import Sessions
from seeds.demo.web_events import NAMES

BROWSERS = (
    ("desktop", "Windows", "10", "Chrome", "132.0"),
    ("desktop", "Macintosh", "15.2", "Safari", "18.2"),
    ("desktop", "Windows", "11", "Edge", "131.0"),
    ("desktop", "Linux", "(not set)", "Firefox", "134.0"),
    ("mobile", "iOS", "18.2", "Safari", "18.2"),
    ("mobile", "Android", "15", "Chrome", "132.0"),
    ("mobile", "Android", "14", "Samsung Internet", "27.0"),
)
BOTS = ("HeadlessChrome", "AhrefsBot", "Googlebot", "bingbot")
TRAFFIC = (
    ("(none)", "(direct)", "(direct)", ""),
    ("organic", "(organic)", "google", "https://www.google.com/"),
    ("email", "newsletter", "newsletter", ""),
    ("cpc", "spring", "google", "https://www.google.com/"),
)
FIRST_BOT = 10
"""Devices from this number on belong to nobody."""


def write_events(drops: DropWriter, block: Block, goods: Catalogue) -> None:
    """Append every event as one line to its drop."""
    events, sessions, people = block.web_events, block.sessions, block.people
    session = events.session
    seconds = events.at_micros // 1_000_000
    business = (seconds + offsets(BUSINESS_ZONE, seconds)) // DAY
    extra, ecommerce, items = event_contents(events, sessions, block.orders, goods)
    names = [f'","event_name":"{name}","event_params":[' for name in NAMES]
    before, after = _session_parts(sessions, people)
    users = join('","user_id":"', digits(people.customer_ids))
    person = np.maximum(sessions.person[session], 0)
    known = events.has_user & (sessions.person[session] >= 0)
    known &= people.has_account[person]
    lines = join(
        '{"event_date":"',
        date_texts(business, "{2}{1}{0}"),
        '","event_timestamp":"',
        digits(events.at_micros),
        pick(names, events.name),
        pick(page_params(goods), events.page),
        pick(before, session),
        digits(events.bundle % 30_000),
        '"}}',
        extra,
        '],"event_bundle_sequence_id":"',
        digits(events.bundle),
        where(known, pick(users, person), ""),
        pick(after, session),
        ecommerce,
        '},"items":[',
        items,
        "]}\n",
    )
    drops.append("ga4/events", events.drop, lines)


def device_ids(sessions: Sessions, people: People) -> pa.StringArray:
    """Return the ``user_pseudo_id`` of each session."""
    _, index, first = _devices(sessions, people)
    number = 100_000_000 + (people.base + sessions.person) * 16 + sessions.device
    bots = 900_000_000 + people.base + sessions.device
    number = np.where(sessions.device < FIRST_BOT, number, bots)
    return join(digits(number), ".", digits(first[index]))


def _devices(sessions: Sessions, people: People) -> tuple[Ints, Ints, Ints]:
    """Return device keys, each session's place among them, and first visits."""
    owner = np.where(sessions.device < FIRST_BOT, sessions.person, len(people))
    keys, index = np.unique(owner * 4_096 + sessions.device, return_inverse=True)
    first = np.full(len(keys), 1 << 40)
    np.minimum.at(first, index, sessions.started_at)
    return keys, index, first


def _session_parts(
    sessions: Sessions, people: People
) -> tuple[pa.StringArray, pa.StringArray]:
    """Return what all events of a session share, before and after their own fields."""
    keys, index, first = _devices(sessions, people)
    order = np.lexsort((sessions.started_at, index))
    starts = np.searchsorted(index[order], np.arange(len(keys)))
    number = np.empty(len(sessions), np.int64)
    number[order] = np.arange(len(sessions)) - starts[index[order]] + 1
    source = keys % 97 % len(TRAFFIC)
    before = join(
        pick([text_param("page_referrer", row[3]) for row in TRAFFIC], source[index]),
        '{"key":"ga_session_id","value":{"int_value":"',
        digits(sessions.started_at),
        '"}},{"key":"ga_session_number","value":{"int_value":"',
        digits(number),
        '"}},{"key":"engagement_time_msec","value":{"int_value":"',
    )
    after = join(
        '","user_pseudo_id":"',
        device_ids(sessions, people),
        '","privacy_info":{"uses_transient_token":"No"},"user_properties":[]',
        ',"user_first_touch_timestamp":"',
        digits(first[index] * 1_000_000),
        '","device":{',
        _device_texts(sessions, people),
        _geo_texts(sessions, people),
        pick([_traffic(row) for row in TRAFFIC], source[index]),
        ',"stream_id":"2100450278","platform":"WEB","ecommerce":{',
    )
    return before, after


def _device_texts(sessions: Sessions, people: People) -> pa.StringArray:
    languages = [place.language for place in words.COUNTRIES]
    blobs = [_device(browser, tongue) for tongue in languages for browser in BROWSERS]
    blobs += [
        _device(("desktop", "Linux", "(not set)", bot, "1.0"), "en-us") for bot in BOTS
    ]
    person = np.maximum(sessions.person, 0)
    own = np.where(sessions.device == 1, 4 + person % 3, person % 4)
    human = people.country[person] * len(BROWSERS) + own
    declared = (sessions.burst > 0) & (sessions.device % 2 == 0)
    declared &= sessions.device >= FIRST_BOT
    crawler = len(languages) * len(BROWSERS) + sessions.device % len(BOTS)
    silent = np.where(sessions.device >= FIRST_BOT, 0, human)
    return pick(blobs, np.where(declared, crawler, silent))


def _geo_texts(sessions: Sessions, people: People) -> pa.StringArray:
    homes = [_geo(people, index) for index in range(len(people))]
    homes.append(_place("Americas", "Northern America", "United States", "New York"))
    homes.append(_place("(not set)", "(not set)", "(not set)", "(not set)"))
    place = np.where(sessions.away, len(people), sessions.person)
    return pick(homes, np.where(place < 0, len(people) + 1, place))


def _geo(people: People, index: int) -> str:
    city = city_of(people, index)[0]
    country = words.COUNTRIES[people.country[index]]
    if country.code == "US":
        return _place("Americas", "Northern America", country.name, city)
    return _place("Europe", "Northern Europe", country.name, city)


def _place(continent: str, part: str, country: str, city: str) -> str:
    geo = {"continent": continent, "sub_continent": part, "country": country}
    geo |= {"region": "(not set)", "city": city, "metro": "(not set)"}
    return f',"geo":{json_text(geo)}'


def _device(browser: tuple[str, str, str, str, str], language: str) -> str:
    category, system, version, name, number = browser
    device = {
        "category": category,
        "mobile_brand_name": "Apple" if system == "iOS" else "(not set)",
        "operating_system": system,
        "operating_system_version": version,
        "language": language,
        "is_limited_ad_tracking": "No",
        "web_info": {"browser": name, "browser_version": number},
    }
    return json_text(device)[1:]


def _traffic(row: tuple[str, str, str, str]) -> str:
    source = {"medium": row[0], "name": row[1], "source": row[2]}
    return f',"traffic_source":{json_text(source)}'
