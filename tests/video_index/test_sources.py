"""What a folder, a manifest and a shard yield, in which order, and what is refused."""

import hashlib
import io
import json
import os
import tarfile
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.support import media
from video_index.clips import Locator, ViewSpec
from video_index.decode_clip import decode
from video_index.errors import ClipSourceError, UnreadableClipError
from video_index.sources import clip_id_of, read_bytes, scan


def put(folder: Path, name: str, content: bytes | str = b"x") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def found(root: Path, base: Path | None = None) -> list[str]:
    start = base or root
    return [os.path.relpath(item.locator.path, start) for item in scan(root)]


# folders


def test_a_folder_is_read_with_its_subfolders_sorted_by_name(tmp_path):
    for name in ("b.MP4", "a.mp4", "sub/c.webm", "sub/deep/d.jpg", "e.Gif", "notes.txt", "z.pdf"):
        put(tmp_path, name)
    assert found(tmp_path) == ["a.mp4", "b.MP4", "e.Gif", "sub/c.webm", "sub/deep/d.jpg"]


def test_hidden_entries_are_left_out(tmp_path):
    for name in (".a.mp4", "._b.mp4", ".cache/c.mp4", "d.mp4"):
        put(tmp_path, name)
    assert found(tmp_path) == ["d.mp4"]


def test_a_loop_of_links_ends_and_a_folder_reached_twice_is_read_once(tmp_path):
    put(tmp_path, "sub/a.mp4")
    (tmp_path / "sub" / "loop").symlink_to(tmp_path)
    (tmp_path / "again").symlink_to(tmp_path / "sub")
    assert found(tmp_path) == ["again/a.mp4"]


def test_a_link_to_nowhere_is_an_item_that_decoding_refuses(tmp_path):
    (tmp_path / "a.mp4").symlink_to(tmp_path / "gone.mp4")
    (item,) = scan(tmp_path)
    with pytest.raises(UnreadableClipError, match="the file is gone"):
        decode(item.locator, ViewSpec())


def test_sidecars_beside_a_file_are_its_metadata(tmp_path):
    put(tmp_path, "a.mp4")
    put(tmp_path, "a.info.json", json.dumps({"extractor": "TikTok", "upload_date": "20240731", "title": "A cat"}))
    put(tmp_path, "a.json", json.dumps({"title": "less wanted", "values": "Hedonism"}))
    (item,) = scan(tmp_path)
    assert (item.metadata.platform, item.metadata.posted, item.metadata.title) == ("tiktok", "2024-07-31", "A cat")
    assert item.metadata.extra["values"] == "Hedonism"


def test_a_thumbnail_beside_its_video_is_no_clip(tmp_path):
    for name in ("a.mp4", "a.webp", "b.mp4", "b.jpg"):
        put(tmp_path, name)
    put(tmp_path, "a.info.json", "{}")
    assert found(tmp_path) == ["a.mp4", "b.jpg", "b.mp4"]


@pytest.mark.parametrize("content", ["{not json", "[1]", "[" * 100_000])
def test_a_broken_sidecar_leaves_a_note_and_the_clip(tmp_path, content):
    put(tmp_path, "a.mp4")
    put(tmp_path, "a.info.json", content)
    (item,) = scan(tmp_path)
    assert item.metadata.extra == {"sidecar_problem": "a.info.json is not a JSON object"}


def test_one_file_is_a_source_too(tmp_path):
    assert found(put(tmp_path, "a.mp4"), tmp_path) == ["a.mp4"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("nowhere", "there is no folder, manifest or shard at"),
        ("a.doc", "neither a video"),
        ("sub", "no clip found in"),
    ],
)
def test_a_source_without_clips_is_one_clear_line(tmp_path, name, message):
    put(tmp_path, "a.doc")
    (tmp_path / "sub").mkdir()
    with pytest.raises(ClipSourceError, match=message) as caught:
        list(scan(tmp_path / name))
    assert "\n" not in str(caught.value)
    assert str(tmp_path) in str(caught.value)


def test_a_wrong_path_is_refused_before_the_first_item_is_asked_for(tmp_path):
    with pytest.raises(ClipSourceError):
        scan(tmp_path / "nowhere")


