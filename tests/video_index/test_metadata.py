"""Dates, tags and names as manifests and sidecars spell them."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from video_index.metadata import Metadata, from_row, from_sidecar, parse_date, parse_tags


@pytest.mark.parametrize(
    "spelling",
    [
        "2024-07-31", "20240731", "2024/07/31", "2024.07.31", "2024-07-31T23:10:00Z", "2024-07-31 08:00:00",
        "2024-07-31T23:59:59.123+00:00", "31 July 2024", "Jul 31, 2024", "31.07.2024", 1722420000, "1722420000",
        1722420000.5, 1722420000000, "20240731.0", date(2024, 7, 31), datetime(2024, 7, 31, 9, tzinfo=UTC),
        "Wed Jul 31 12:00:00 +0000 2024", "Wed, 31 Jul 2024 12:00:00 +0000",
    ],
)  # fmt: skip
def test_a_date_is_read_in_its_usual_spellings(spelling):
    assert parse_date(spelling) == "2024-07-31"


def test_a_time_of_day_counts_in_utc():
    assert parse_date("2024-08-01T01:00:00+02:00") == "2024-07-31"
    assert parse_date(datetime(2024, 8, 1, 1, tzinfo=timezone(timedelta(hours=2)))) == "2024-07-31"


@pytest.mark.parametrize("spelling", ["03/04/2024", "yesterday", "2024-13-01", "12", "2024-02-30"])
def test_a_date_that_could_be_misread_is_refused(spelling):
    with pytest.raises(ValueError, match="write YYYY-MM-DD"):
        parse_date(spelling)


@given(st.dates(date(1990, 1, 1), date(2099, 12, 31)))
def test_every_day_survives_its_iso_and_its_compact_spelling(day):
    assert parse_date(day.isoformat()) == parse_date(day.strftime("%Y%m%d")) == day.isoformat()


@pytest.mark.parametrize(
    ("value", "tags"),
    [
        ("cat; dog", ("cat", "dog")), ("cat, dog,cat", ("cat", "dog")), ("#cat #dog", ("cat", "dog")),
        (["cat", None, "#dog"], ("cat", "dog")), ('["cat", "dog"]', ("cat", "dog")),
        ("big cat;small dog", ("big cat", "small dog")), ("['cat', 'dog']", ("cat", "dog")), ("", ()),
    ],
)  # fmt: skip
def test_tags_are_read_from_lists_and_text(value, tags):
    assert parse_tags(value) == tags


def test_a_row_fills_the_known_names_and_keeps_the_rest_as_text():
    row = {
        "Platform": "TikTok", "date": "20240731", "title": "A cat", "tags": "cat;fun", "url": "https://x.test/1",
        "author": "ann", "schwartz_values": "Hedonism; Stimulation", "likes": 12, "empty": "", "gone": None,
    }  # fmt: skip
    assert from_row(row) == Metadata(
        platform="tiktok", posted="2024-07-31", title="A cat", tags=("cat", "fun"), url="https://x.test/1",
        creator="ann", extra={"likes": "12", "values": "Hedonism; Stimulation"},
    )  # fmt: skip


def test_values_none_stays_as_it_came():
    assert from_row({"values": "none"}).extra == {"values": "none"}


def test_a_row_with_a_bad_date_says_which_column():
    with pytest.raises(ValueError, match="column 'date': cannot read the date 'soon'"):
        from_row({"date": "soon"})


def test_a_yt_dlp_sidecar_is_understood():
    info = {
        "extractor": "tiktok:user", "extractor_key": "TikTok", "upload_date": "20240731", "title": "A cat",
        "tags": ["cat"], "webpage_url": "https://x.test/1", "uploader": "ann", "channel": "Ann's", "view_count": 7,
        "formats": [{"url": "secret"}], "values": "Hedonism",
    }  # fmt: skip
    found = from_sidecar(info)
    assert (found.platform, found.posted, found.creator, found.tags) == ("tiktok", "2024-07-31", "ann", ("cat",))
    assert found.extra == {"view_count": "7", "values": "Hedonism"}


def test_a_channel_is_the_creator_where_no_uploader_is_named():
    assert from_sidecar({"extractor": "youtube", "channel": "Ann's"}).creator == "Ann's"


def test_a_video2dataset_sidecar_holds_yt_dlps():
    content = {
        "key": "00001", "url": "https://x.test/1", "caption": "c",
        "yt_meta_dict": {"info": {"extractor": "youtube", "title": "A cat", "upload_date": "20240731"}},
    }  # fmt: skip
    found = from_sidecar(content)
    assert (found.platform, found.title, found.posted, found.url) == (
        "youtube",
        "A cat",
        "2024-07-31",
        "https://x.test/1",
    )
    assert found.extra == {"key": "00001", "caption": "c"}


def test_a_sidecars_unreadable_date_is_kept_and_stops_nothing():
    found = from_sidecar({"date": "soon", "title": "A cat"})
    assert (found.posted, found.title, found.extra) == (None, "A cat", {"posted": "soon"})


def test_what_a_manifest_says_wins_over_a_sidecar():
    manifest = Metadata(title="ours", extra={"a": "1"})
    merged = manifest.filled_from(Metadata(platform="tiktok", title="theirs", extra={"a": "2", "b": "3"}))
    assert merged == Metadata(platform="tiktok", title="ours", extra={"a": "1", "b": "3"})
