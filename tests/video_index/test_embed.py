"""Embedders: real open_clip models, what their fingerprint knows, and one line where none can be loaded."""

import importlib.util
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from spectrum.pocket.tiny_clip import DIMENSION, build_tiny_clip
from video_index import torchvision_shim
from video_index.clips import Frame
from video_index.embed import load_embedder
from video_index.errors import EmbedderError
from video_index.near_duplicates import near_duplicate_marks

if importlib.util.find_spec("open_clip") is None:
    pytest.skip("open_clip is not installed", allow_module_level=True)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    import torch

    torch.set_num_threads(1)
    return build_tiny_clip(tmp_path_factory.mktemp("clip") / "tiny")


@pytest.fixture(scope="module")
def embedder(folder):
    return load_embedder(folder, device="cpu")


def picture(seed: int, height: int = 90, width: int = 160) -> Frame:
    """A smooth random picture."""
    rng = np.random.default_rng(seed)
    rough = rng.integers(0, 256, (3, 4, 3))
    pixels = np.repeat(np.repeat(rough, height // 3, axis=0), width // 4, axis=1)
    return Frame(pixels.astype(np.uint8), 0.0)


def test_pictures_and_texts_become_unit_rows_of_one_space(embedder):
    images = embedder.images([picture(seed) for seed in range(5)])
    texts = embedder.texts(["a family cooking", "SKATEBOARD", "", "一起做饭 😀", "word " * 500])
    for rows in (images, texts):
        assert rows.shape == (5, DIMENSION)
        assert rows.dtype == np.float32
        np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    assert embedder.dimension == DIMENSION
    assert embedder.logit_scale == pytest.approx(100, rel=1e-4)


def test_nothing_in_gives_nothing_out(embedder):
    assert embedder.images([]).shape == (0, DIMENSION)
    assert embedder.texts([]).shape == (0, DIMENSION)


def test_the_same_call_gives_the_same_bytes_and_order_is_kept(embedder):
    frames = [picture(seed) for seed in range(4)]
    once, again = embedder.images(frames), embedder.images(frames)
    assert once.tobytes() == again.tobytes()
    np.testing.assert_allclose(embedder.images(frames[::-1])[::-1], once, atol=1e-4)


def test_batches_change_no_more_than_the_last_bits(folder, embedder):
    from video_index.embed import OpenClipEmbedder

    frames = [picture(seed) for seed in range(9)]
    small = OpenClipEmbedder("x", embedder._model, embedder._preprocess, embedder._tokenizer, "f", batch=2)
    np.testing.assert_allclose(small.images(frames), embedder.images(frames), atol=1e-4)


def test_different_pictures_of_the_tiny_model_are_no_near_duplicates(embedder):
    rows = embedder.images([picture(seed) for seed in range(100)])
    marks = near_duplicate_marks([f"{place:03d}" for place in range(100)], rows)
    assert len(marks) <= 2
    assert abs(float(np.median(rows @ rows.T))) < 0.5


def test_upper_and_lower_case_are_one_text_to_the_tiny_model(embedder):
    rows = embedder.texts(["Dancing", "dancing"])
    np.testing.assert_array_equal(rows[0], rows[1])


def test_the_seed_decides_the_tiny_models_weights_and_global_randomness_stays(folder, tmp_path):
    import torch

    state = torch.random.get_rng_state()
    again = build_tiny_clip(tmp_path / "again")
    other = build_tiny_clip(tmp_path / "other", seed=1)
    assert torch.equal(torch.random.get_rng_state(), state)
    prints = [load_embedder(place).fingerprint for place in (folder, again, other)]
    assert prints[0] == prints[1] != prints[2]
    assert sum(file.stat().st_size for file in folder.iterdir()) < 600_000


def test_a_folder_can_be_named_in_every_usual_way(folder, embedder, monkeypatch):
    monkeypatch.chdir(folder.parent)
    for spec in (str(folder), f"local-dir:{folder}", "./tiny", "tiny", "local-dir:tiny"):
        loaded = load_embedder(spec)
        assert (loaded.name, loaded.fingerprint) == (f"local-dir:{folder}", embedder.fingerprint)


def test_the_fingerprint_knows_weights_preprocessing_and_tokenizer_but_not_the_place(folder, embedder, tmp_path):
    from safetensors.torch import load_file, save_file

    def changed(name: str):
        return Path(shutil.copytree(folder, tmp_path / name))

    assert load_embedder(changed("moved")).fingerprint == embedder.fingerprint
    weights = changed("weights")
    tensors = load_file(weights / "open_clip_model.safetensors")
    tensors["visual.proj"][0, 0] += 1e-6
    save_file(tensors, weights / "open_clip_model.safetensors")
    preprocessing = changed("preprocessing")
    config = json.loads((preprocessing / "open_clip_config.json").read_text())
    config["preprocess_cfg"]["resize_mode"] = "shortest"
    (preprocessing / "open_clip_config.json").write_text(json.dumps(config))
    tokenizer = changed("tokenizer")
    inner = json.loads((tokenizer / "tokenizer.json").read_text())
    inner["normalizer"] = None
    (tokenizer / "tokenizer.json").write_text(json.dumps(inner))
    prints = [load_embedder(place).fingerprint for place in (weights, preprocessing, tokenizer)]
    assert len({embedder.fingerprint, *prints}) == 4


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ("ViT-B-23/laion2b_s34b_b79k", "did you mean ViT-B-32"),
        ("zzz", "NAME/TAG"),
        ("ViT-B-32/nope", "laion2b_s34b_b79k"),
        ("ViT-B-32", "needs a tag"),
        ("./nowhere", "no embedder folder"),
        ("local-dir:nowhere", "no embedder folder"),
    ],
)
def test_what_cannot_be_loaded_is_one_line(spec, said):
    with pytest.raises(EmbedderError, match=re.escape(said)) as error:
        load_embedder(spec)
    assert "\n" not in str(error.value)


