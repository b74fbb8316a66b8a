"""One ingest at work: which file needs what, what is being decoded, what is stored next."""

import json
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

from video_index.clip_index import ClipIndex
from video_index.clips import Clip, Locator
from video_index.covariates import covariates
from video_index.decode import DecoderPool
from video_index.decoded import Decoded
from video_index.embed import Embedder
from video_index.errors import UnreadableClipError
from video_index.indexed import IndexedClip, Quarantined, mean_vector
from video_index.keyed import digest
from video_index.ledger import FileRecord
from video_index.near_duplicates import near_duplicate_marks
from video_index.sources import SourceItem, clip_id_of

EmbedderSource = Embedder | Callable[[], Embedder]
"""An embedder, or what loads one."""

_GONE = -1
_MARKS = "near-duplicates"
_DUE = "due"


@dataclass(frozen=True, slots=True)
class IngestProgress:
    """Where an ingest stands; handed to `progress` after every file."""

    done: int
    """Files dealt with, those of earlier runs included."""
    total: int
    indexed: int
    """Clips that this run has stored or is about to."""
    quarantined: int
    path: str
    """The file just dealt with."""


@dataclass(frozen=True, slots=True)
class _Turn:
    """A file waiting for its turn: files are settled in the order of the source, whatever decodes first."""

    item: SourceItem
    record: FileRecord
    clip_id: str
    frames: "Future[Decoded] | None"
    """None for bytes that another file before it holds too."""