# manifests

ROWS = [
    {"file": "v/a.mp4", "platform": "TikTok", "date": "20240731", "schwartz_values": "Hedonism"},
    {"file": "v/gone.mp4", "platform": "YouTube", "date": "2024-08-01", "schwartz_values": "none"},
]


def write_manifest(path: Path, rows: list[dict[str, object]]) -> Path:
    if path.suffix == ".parquet":
        pq.write_table(pa.Table.from_pylist(rows), path)
    elif path.suffix == ".jsonl":
        path.write_text("\n".join(json.dumps(row) for row in rows) + "\n\n")
    else:
        mark = "\t" if path.suffix == ".tsv" else ","
        lines = [mark.join(rows[0]), *(mark.join(str(cell) for cell in row.values()) for row in rows)]
        path.write_text("\n".join(lines), encoding="utf-8-sig")
    return path


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".jsonl", ".parquet"])
def test_every_kind_of_manifest_gives_the_same_items(tmp_path, suffix):
    put(tmp_path, "v/a.mp4")
    first, second = scan(write_manifest(tmp_path / f"clips{suffix}", ROWS))
    assert first.locator == Locator(str(tmp_path / "v/a.mp4"))
    assert (first.metadata.platform, first.metadata.posted) == ("tiktok", "2024-07-31")
    assert first.metadata.extra == {"values": "Hedonism"}
    assert second.metadata.extra == {"values": "none"}
    with pytest.raises(UnreadableClipError, match=r"^the file is gone: .*v/gone.mp4$"):
        decode(second.locator, ViewSpec())


def test_a_semicolon_file_is_a_csv_too(tmp_path):
    manifest = put(tmp_path, "clips.csv", "path;title\na.mp4;one, two\n")
    assert [item.metadata.title for item in scan(manifest)] == ["one, two"]


def test_the_column_whose_files_exist_names_the_files(tmp_path):
    put(tmp_path, "here/a.mp4")
    manifest = put(tmp_path, "clips.csv", "path,file\norigin/of/a.mp4,here/a.mp4\n")
    (item,) = scan(manifest)
    assert item.locator.path == str(tmp_path / "here/a.mp4")
    assert item.metadata.extra == {"path": "origin/of/a.mp4"}


def test_sidecars_fill_in_what_the_manifest_does_not_say(tmp_path):
    put(tmp_path, "a.mp4")
    put(tmp_path, "a.info.json", json.dumps({"extractor": "TikTok", "title": "theirs"}))
    (item,) = scan(put(tmp_path, "clips.csv", "path,title\na.mp4,ours\n"))
    assert (item.metadata.title, item.metadata.platform) == ("ours", "tiktok")


def test_parquet_dates_and_lists_keep_their_meaning(tmp_path):
    rows = [{"path": "a.mp4", "posted": date(2024, 7, 31), "tags": ["cat", "dog"], "likes": 3}]
    (item,) = scan(write_manifest(tmp_path / "clips.parquet", rows))
    assert (item.metadata.posted, item.metadata.tags) == ("2024-07-31", ("cat", "dog"))
    assert item.metadata.extra == {"likes": "3"}


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("m.csv", "path,date\na.mp4,2024-01-01\nb.mp4,soon\n", "m.csv, line 3: column 'date': cannot read the date"),
        ("m.csv", "path,title\na.mp4,x\n,y\n", "m.csv, line 3: the column 'path' is empty"),
        ("m.csv", "path,title\na.mp4,x,y\n", "m.csv, line 2: more cells than the header"),
        ("m.csv", "path\nhttps://x.test/a.mp4\n", "m.csv, line 2: .* is a web address"),
        ("m.csv", "title,date\nx,2024-01-01\n", "m.csv: no column names the files"),
        ("m.csv", "path\n", "m.csv: the manifest has no rows"),
        ("m.csv", b"path,title\na.mp4,caf\xe9\n", "m.csv: not UTF-8"),
        ("m.jsonl", '{"path": "a.mp4"}\n{"path": \n', "m.jsonl, line 2: not JSON"),
        ("m.jsonl", '["a.mp4"]\n', "m.jsonl, line 1: not a JSON object"),
        ("m.parquet", "PAR1 not really", "m.parquet: not readable Parquet"),
    ],
)
def test_a_bad_manifest_is_one_line_with_the_place(tmp_path, name, content, message):
    with pytest.raises(ClipSourceError, match=message) as caught:
        list(scan(put(tmp_path, name, content)))
    assert "\n" not in str(caught.value)