def test_a_folder_that_is_no_model_says_what_it_lacks(folder, tmp_path):
    with pytest.raises(EmbedderError, match=r"open_clip_config\.json"):
        load_embedder(tmp_path)
    empty = Path(shutil.copytree(folder, tmp_path / "empty"))
    (empty / "open_clip_model.safetensors").unlink()
    with pytest.raises(EmbedderError, match="no weights"):
        load_embedder(empty)
    (empty / "open_clip_model.safetensors").write_bytes(b"broken")
    with pytest.raises(EmbedderError, match="cannot be loaded") as error:
        load_embedder(empty)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("network", "said"),
    [
        ({"HF_HUB_OFFLINE": "1"}, "is the network up"),
        ({"HF_ENDPOINT": "http://127.0.0.1:9"}, "not in this machine's cache, and 127.0.0.1 cannot be reached"),
    ],
)
def test_without_a_network_a_hub_model_is_one_line(network, said, tmp_path):
    code = (
        "from video_index.embed import load_embedder\nfrom video_index.errors import EmbedderError\n"
        "for spec in ('hf-hub:nobody/nothing', 'ViT-B-32/laion2b_s34b_b79k'):\n"
        "    try:\n        load_embedder(spec)\n    except EmbedderError as error:\n        print(error)\n"
    )
    environment = {**network, "HF_HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env=environment,
        cwd=Path(__file__).resolve().parents[2],
        check=True,
        timeout=60,  # the hub's client would try each file for 23 s
    )
    lines = done.stdout.strip().splitlines()
    assert len(lines) == 2, done.stdout + done.stderr
    assert all("cannot be loaded" in line and said in line and "--embedder FOLDER" in line for line in lines)
    assert not any(word in done.stderr for word in ("Traceback", "Retrying", "WARNING"))


def test_the_shim_declares_operators_only_where_the_compiled_ones_do_not_load(monkeypatch):
    """Either torchvision's library loads and nothing is declared, or it does not and importing works all the same."""
    import torch

    declared = torchvision_shim.ensure_torchvision()
    assert declared == bool(torchvision_shim._declared)
    assert torchvision_shim.ensure_torchvision() == declared
    import torchvision.transforms  # noqa: F401

    assert hasattr(torch.ops.torchvision, "nms")
    monkeypatch.setattr(torchvision_shim, "_declared", [])
    monkeypatch.setattr(torchvision_shim, "_loads", lambda torch_, libraries: True)
    assert torchvision_shim.ensure_torchvision() is False
    assert torchvision_shim._declared == []


def test_a_pickle_that_would_run_code_is_refused_and_runs_none(folder, tmp_path):
    import torch

    class Hostile:
        def __reduce__(self):
            return (Path.touch, (tmp_path / "ran",))

    copy = shutil.copytree(folder, tmp_path / "hostile")
    (copy / "open_clip_model.safetensors").unlink()
    torch.save({"weights": Hostile()}, copy / "open_clip_pytorch_model.bin")
    with pytest.raises(EmbedderError, match="use weights saved as safetensors"):
        load_embedder(copy)
    assert not (tmp_path / "ran").exists()


def test_weights_under_a_name_that_open_clip_does_not_read_are_missing_and_not_random(folder, tmp_path):
    copy = shutil.copytree(folder, tmp_path / "renamed")
    (copy / "open_clip_model.safetensors").rename(copy / "open_clip_pytorch_model.pt")
    with pytest.raises(EmbedderError, match="holds no weights"):
        load_embedder(copy)
