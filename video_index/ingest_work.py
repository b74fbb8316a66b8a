"""One ingest at work: which file needs what, what is being decoded, what is stored next."""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, fields, replace
from functools import partial
from pathlib import Path

from video_index.clip_index import ClipIndex
from video_index.clips import Clip, Locator
from video_index.decode import DecoderPool
from video_index.decoded import Decoded
from video_index.embedding_cache import Facts, Kept
from video_index.errors import UnreadableClipError
from video_index.indexed import IndexedClip, Quarantined, mean_vector
from video_index.ingest_embed import Embedding, Outcome, Work
from video_index.ingest_store import BatchWriter
from video_index.ledger import FileRecord
from video_index.near_duplicates import near_duplicate_marks
from video_index.source_record import described, file_record
from video_index.sources import SourceItem, clip_id_of

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
    work: Work
    """None for bytes that another file before it holds too."""


class IngestWork:
    """The state of one ingest: counts, the clips about to be stored, the records about to be written."""

    def __init__(
        self,
        index: ClipIndex,
        embedding: Embedding,
        writer: BatchWriter,
        *,
        total: int,
        batch: int,
        progress: Callable[[IngestProgress], None] | None,
    ) -> None:
        self.indexed = self.already = self.updated = self.duplicates = 0
        self.quarantined: list[Quarantined] = []
        self._index = index
        self._embedding = embedding
        self._writer = writer
        self._total = total
        self._batch = batch
        self._progress = progress
        self._done = 0
        self._ledger = {str(record.locator): record for record in index.ledger.records()}
        self._known = {record.clip_id for record in self._ledger.values() if record.clip_id is not None}
        self._reasons: dict[str, str] = {}
        self._clips: dict[str, IndexedClip] = {}
        self._computed: dict[str, Kept] = {}
        self._records: list[FileRecord] = []
        self._left: list[tuple[str, Locator]] = []
        self._decoding: deque[_Turn] = deque()
        self._begun: deque[tuple[list[_Turn], Future[list[Outcome]]]] = deque()
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
        """Deal with every item; True where `stop` ended it.

        At most `window` clips are being decoded at a time, and twice as many as are embedded together beside them.
        """
        for item in items:
            if stop is not None and stop():
                for turn in self._decoding:
                    if isinstance(turn.work, Future):
                        turn.work.cancel()
                self._finish()
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
            work = None if twin else self._embedding.known(clip_id) or self._submitted(item, clip_id, pool)
            self._decoding.append(_Turn(item, record, clip_id, work))
            together = self._embedding.clips_at_once
            if len(self._decoding) >= window + 2 * (together - 1):
                self._embed(together)
        while self._decoding:
            self._embed(min(len(self._decoding), self._embedding.clips_at_once))
        self._finish()
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
                self._writer.drain()
                clip = self._index.get([former.clip_id])[0]
                if clip.locator == item.locator:
                    self._index.revise([described(clip, item)])
                    self.updated += 1
                self._write(replace(former, noted=record.noted))
        self._step(item.locator)
        return True

    def _submitted(self, item: SourceItem, clip_id: str, pool: DecoderPool) -> "Future[Decoded]":
        return pool.submit(item.locator, self._index.meta.view, True, clip_id, measure=True)

    def _embed(self, count: int) -> None:
        """Begin to embed the next turns, when there is room: a user's embedder need not bear two calls at once."""
        while len(self._begun) >= self._embedding.calls_at_once:
            self._take()
        turns = [self._decoding.popleft() for _ in range(count)]
        self._begun.append((turns, self._embedding.begin([turn.work for turn in turns])))

    def _take(self) -> None:
        """Settle the files whose turn it is: new clips, duplicates, or some for the quarantine."""
        turns, embedded = self._begun.popleft()
        for turn, found in zip(turns, embedded.result(), strict=True):
            if found is None:
                self._duplicate(turn)
                continue
            if isinstance(found, Kept) and isinstance(turn.work, Future):
                self._computed[turn.clip_id] = found
            self._settle(turn, found)

    def _settle(self, turn: _Turn, found: Kept | UnreadableClipError) -> None:
        if isinstance(found, UnreadableClipError):
            self._known.discard(turn.clip_id)
            self._reasons[turn.clip_id] = found.reason
            self._refuse(turn.record, found.reason)
            return
        clip = Clip(turn.clip_id, turn.item.locator, **{f.name: getattr(found.facts, f.name) for f in fields(Facts)})
        self._clips[turn.clip_id] = IndexedClip(described(clip, turn.item), mean_vector(found.rows), found.rows)
        self.indexed += 1
        self._write(replace(turn.record, clip_id=turn.clip_id))
        self._step(turn.item.locator)

    def _duplicate(self, turn: _Turn) -> None:
        if turn.clip_id in self._reasons:
            self._known.discard(turn.clip_id)
            self._refuse(turn.record, self._reasons[turn.clip_id])
            return
        self._writer.drain()
        clip = None if turn.clip_id in self._clips else self._index.get([turn.clip_id])[0]
        if clip is not None and not Path(clip.locator.path).exists():
            # The clip's file was moved or renamed: this is where its bytes lie now.
            self._index.revise([described(replace(clip, locator=turn.item.locator), turn.item)])
            self.already += 1
            self.updated += 1
        elif clip is not None and clip.locator == turn.item.locator:
            self.already += 1
        else:
            self.duplicates += 1
        self._write(replace(turn.record, clip_id=turn.clip_id))
        self._step(turn.item.locator)

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
        """Begin to store what is settled; what comes next is decoded and embedded in the meantime.

        Points first, the ledger last: a kill in between costs work, never a clip.
        """
        store = partial(self._stored, list(self._clips.values()), self._computed, self._records, self._left)
        self._writer.start(store)
        if self._left:
            self._writer.drain()  # letting go of clips looks at what this thread writes
        self._clips, self._computed, self._records, self._left = {}, {}, [], []

    def _stored(
        self,
        clips: list[IndexedClip],
        computed: dict[str, Kept],
        records: list[FileRecord],
        left: list[tuple[str, Locator]],
    ) -> None:
        if (clips or left) and not self._marks_due:
            self._index.ledger.set_state(_MARKS, _DUE)
            self._marks_due = True
        self._embedding.keep(computed)
        self._index.upsert(clips)
        self._let_go(left)
        self._index.ledger.put(records)

    def _finish(self) -> None:
        while self._begun:
            self._take()
        self._store()
        self._writer.drain()

    def _let_go(self, left: list[tuple[str, Locator]]) -> None:
        """Clips whose file now holds other bytes: gone, or found under another name they had."""
        for clip_id, locator in left:
            others = [record.locator for record in self._ledger.values() if record.clip_id == clip_id]
            if not others:
                self._index.remove([clip_id])
                self._known.discard(clip_id)
                continue
            clip = self._index.get([clip_id])[0]
            if clip.locator == locator:
                self._index.revise([replace(clip, locator=others[0])])

    def _step(self, locator: Locator) -> None:
        self._done += 1
        if self._progress is not None:
            self._progress(IngestProgress(self._done, self._total, self.indexed, len(self.quarantined), str(locator)))
