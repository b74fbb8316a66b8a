"""What cannot be opened is one clear line; what can is known by its content."""

import json
import shutil
import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from spectrum.errors import ConfigError, RespondentError, UnknownRespondentError
from spectrum.pocket.checkpoints import build_checkpoint
from spectrum.respondents.checkpoint_files import content_fingerprint
from spectrum.respondents.local import LocalRespondent
from spectrum.respondents.registry import RespondentOptions, open_respondent

pytest.importorskip("torch")


@pytest.fixture
def copy(tiny_checkpoints: Mapping[str, Path], tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_checkpoints["llava"], tmp_path / "copy"))


def _problem(spec: str | Path, kind: type[Exception] = RespondentError, **options: object) -> str:
    with pytest.raises(kind) as caught:
        LocalRespondent(spec, device_map="cpu", **options)  # type: ignore[arg-type]
    text = str(caught.value)
    assert "\n" not in text and len(text) < 400
    return text


@pytest.mark.parametrize("spec", ["./no-such-folder", "/no/such/folder", "a/b/c", "~/no-such-folder"])
def test_a_missing_folder_is_named(spec: str) -> None:
    assert spec in _problem(spec, UnknownRespondentError)


def test_a_file_is_not_a_checkpoint(copy: Path) -> None:
    assert "is a file" in _problem(copy / "config.json", UnknownRespondentError)


def test_a_folder_without_a_checkpoint_says_what_is_missing(tmp_path: Path) -> None:
    assert "no config.json" in _problem(tmp_path)


def test_an_adapter_alone_says_to_merge_it(tmp_path: Path) -> None:
    (tmp_path / "adapter_config.json").write_text("{}")
    assert "merge" in _problem(tmp_path)


def test_a_text_only_model_is_told_apart(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "llama"}))
    assert "'llama' model, which answers no questions about pictures" in _problem(tmp_path)


def test_an_unknown_architecture_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "from-the-future"}))
    assert "from-the-future" in _problem(tmp_path)


def test_a_checkpoint_without_a_chat_template_says_so(copy: Path) -> None:
    (copy / "chat_template.jinja").unlink()
    assert "no chat template" in _problem(copy)


def test_a_template_that_writes_no_pictures_and_text_says_so(copy: Path) -> None:
    (copy / "chat_template.jinja").write_text("{% for m in messages %}{{ m['content'] }}{% endfor %}")
    assert "does not write a user turn" in _problem(copy)


def test_a_broken_template_says_so(copy: Path) -> None:
    (copy / "chat_template.jinja").write_text("{% for message in messages %}")
    assert "does not write a user turn" in _problem(copy)


def test_a_checkpoint_without_a_picture_processor_says_so(copy: Path) -> None:
    (copy / "processor_config.json").unlink()
    assert "has no picture processor" in _problem(copy)


def test_damaged_weights_are_one_line(copy: Path) -> None:
    weights = copy / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    assert "damaged" in _problem(copy)


def test_missing_weights_are_one_line(copy: Path) -> None:
    (copy / "model.safetensors").unlink()
    assert "weights" in _problem(copy)


def test_weights_that_lack_tensors_are_refused_not_drawn_at_random(copy: Path) -> None:
    from safetensors.torch import load_file, save_file

    tensors = load_file(copy / "model.safetensors")
    lost = next(name for name in sorted(tensors) if name.endswith("down_proj.weight"))
    save_file(
        {name: value for name, value in tensors.items() if name != lost}, copy / "model.safetensors", {"format": "pt"}
    )
    problem = _problem(copy)
    assert "lack 1 of the model's tensors" in problem and "down_proj" in problem


def test_pickled_weights_are_read_only_where_asked_for(copy: Path) -> None:
    import torch
    from safetensors.torch import load_file

    torch.save(load_file(copy / "model.safetensors"), copy / "pytorch_model.bin")
    (copy / "model.safetensors").unlink()
    assert "weights" in _problem(copy)
    assert LocalRespondent(copy, device_map="cpu", pickled_weights=True).settings["dtype"] == "float32"


