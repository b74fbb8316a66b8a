"""Open the clip index that one URL names: a folder, a Qdrant server, or memory.

A folder holds the embedded engine (`qdrant-edge-py`; where no wheel of it exists, the client's local mode),
`http(s)://host:port[/collection]` is a server or cluster, `:memory:` lives and dies with the object. All
answer alike, to the order of ties. A folder is one process's at a time, for reading too: open it, copy what
is needed, close it. A server takes any number of readers and writers.
"""

import importlib.util
import json
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

from video_index.clip_index import ClipIndex
from video_index.errors import IndexNotFoundError, IndexStorageError, NotAnIndexError
from video_index.filters import ClipFilter
from video_index.folder_lock import FolderLock
from video_index.indexed import Hit, IndexedClip, IndexMeta, Quarantined
from video_index.ledger import SqliteLedger
from video_index.points import Points

if TYPE_CHECKING:
    from qdrant_client import QdrantClient

__all__ = ["ClipFilter", "ClipIndex", "Hit", "IndexMeta", "IndexedClip", "Quarantined", "open_index", "server_client"]

MEMORY = ":memory:"
DEFAULT_COLLECTION = "clips"
_DESCRIPTION = "index.json"
_OWN_FILES = {_DESCRIPTION, "index.json.new", "lock", "holder.json", "points", "files.sqlite"}


def open_index(
    url: str | Path,
    write: bool = False,
    *,
    meta: IndexMeta | None = None,
    wait_s: float = 10.0,
) -> ClipIndex:
    """Open the clip index at `url`; with `write` and a `meta`, make it where there is none.

    `meta`, where given, has to describe the index that is there. `wait_s` bounds the wait for another
    process that holds a folder. The API key of a server comes from QDRANT_API_KEY alone.

    Raises IndexNotFoundError (nothing there), NotAnIndexError (something else is), IndexMismatchError (another
    embedder or view, a newer format), IndexBusyError (naming the holder), IndexStorageError (a full disk, a
    silent server).
    """
    text = str(url)
    if text == MEMORY:
        return _open_memory(meta)
    if text.startswith(("http://", "https://")):
        return _open_server(text, write=write, meta=meta)
    if "://" in text:
        raise NotAnIndexError(f"{text} is no index: give a folder, http(s)://host:port or {MEMORY}")
    return _open_folder(Path(text).expanduser(), write=write, meta=meta, wait_s=wait_s)


def edge_available() -> bool:
    """Whether the embedded engine is installed here."""
    return importlib.util.find_spec("qdrant_edge") is not None


def _open_memory(meta: IndexMeta | None) -> ClipIndex:
    if meta is None:
        raise IndexNotFoundError(f"an index in {MEMORY} is always new: index clips into it first")
    from qdrant_client import QdrantClient

    from video_index.ledger_collection import CollectionLedger
    from video_index.store_client import ClientPoints

    client = QdrantClient(MEMORY)
    points = ClientPoints(client, DEFAULT_COLLECTION, meta.dimension, place=MEMORY, create=True, local=True)
    ledger = CollectionLedger(client, f"{DEFAULT_COLLECTION}__files", place=MEMORY, create=True)
    return ClipIndex(MEMORY, meta, points, ledger)


def server_client(url: str) -> "tuple[QdrantClient, str]":
    """A client of the server at http(s)://host:port[/collection], and the collection's name; nothing is asked yet.

    The API key comes from QDRANT_API_KEY alone. Raises NotAnIndexError for an address that is none.
    """
    from qdrant_client import QdrantClient

    parts = urlsplit(url)
    collection = _collection(parts, url)
    port = parts.port or (443 if parts.scheme == "https" else 6333)
    client = QdrantClient(
        url=f"{parts.scheme}://{parts.hostname}:{port}",
        api_key=os.environ.get("QDRANT_API_KEY") or None,
        timeout=60,
        check_compatibility=False,
    )
    return client, collection


def _open_server(url: str, *, write: bool, meta: IndexMeta | None) -> ClipIndex:
    from video_index.client_errors import spoken
    from video_index.ledger_collection import CollectionLedger
    from video_index.store_client import ClientPoints

    client, collection = server_client(url)
    with spoken(url):
        exists = client.collection_exists(f"{collection}__files")
    ledger = CollectionLedger(client, f"{collection}__files", place=url, create=write and meta is not None)
    written = ledger.get_state("meta") if exists or (write and meta is not None) else None
    if written is None and not (write and meta is not None):
        client.close()
        raise IndexNotFoundError(f"{url} holds no clip index named {collection}; make it with: spectrum index")
    if written is None and meta is not None:
        points = ClientPoints(client, collection, meta.dimension, place=url, create=True)
        ledger.set_state("meta", json.dumps(meta.to_dict()))
        return ClipIndex(url, meta, points, ledger)
    found = IndexMeta.from_dict(json.loads(written or "{}"), url)
    if meta is not None:
        found.require(meta, url)
    points = ClientPoints(client, collection, found.dimension, place=url, create=False)
    return ClipIndex(url, found, points, ledger)


