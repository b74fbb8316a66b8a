"""The pocket VLM's parts: tokenizer, processor and an untrained model, in an architecture that transformers has."""

import math
from pathlib import Path
from typing import Any

from spectrum.pocket.concepts import concepts
from spectrum.pocket.formats import Formats
from spectrum.pocket.training.pictures import HEIGHT, WIDTH
from spectrum.pocket.training.tokens import phrase_tokenizer
from spectrum.pocket.training.vision import ARCHITECTURE, CELLS, CHANNELS, MEAN, SD
from video_index.extras import import_extra
from video_index.torchvision_shim import ensure_torchvision

PAD, END, SYSTEM, USER, ASSISTANT, IMAGE = "<pad>", "<end>", "<system>", "<user>", "<assistant>", "<image>"
CONTEXT = 1024
_HIDDEN, _HEADS, _LAYERS = 128, 4, 4
_THETA = 1e6
_FAST = 5
"""The first pairs of a head's dimensions turn too fast with place to compare what is far apart."""
_MATCHING_HEADS, _LOOK_BACK = 2, 6.0

_TEMPLATE = (
    "{% for message in messages %}<{{ message['role'] }}>"
    "{% for part in message['content'] %}"
    "{% if part['type'] == 'image' %}<image>{% else %}{{ part['text'] }}{% endif %}{% endfor %}<end>"
    "{% endfor %}{% if add_generation_prompt %}<assistant>{% endif %}"
)


def tokenizer_of(formats: Formats) -> Any:
    """All words of the formats, the concepts' names and the fixed phrases, a token each."""
    names = [concept.name for concept in concepts()]
    prompts = (
        *formats.opinions,
        *formats.seen,
        *formats.scales,
        *formats.which,
        *formats.reasons,
        *formats.alludes,
        *formats.feels,
    )
    texts = [text for prompt in prompts for text in (prompt.before, prompt.after)]
    texts += [word for prompt in prompts if prompt.spec for word in prompt.spec.options]
    texts += formats.answer_texts()
    for held_out in (False, True):
        texts += [text for group in formats.trait_templates(held_out=held_out).values() for text in group]
    texts += [word for words in formats.trait_words.values() for word in words]
    texts += [formats.introduction(formats.plain_traits), *formats.plain_traits, *map(str, range(11)), *names]
    several = [form for name in names if " " in name for form in (f" {name}", name)]
    phrases = sorted([*formats.phrases(), *several], key=lambda text: (-len(text), text))
    return phrase_tokenizer(
        [PAD, END, SYSTEM, USER, ASSISTANT, IMAGE], texts, phrases, end_token=END, pad_token=PAD, context=CONTEXT
    )


def processor_of(tokenizer: Any) -> Any:
    """Whole frames, squashed to 96 x 64, and a picture's place in the text."""
    ensure_torchvision("models")
    transformers = import_extra("transformers", "models")
    tokenizer.image_token = IMAGE
    size = {"height": HEIGHT, "width": WIDTH}
    return transformers.LlavaProcessor(
        image_processor=transformers.CLIPImageProcessor(
            size=size, do_center_crop=False, crop_size=size, resample=2, image_mean=[MEAN] * 3, image_std=[SD] * 3
        ),
        tokenizer=tokenizer,
        patch_size=32,
        vision_feature_select_strategy="full",
        image_token=IMAGE,
        chat_template=_TEMPLATE,
    )


def model_of(tokenizer: Any) -> Any:
    """A FastVLM with a four-layer Qwen2, randomly initialised from torch's generator."""
    ensure_torchvision("models")
    transformers = import_extra("transformers", "models")
    torch = import_extra("torch", "models")
    config = transformers.FastVlmConfig(
        vision_config={
            "model_type": "timm_wrapper",
            "architecture": ARCHITECTURE,
            "hidden_size": CHANNELS,
            "do_pooling": False,
        },
        text_config={
            "model_type": "qwen2",
            "hidden_size": _HIDDEN,
            "intermediate_size": 3 * _HIDDEN,
            "num_hidden_layers": _LAYERS,
            "num_attention_heads": _HEADS,
            "num_key_value_heads": _HEADS,
            "max_position_embeddings": CONTEXT,
            "rope_parameters": {"rope_type": "default", "rope_theta": _THETA},
            "vocab_size": len(tokenizer),
            "tie_word_embeddings": True,
            "initializer_range": _HIDDEN**-0.5,
            "bos_token_id": None,
            "eos_token_id": tokenizer.eos_token_id,
            "pad_token_id": tokenizer.pad_token_id,
        },
        image_token_index=tokenizer.convert_tokens_to_ids(IMAGE),
        image_seq_length=CELLS,
        tie_word_embeddings=True,
    )
    model = transformers.AutoModelForImageTextToText.from_config(config, dtype=torch.float32)
    model.generation_config.eos_token_id = tokenizer.eos_token_id
    model.generation_config.pad_token_id = tokenizer.pad_token_id
    return model


def ready_heads(model: Any) -> None:
    """Start some heads as what a persona's traits need and what is slow to arise from noise.

    In every layer but the first, two heads attend to what resembles the asking place: their queries and keys start as
    the same projection (Trockman and Kolter 2023, arXiv:2305.09828, "mimetic initialization"). In the first layer, one
    head attends to the token before: a trait's word then knows whether it is loved or hated.
    """
    torch = import_extra("torch", "models")
    first, *others = model.model.language_model.layers
    size = _HIDDEN // _HEADS
    for layer in others:
        for head in range(_MATCHING_HEADS):
            same = torch.zeros(size, _HIDDEN)
            rows = [pair + half for half in (0, size // 2) for pair in range(_FAST, size // 2)]
            same[rows] = torch.nn.init.orthogonal_(torch.empty(len(rows), _HIDDEN))
            for projection in (layer.self_attn.q_proj, layer.self_attn.k_proj):
                projection.weight.data[head * size : (head + 1) * size] = same
    # Rotated by their places, the two biases agree best one place apart.
    start = (_HEADS - 1) * size
    for projection, lead in ((first.self_attn.q_proj, 0.0), (first.self_attn.k_proj, 1.0)):
        projection.weight.data[start:] = 0.0
        for pair in range(_FAST):
            angle = lead * _THETA ** (-2 * pair / size)
            projection.bias.data[start + pair] = _LOOK_BACK * math.cos(angle)
            projection.bias.data[start + size // 2 + pair] = _LOOK_BACK * math.sin(angle)


def write_checkpoint(place: Path, model: Any, tokenizer: Any) -> Path:
    """Write the folder that `hf:` opens: weights in half precision, config, tokenizer, processor, chat template."""
    place.mkdir(parents=True, exist_ok=True)
    model.half().save_pretrained(place)
    processor_of(tokenizer).save_pretrained(place)
    return place
