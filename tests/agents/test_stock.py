from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from agents.stock import stock
from agents.stored_catalogue import read_catalogue, write_catalogue
from spectrum.errors import RunFolderError
from spectrum.labels import LabelTable
from spectrum.suite import Catalogue as Indexed
from tests.support.benches import make_clip
from tests.support.browsing import make_world

CLIPS = tuple(sorted((make_clip(number) for number in range(6)), key=lambda clip: clip.clip_id))


def indexed(*extras: dict[str, str]) -> Indexed:
    clips = tuple(replace(clip, extra=extra) for clip, extra in zip(CLIPS, [*extras, *[{}] * 6], strict=False))
    vectors = np.eye(6, 8, dtype=np.float32)
    return Indexed(clips, vectors, None, "fingerprint")  # type: ignore[arg-type]


def labels(value: float, *rows: int) -> LabelTable:
    table = np.full((len(rows), 10), value)
    return LabelTable(tuple(CLIPS[row].clip_id for row in rows), table, ("retrieval",) * len(rows), table)


def test_sidecars_go_before_a_second_model_and_that_before_retrieval() -> None:
    found = stock(indexed({"values": "stimulation"}), second=labels(0.3, 0, 1), retrieved=labels(0.7, 0, 1, 2))
    assert found.sources == ("sidecar", "second model", "retrieval", "", "", "")
    assert found.labels[0].tolist() == np.eye(10)[1].tolist()
    assert found.labels[1, 0] == 0.3 and found.labels[2, 0] == 0.7 and np.isnan(found.labels[3:]).all()


def test_popularity_comes_from_the_first_field_that_is_known() -> None:
    found = stock(indexed({"views": "1,200"}, {"likes": "7"}, {"views": "not known"}))
    assert found.popularity is not None
    assert found.popularity[0] == 1200 and np.isnan(found.popularity[1:]).all()
    assert stock(indexed()).popularity is None


def test_a_run_keeps_its_catalogue_with_the_vectors_of_what_was_shown(tmp_path: Path) -> None:
    _, shelf = make_world(30, in_suite=10)
    shown = shelf.clip_ids[3:6]
    write_catalogue(tmp_path, shelf, shown)
    kept, coordinates = read_catalogue(tmp_path)
    assert kept.clip_ids == shelf.clip_ids and kept.codes == shelf.codes and kept.titles == shelf.titles
    assert np.array_equal(kept.labels, shelf.labels) and coordinates.shape == (30, 2)
    assert np.array_equal(kept.vectors[3:6], shelf.vectors[3:6]) and not kept.vectors[6:].any()
    with pytest.raises(RunFolderError, match="no browse run"):
        read_catalogue(tmp_path / "elsewhere")
    (tmp_path / "catalogue.parquet").write_bytes(b"PAR1 damaged")
    with pytest.raises(RunFolderError, match="is damaged"):
        read_catalogue(tmp_path)