def test_a_bad_row_far_down_comes_after_the_good_ones(tmp_path):
    lines = ["path", *(f"{i}.mp4" for i in range(200)), '""']
    items = scan(put(tmp_path, "m.csv", "\n".join(lines)))
    assert [next(items).locator.path for _ in range(200)][-1].endswith("199.mp4")
    with pytest.raises(ClipSourceError, match="line 202"):
        next(items)


# shards


def write_shard(path: Path, members: dict[str, bytes]) -> Path:
    with tarfile.open(path, "w") as shard:
        for name, content in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            shard.addfile(entry, io.BytesIO(content))
    return path


@pytest.fixture(scope="module")
def video(tmp_path_factory) -> bytes:
    return media.write_video(tmp_path_factory.mktemp("video") / "a.mp4").read_bytes()


def test_a_shard_as_video2dataset_writes_it_is_read_in_place(tmp_path, video):
    content = {"url": "https://x.test/1", "yt_meta_dict": {"info": {"extractor": "youtube", "title": "A cat"}}}
    members = {
        "00000.mp4": video, "00000.json": json.dumps(content).encode(), "00000.txt": b"a caption",
        "00001.txt": b"only words", "00002.txt": b"a title", "00002.MP4": video + b"\0",
    }  # fmt: skip
    shard = write_shard(tmp_path / "00000.tar", members)
    first, second = scan(shard)
    assert first.locator == Locator(str(shard), "00000.mp4")
    assert (first.metadata.platform, first.metadata.title, first.metadata.url) == (
        "youtube",
        "A cat",
        "https://x.test/1",
    )
    assert first.metadata.extra["caption"] == "a caption"
    assert (second.locator.member, second.metadata.title) == ("00002.MP4", "a title")
    assert read_bytes(first.locator) == video
    assert clip_id_of(first.locator) == hashlib.sha256(video).hexdigest()[:32]
    assert list(tmp_path.iterdir()) == [shard]


def test_a_shards_clip_decodes_like_the_file(tmp_path, video):
    shard = write_shard(tmp_path / "s.tar", {"a.mp4": video})
    file = put(tmp_path, "a.mp4", video)
    for check_all, decoder in ((True, "pyav"), (False, "decord")):
        inside = decode(Locator(str(shard), "a.mp4"), ViewSpec(), check_all=check_all)
        outside = decode(Locator(str(file)), ViewSpec(), check_all=check_all)
        assert inside.decoder == outside.decoder == decoder
        for one, other in zip(inside.frames, outside.frames, strict=True):
            assert (one.pixels == other.pixels).all()


def test_shards_in_a_folder_are_read_in_order(tmp_path, video):
    for number in (1, 0):
        write_shard(tmp_path / f"0000{number}.tar", {f"{number}.mp4": video, f"{number}.jpg": b"thumbnail"})
    assert [str(item.locator).rpartition("/")[2] for item in scan(tmp_path)] == ["00000.tar!0.mp4", "00001.tar!1.mp4"]


@pytest.mark.parametrize(
    ("name", "kind", "problem"),
    [
        ("/etc/a.mp4", tarfile.REGTYPE, "its name is absolute"),
        ("..\\a.mp4", tarfile.REGTYPE, "its name is absolute"),
        ("C:/a.mp4", tarfile.REGTYPE, "its name is absolute"),
        ("x/../../a.mp4", tarfile.REGTYPE, "its name leaves the shard"),
        ("a.mp4", tarfile.SYMTYPE, "it is a link"),
        ("a.mp4", tarfile.LNKTYPE, "it is a link"),
        ("a.mp4", tarfile.CHRTYPE, "it is a device"),
        ("a.mp4", tarfile.FIFOTYPE, "it is a device, a pipe"),
    ],
)
def test_a_member_no_honest_writer_makes_is_refused(tmp_path, name, kind, problem):
    path = tmp_path / "hostile.tar"
    with tarfile.open(path, "w", format=tarfile.USTAR_FORMAT) as shard:
        entry = tarfile.TarInfo(name)
        entry.type, entry.linkname = kind, "/etc/passwd" if kind in {tarfile.SYMTYPE, tarfile.LNKTYPE} else ""
        shard.addfile(entry, io.BytesIO(b""))
    with pytest.raises(ClipSourceError, match=problem):
        list(scan(path))