def _collection(parts: SplitResult, url: str) -> str:
    names = [name for name in parts.path.split("/") if name]
    if len(names) > 1 or parts.query or not parts.hostname:
        raise NotAnIndexError(f"{url} is no server's address; write http://host:port/collection")
    if parts.username or parts.password:
        raise NotAnIndexError("leave the key out of the index address and set QDRANT_API_KEY instead")
    return names[0] if names else DEFAULT_COLLECTION


def _open_folder(folder: Path, *, write: bool, meta: IndexMeta | None, wait_s: float) -> ClipIndex:
    description = folder / _DESCRIPTION
    new = not description.is_file()
    if new:
        _require_makeable(folder, write=write, meta=meta)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise IndexStorageError(f"cannot make the index folder {folder}: {error.strerror}") from error
    lock = FolderLock(folder)
    lock.acquire(wait_s)
    try:
        # Another process may have made the index while this one waited for the lock.
        if not description.is_file() and meta is not None:
            return _make_folder(folder, meta, lock)
        fields = _read_description(description)
        found = IndexMeta.from_dict({k: v for k, v in fields.items() if k != "engine"}, str(folder))
        if meta is not None:
            found.require(meta, str(folder))
        points = _folder_points(folder, found.dimension, str(fields.get("engine")), create=False)
        return ClipIndex(str(folder), found, points, SqliteLedger(folder / "files.sqlite"), lock)
    except BaseException:
        lock.release()
        raise


def _require_makeable(folder: Path, *, write: bool, meta: IndexMeta | None) -> None:
    if not folder.exists():
        if not (write and meta is not None):
            raise IndexNotFoundError(f"there is no clip index at {folder}; make it with: spectrum index")
        return
    if not folder.is_dir():
        raise NotAnIndexError(f"{folder} is a file, not the folder of a clip index")
    foreign = [entry.name for entry in folder.iterdir() if entry.name.split("-")[0] not in _OWN_FILES]
    if foreign:
        raise NotAnIndexError(
            f"{folder} holds other files ({foreign[0]}) and no clip index; name an index, or a new folder"
        )
    if not (write and meta is not None):
        raise IndexNotFoundError(f"{folder} holds no clip index; make it with: spectrum index")


def _make_folder(folder: Path, meta: IndexMeta, lock: FolderLock) -> ClipIndex:
    """The description comes last: a folder without it is one whose making was cut short, and is made again."""
    shutil.rmtree(folder / "points", ignore_errors=True)
    for leftover in folder.glob("files.sqlite*"):
        leftover.unlink()
    engine = "edge" if edge_available() else "client"
    points = _folder_points(folder, meta.dimension, engine, create=True)
    ledger = SqliteLedger(folder / "files.sqlite")
    try:
        draft = folder / "index.json.new"
        draft.write_text(json.dumps({**meta.to_dict(), "engine": engine}, indent=2))
        draft.replace(folder / _DESCRIPTION)
    except OSError as error:
        points.close()
        raise IndexStorageError(f"cannot write the index folder {folder}: {error.strerror}") from error
    return ClipIndex(str(folder), meta, points, ledger, lock)


def _folder_points(folder: Path, dimension: int, engine: str, *, create: bool) -> Points:
    if engine == "edge":
        from video_index.store_edge import EdgePoints

        return EdgePoints(folder / "points", dimension, create=create)
    from qdrant_client import QdrantClient

    from video_index.client_errors import spoken
    from video_index.store_client import ClientPoints

    with spoken(str(folder)):
        client = QdrantClient(path=str(folder / "points"))
    return ClientPoints(client, DEFAULT_COLLECTION, dimension, place=str(folder), create=create, local=True)


def _read_description(path: Path) -> dict[str, object]:
    try:
        fields = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise IndexStorageError(f"the description of the index {path} cannot be read: {error}") from error
    if not isinstance(fields, dict):
        raise IndexStorageError(f"the description of the index {path} is damaged")
    return fields