def test_an_unknown_dtype_and_architecture_are_one_line(copy: Path, tmp_path: Path) -> None:
    assert "choose auto, float32" in _problem(copy, ConfigError, dtype="int4")
    with pytest.raises(ConfigError, match="choose qwen2_5_vl, smolvlm, llava"):
        build_checkpoint(tmp_path, "gpt-2")


class _Hub(BaseHTTPRequestHandler):
    """A hub that knows one gated model and nothing else."""

    def do_GET(self) -> None:
        gated = "gated" in self.path
        self.send_response(403 if gated else 404)
        self.send_header("X-Error-Code", "GatedRepo" if gated else "RepoNotFound")
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_HEAD = do_GET  # noqa: N815

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        return


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Hub)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    _point_hub_at(f"http://127.0.0.1:{server.server_port}", monkeypatch)
    yield
    server.shutdown()
    server.server_close()
    thread.join()


def _point_hub_at(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import huggingface_hub.constants

    monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", url)
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr("huggingface_hub.hf_api.api.endpoint", url)


def test_a_name_the_hub_does_not_know_is_unknown(hub: None) -> None:
    assert "no such model on the hub" in _problem("nobody/nothing-like-this", UnknownRespondentError)


def test_a_gated_model_says_what_to_do(hub: None) -> None:
    assert "HF_TOKEN" in _problem("somebody/gated-model")


def test_an_impossible_hub_name_is_unknown() -> None:
    assert "neither a folder here nor a possible hub name" in _problem("two words", UnknownRespondentError)


def test_without_a_network_the_cache_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    _point_hub_at("http://127.0.0.1:9", monkeypatch)
    assert "the hub cannot be reached" in _problem("nobody/nothing-like-this")


def test_offline_is_respected(hub: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    assert "HF_HUB_OFFLINE is set" in _problem("nobody/nothing-like-this")


def test_the_fingerprint_is_of_the_content_alone(tiny_checkpoints: Mapping[str, Path], copy: Path) -> None:
    original = content_fingerprint(tiny_checkpoints["llava"])
    (copy / "README.md").write_text("notes")
    assert content_fingerprint(copy) == original
    assert LocalRespondent(copy, device_map="cpu").fingerprint == original
    assert LocalRespondent(copy, device_map="cpu").name == "copy"
    named = open_respondent(f"hf:{copy}", RespondentOptions(device_map="cpu"), name="pocket")
    assert (named.name, named.fingerprint) == ("pocket", original)


@pytest.mark.parametrize(
    "file", ["model.safetensors", "config.json", "tokenizer.json", "processor_config.json", "chat_template.jinja"]
)
def test_every_part_of_a_checkpoint_is_in_its_fingerprint(file: str, copy: Path) -> None:
    before = content_fingerprint(copy)
    content = bytearray((copy / file).read_bytes())
    content[-2] ^= 1
    (copy / file).write_bytes(bytes(content))
    assert content_fingerprint(copy) != before


def test_a_seed_makes_the_same_checkpoint_again(tmp_path: Path) -> None:
    one = build_checkpoint(tmp_path / "one", "smolvlm", seed=3)
    again = build_checkpoint(tmp_path / "again", "smolvlm", seed=3)
    other = build_checkpoint(tmp_path / "other", "smolvlm", seed=4)
    assert content_fingerprint(one) == content_fingerprint(again)
    assert content_fingerprint(one) != content_fingerprint(other)


def test_an_answering_checkpoint_says_yes_or_no(answering_checkpoints: Mapping[str, Path]) -> None:
    from tests.support.checkpoints import ask, group, noise_view

    for folder in answering_checkpoints.values():
        respondent = LocalRespondent(folder, device_map="cpu")
        for seed in range(3):
            (reply,) = respondent.answer(group(noise_view(seed), ask("q", "Do you like this clip?")))
            assert reply.text in ("Yes", "No") and reply.finish_reason == "stop"
            assert reply.probabilities is not None
            assert (reply.probabilities[0] > reply.probabilities[1]) == (reply.text == "Yes")
            assert sum(reply.probabilities) > 0.6