class IngestWork:
    """The state of one ingest: counts, the clips about to be stored, the records about to be written."""

    def __init__(
        self,
        index: ClipIndex,
        embedder: EmbedderSource,
        *,
        total: int,
        batch: int,
        progress: Callable[[IngestProgress], None] | None,
    ) -> None:
        self.indexed = self.already = self.updated = self.duplicates = 0
        self.quarantined: list[Quarantined] = []
        self._index = index
        self._embedder = embedder
        self._total = total
        self._batch = batch
        self._progress = progress
        self._done = 0
        self._ledger = {str(record.locator): record for record in index.ledger.records()}
        self._known = {record.clip_id for record in self._ledger.values() if record.clip_id is not None}
        self._reasons: dict[str, str] = {}
        self._clips: dict[str, IndexedClip] = {}
        self._records: list[FileRecord] = []
        self._left: list[tuple[str, Locator]] = []
        self._marks_due = index.ledger.get_state(_MARKS) == _DUE

    def run(
        self,
        items: Iterator[SourceItem],
        pool: DecoderPool,
        *,
        window: int,
        retry_quarantined: bool,
        stop: Callable[[], bool] | None,
    ) -> bool:
        """Deal with every item, at most `window` of them waiting at a time; True where `stop` ended it."""
        waiting: deque[_Turn] = deque()
        for item in items:
            if stop is not None and stop():
                for turn in waiting:
                    if turn.frames is not None:
                        turn.frames.cancel()
                self._store()
                return True
            record = file_record(item)
            if self._settled(item, record, retry_quarantined):
                continue
            try:
                clip_id = clip_id_of(item.locator)
            except UnreadableClipError as error:
                self._refuse(record, error.reason)
                continue
            twin = clip_id in self._known or clip_id in self._reasons
            self._known.add(clip_id)
            view = self._index.meta.view
            frames = None if twin else pool.submit(item.locator, view, True, clip_id)
            waiting.append(_Turn(item, record, clip_id, frames))
            if len(waiting) >= window:
                self._take(waiting.popleft())
        while waiting:
            self._take(waiting.popleft())
        self._store()
        return False

    def known_marks(self) -> int:
        """How many clips bear a mark, as far as the last finished run knows."""
        state = self._index.ledger.get_state(_MARKS)
        return int(state) if state is not None and state.isdigit() else 0

    def mark_near_duplicates(self) -> int:
        """Bring the marks up to date where clips came or went since they were set; how many clips bear one."""
        if not self._marks_due:
            return self.known_marks()
        marks = near_duplicate_marks(*self._index.vectors())
        self._index.revise(
            [
                replace(clip, near_duplicate_of=marks.get(clip.clip_id))
                for clip in self._index.clips()
                if clip.near_duplicate_of != marks.get(clip.clip_id)
            ]
        )
        self._index.ledger.set_state(_MARKS, str(len(marks)))
        self._marks_due = False
        return len(marks)

    def _settled(self, item: SourceItem, record: FileRecord, retry_quarantined: bool) -> bool:
        """Whether an earlier run dealt with this very file; what its sidecar says anew is taken over."""
        former = self._ledger.get(str(item.locator))
        if former is None or not former.same_file(record):
            return False
        if former.clip_id is None:
            if retry_quarantined:
                return False
            self.quarantined.append(Quarantined(str(item.locator), former.reason or "unknown"))
        else:
            self.already += 1
            if former.noted != record.noted:
                clip = self._index.get([former.clip_id])[0]
                if clip.locator == item.locator:
                    self._index.revise([_described(clip, item)])
                    self.updated += 1
                self._write(replace(former, noted=record.noted))
        self._step(item.locator)
        return True

    def _take(self, turn: _Turn) -> None:
        """Settle the file whose turn it is: a new clip, a duplicate, or one for the quarantine."""
        if turn.frames is None:
            self._duplicate(turn)
            return
        try:
            self._clips[turn.clip_id] = self._embedded(turn, turn.frames.result())
        except UnreadableClipError as error:
            self._known.discard(turn.clip_id)
            self._reasons[turn.clip_id] = error.reason
            self._refuse(turn.record, error.reason)
            return
        self.indexed += 1
        self._write(replace(turn.record, clip_id=turn.clip_id))
        self._step(turn.item.locator)

    def _duplicate(self, turn: _Turn) -> None:
        if turn.clip_id in self._reasons:
            self._known.discard(turn.clip_id)
            self._refuse(turn.record, self._reasons[turn.clip_id])
            return
        clip = None if turn.clip_id in self._clips else self._index.get([turn.clip_id])[0]
        if clip is not None and not Path(clip.locator.path).exists():
            # The clip's file was moved or renamed: this is where its bytes lie now.
            self._index.revise([_described(replace(clip, locator=turn.item.locator), turn.item)])
            self.already += 1
            self.updated += 1
        elif clip is not None and clip.locator == turn.item.locator:
            self.already += 1
        else:
            self.duplicates += 1
        self._write(replace(turn.record, clip_id=turn.clip_id))
        self._step(turn.item.locator)

    def _embedded(self, turn: _Turn, decoded: Decoded) -> IndexedClip:
        rows = self._loaded().images(decoded.frames)
        if not np.isfinite(rows).all():
            raise UnreadableClipError("the embedder gives no finite numbers for its frames")
        clip = Clip(
            clip_id=turn.clip_id,
            locator=turn.item.locator,
            kind=decoded.kind,
            width=decoded.width,
            height=decoded.height,
            duration_s=decoded.duration_s,
            frame_count=decoded.frame_count,
            covariates=covariates(decoded.frames),
        )
        return IndexedClip(_described(clip, turn.item), mean_vector(rows), rows)

    def _loaded(self) -> Embedder:
        if callable(self._embedder):
            self._embedder = self._embedder()
            meta = self._index.meta
            meta.require_embedder(self._embedder.name, self._embedder.fingerprint, self._index.place)
        return self._embedder

    def _refuse(self, record: FileRecord, reason: str) -> None:
        self.quarantined.append(Quarantined(str(record.locator), reason))
        self._write(replace(record, clip_id=None, reason=reason))
        self._step(record.locator)

    def _write(self, record: FileRecord) -> None:
        former = self._ledger.get(str(record.locator))
        if former is not None and former.clip_id is not None and former.clip_id != record.clip_id:
            self._left.append((former.clip_id, record.locator))
        self._ledger[str(record.locator)] = record
        self._records.append(record)
        if len(self._clips) >= self._batch or len(self._records) >= 8 * self._batch:
            self._store()

    def _store(self) -> None:
        """Points first, the ledger last: a kill in between costs work, never a clip."""
        if (self._clips or self._left) and not self._marks_due:
            self._index.ledger.set_state(_MARKS, _DUE)
            self._marks_due = True
        self._index.upsert(list(self._clips.values()))
        self._let_go()
        self._index.ledger.put(self._records)
        self._clips.clear()
        self._records.clear()

    def _let_go(self) -> None:
        """Clips whose file now holds other bytes: gone, or found under another name they had."""
        for clip_id, locator in self._left:
            others = [record.locator for record in self._ledger.values() if record.clip_id == clip_id]
            if not others:
                self._index.remove([clip_id])
                self._known.discard(clip_id)
                continue
            clip = self._index.get([clip_id])[0]
            if clip.locator == locator:
                self._index.revise([replace(clip, locator=others[0])])
        self._left.clear()

    def _step(self, locator: Locator) -> None:
        self._done += 1
        if self._progress is not None:
            self._progress(IngestProgress(self._done, self._total, self.indexed, len(self.quarantined), str(locator)))


def file_record(item: SourceItem) -> FileRecord:
    """The item's file as it is now, with nothing said of what came of it."""
    noted = digest(json.dumps(asdict(item.metadata), sort_keys=True)).hex()
    try:
        status = Path(item.locator.path).stat()
    except OSError:
        return FileRecord(item.locator, _GONE, _GONE, noted=noted)
    return FileRecord(item.locator, status.st_size, status.st_mtime_ns, noted=noted)


def _described(clip: Clip, item: SourceItem) -> Clip:
    """The clip with what its source says of it."""
    known = item.metadata
    return replace(
        clip,
        platform=known.platform,
        posted=known.posted,
        title=known.title,
        tags=known.tags,
        url=known.url,
        creator=known.creator,
        extra=dict(known.extra),
    )