def test_two_members_of_one_name_are_refused(tmp_path):
    path = tmp_path / "twice.tar"
    with tarfile.open(path, "w") as shard:
        for content in (b"one", b"two"):
            entry = tarfile.TarInfo("a.mp4")
            entry.size = 3
            shard.addfile(entry, io.BytesIO(content))
    with pytest.raises(ClipSourceError, match="comes twice"):
        list(scan(path))


@pytest.mark.parametrize("compression", ["gz", "bz2", "xz"])
def test_a_compressed_shard_is_refused_before_it_is_unpacked(tmp_path, compression):
    """A few kB of it could be gigabytes."""
    path = tmp_path / "bomb.tar"
    with tarfile.open(path, f"w:{compression}") as shard:
        entry = tarfile.TarInfo("a.mp4")
        entry.size = 30_000_000
        shard.addfile(entry, io.BytesIO(bytes(entry.size)))
    assert path.stat().st_size < 100_000
    with pytest.raises(ClipSourceError, match="not a readable tar shard"):
        list(scan(path))


def test_a_header_that_declares_more_than_the_file_holds_is_refused(tmp_path):
    path = tmp_path / "huge.tar"
    entry = tarfile.TarInfo("a.mp4")
    entry.size = 1 << 40
    path.write_bytes(entry.tobuf(tarfile.GNU_FORMAT) + bytes(2048))
    with pytest.raises(ClipSourceError, match=r"huge\.tar"):
        list(scan(path))


def test_a_member_above_the_declared_bound_is_refused(tmp_path):
    shard = write_shard(tmp_path / "s.tar", {"a.mp4": bytes(2000)})
    with pytest.raises(ClipSourceError, match="2000 bytes, above 1000"):
        list(scan(shard, max_member_bytes=1000))


def test_a_shard_that_is_cut_off_or_none_is_refused(tmp_path, video):
    whole = write_shard(tmp_path / "whole.tar", {"a.mp4": video, "b.mp4": video})
    with pytest.raises(ClipSourceError, match=r"cut\.tar: (the shard is cut off|not a readable tar shard)"):
        list(scan(media.truncate(tmp_path / "cut.tar", whole, 0.4)))
    with pytest.raises(ClipSourceError, match="not a readable tar shard"):
        list(scan(media.random_bytes(tmp_path / "noise.tar")))


def test_a_shard_rewritten_under_the_same_name_is_read_anew(tmp_path, video):
    path = write_shard(tmp_path / "s.tar", {"a.mp4": video})
    assert read_bytes(Locator(str(path), "a.mp4")) == video
    write_shard(path, {"b.txt": b"first", "a.mp4": b"other"})
    os.utime(path, ns=(1, 1))
    assert read_bytes(Locator(str(path), "a.mp4")) == b"other"
    with pytest.raises(UnreadableClipError, match=r"^the file is gone: .*s\.tar!c\.mp4$"):
        read_bytes(Locator(str(path), "c.mp4"))
    path.write_bytes(b"no tar any more")
    with pytest.raises(UnreadableClipError, match="not a readable tar shard"):
        read_bytes(Locator(str(path), "a.mp4"))


# bytes


def test_a_clip_id_is_the_first_half_of_the_sha256(tmp_path):
    content = os.urandom(3 << 20)
    locator = Locator(str(put(tmp_path, "a.mp4", content)))
    assert clip_id_of(locator) == hashlib.sha256(content).hexdigest()[:32]
    assert read_bytes(locator) == content


def test_a_pipe_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "a.mp4")
    for read in (clip_id_of, read_bytes):
        with pytest.raises(UnreadableClipError, match="not a regular file"):
            read(Locator(str(tmp_path / "a.mp4")))
