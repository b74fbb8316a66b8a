"""A tiny CLIP with random weights, saved as the folder open_clip loads: for trying index and search anywhere.

Its picture vectors tell pictures apart by their colours and layout, its text vectors tell texts apart by
their letters, and the two have nothing to do with one another: what a text search finds means nothing.
Random towers put all pictures into one narrow cone; the last layer is therefore arranged so that vectors
of random pictures (and of random words) spread out evenly, as those of a trained model do.
"""

import json
from pathlib import Path
from typing import Any

from video_index.extras import import_extra
from video_index.keyed import integer, uniform
from video_index.torchvision_shim import ensure_torchvision

DIMENSION = 32
_SIZE = 64
_WIDTH = 64
_CONTEXT = 80
_PAD, _START, _END = "<pad>", "<start>", "<end>"
_PREPROCESS = {"mean": [0.5] * 3, "std": [0.25] * 3, "interpolation": "bicubic", "resize_mode": "squash"}
_SAMPLES = 256


def build_tiny_clip(folder: str | Path, *, seed: int = 0) -> Path:
    """Write a model of about 0.4 MB into `folder` (made if needed) and return it; `load_embedder` opens it.

    The same seed gives the same weights on the same machine. Raises MissingExtraError where open_clip or
    transformers (for the tokenizer) is not installed.
    """
    ensure_torchvision("clips")
    torch = import_extra("torch", "clips")
    open_clip = import_extra("open_clip", "clips")
    safetensors = import_extra("safetensors.torch", "clips")
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    tokenizer = _tokenizer()
    tokenizer.save_pretrained(place)
    settings = _model_settings(tokenizer)
    (place / "open_clip_config.json").write_text(
        json.dumps({"model_cfg": settings, "preprocess_cfg": {"size": _SIZE, **_PREPROCESS}}, indent=2)
    )
    with torch.random.fork_rng(devices=[]), torch.inference_mode():
        model = open_clip.CLIP(**settings).eval()
        _fill(model, seed, torch)
        _spread_pictures(model, seed, torch)
        _spread_texts(model, open_clip.get_tokenizer(f"local-dir:{place}"), seed, torch)
    weights = {name: value.contiguous() for name, value in model.state_dict().items()}
    safetensors.save_file(weights, place / "open_clip_model.safetensors")
    return place


def _model_settings(tokenizer: Any) -> dict[str, Any]:
    return {
        "embed_dim": DIMENSION,
        "vision_cfg": {
            "image_size": _SIZE,
            "patch_size": 8,
            "width": _WIDTH,
            "layers": 1,
            "head_width": 16,
            "mlp_ratio": 2.0,
        },
        "text_cfg": {
            "context_length": _CONTEXT,
            "vocab_size": len(tokenizer),
            "width": _WIDTH,
            "heads": 4,
            "layers": 1,
            "mlp_ratio": 2.0,
            "hf_tokenizer_name": "own",
            "pool_type": "eos",
            "eos_id": tokenizer.convert_tokens_to_ids(_END),
            "pad_id": tokenizer.convert_tokens_to_ids(_PAD),
        },
    }


def _tokenizer() -> Any:
    """Bytes, lower-cased: 259 tokens, and no text it cannot read."""
    tokenizers = import_extra("tokenizers", "models")
    transformers = import_extra("transformers", "models")
    alphabet = sorted(tokenizers.pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {token: place for place, token in enumerate([_PAD, _START, _END, *alphabet])}
    inner = tokenizers.Tokenizer(tokenizers.models.BPE(vocab=vocabulary, merges=[]))
    inner.normalizer = tokenizers.normalizers.Lowercase()
    inner.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = tokenizers.decoders.ByteLevel()
    inner.post_processor = tokenizers.processors.TemplateProcessing(
        single=f"{_START} $A {_END}",
        special_tokens=[(_START, vocabulary[_START]), (_END, vocabulary[_END])],
    )
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=inner,
        pad_token=_PAD,
        bos_token=_START,
        eos_token=_END,
        model_max_length=_CONTEXT,
    )


def _generator(torch: Any, *key: str | int) -> Any:
    return torch.Generator().manual_seed(integer(2**62, *key))


def _fill(model: Any, seed: int, torch: Any) -> None:
    """Keyed weights: matrices of variance 1 / inputs, norms of 1, no offsets."""
    for name, weights in model.named_parameters():
        if name == "logit_scale":
            weights.fill_(100.0).log_()
        elif weights.ndim < 2:
            weights.fill_(1.0 if name.endswith("weight") else 0.0)
        else:
            sd = 0.5 if "embedding" in name else weights[0].numel() ** -0.5
            weights.copy_(sd * torch.randn(weights.shape, generator=_generator(torch, "tiny clip", seed, name)))


def _spread_pictures(model: Any, seed: int, torch: Any) -> None:
    rough = torch.rand((_SAMPLES, 3, 4, 4), generator=_generator(torch, "tiny clip pictures", seed))
    smooth = torch.nn.functional.interpolate(rough, size=(_SIZE, _SIZE), mode="bilinear")
    model.visual.proj = torch.nn.Parameter(torch.eye(_WIDTH))
    features = model.encode_image((smooth - 0.5) / 0.25)
    offset, projection = _spread(features, torch)
    model.visual.ln_post.bias.copy_(offset)
    model.visual.proj = torch.nn.Parameter(projection)


def _spread_texts(model: Any, tokenizer: Any, seed: int, torch: Any) -> None:
    texts = [_words(seed, number) for number in range(_SAMPLES)]
    model.text_projection = torch.nn.Parameter(torch.eye(_WIDTH))
    features = model.encode_text(tokenizer(texts))
    offset, projection = _spread(features, torch)
    model.ln_final.bias.copy_(offset)
    model.text_projection = torch.nn.Parameter(projection)


def _words(seed: int, number: int) -> str:
    letters = "etaoinshrdlcumwfgypbvk"

    def word(place: int) -> str:
        length = 2 + integer(7, "tiny clip length", seed, number, place)
        return "".join(
            letters[int(len(letters) * uniform("tiny clip letter", seed, number, place, at) ** 2)]
            for at in range(length)
        )

    return " ".join(word(place) for place in range(1 + integer(5, "tiny clip words", seed, number)))


def _spread(features: Any, torch: Any) -> tuple[Any, Any]:
    """Offset and projection that give features (n, width) mean 0 and, in DIMENSION directions, variance 1."""
    mean = features.mean(dim=0)
    _, scales, directions = torch.linalg.svd(features - mean, full_matrices=False)
    variance_one = directions[:DIMENSION].T / scales[:DIMENSION].clamp_min(1e-6) * len(features) ** 0.5
    return -mean, variance_one.contiguous()
