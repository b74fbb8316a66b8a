"""Tiny vision-language checkpoints in real architectures, with random weights: for trying the whole path.

A folder made here holds what any published checkpoint holds (weights as safetensors, config, tokenizer,
processor, chat template), so everything that asks a checkpoint can be tried on a machine without one, in
seconds. The answers mean nothing: the weights are random. With `answers=True` the output layer is arranged
so that the model writes "Yes" or "No" and stops; which of them it writes still comes from random weights.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spectrum.errors import ConfigError
from spectrum.pocket.tiny_tokenizer import train_tokenizer
from video_index.extras import import_extra
from video_index.torchvision_shim import ensure_torchvision

_HIDDEN = 64
_TEXT = {
    "hidden_size": _HIDDEN,
    "intermediate_size": 128,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 8192,
    "tie_word_embeddings": False,
}
_VISION = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4}
_WEIGHT_SD = 0.1  # wide enough that another picture or question changes what is written

_CHATML_VISION = (
    "{% for message in messages %}"
    "{% if loop.first and message['role'] != 'system' %}"
    "<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n{% endif %}"
    "<|im_start|>{{ message['role'] }}\n"
    "{% for part in message['content'] %}"
    "{% if part['type'] == 'image' %}<|vision_start|><|image_pad|><|vision_end|>"
    "{% elif part['type'] == 'video' %}<|vision_start|><|video_pad|><|vision_end|>"
    "{% else %}{{ part['text'] }}{% endif %}{% endfor %}<|im_end|>\n"
    "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
_TURNS_WITH_UTTERANCE_END = (
    "<|im_start|>{% for message in messages %}{{ message['role'] | capitalize }}:"
    "{% if message['content'][0]['type'] == 'text' %} {% endif %}"
    "{% for part in message['content'] %}"
    "{% if part['type'] == 'image' %}<image>{% elif part['type'] == 'video' %}<video>"
    "{% else %}{{ part['text'] }}{% endif %}{% endfor %}<end_of_utterance>\n"
    "{% endfor %}{% if add_generation_prompt %}Assistant:{% endif %}"
)
_PICTURES_FIRST = (
    "{% for message in messages %}"
    "{% if message['role'] != 'system' %}{{ message['role'] | upper }}: {% endif %}"
    "{% for part in message['content'] if part['type'] == 'image' %}<image>\n{% endfor %}"
    "{% for part in message['content'] if part['type'] == 'text' %}{{ part['text'] }} {% endfor %}"
    "{% endfor %}{% if add_generation_prompt %}ASSISTANT:{% endif %}"
)


@dataclass(frozen=True, slots=True)
class _Built:
    config: Any
    processor: Any
    tokenizer: Any
    prompt_end: str
    """The token after which the model answers."""


def build_checkpoint(folder: Path, architecture: str, *, seed: int = 0, answers: bool = False) -> Path:
    """Write a random-weight checkpoint of one of `ARCHITECTURES` into `folder` (made if absent); give it back.

    The same architecture and seed give the same weights, byte for byte, on one machine and torch version.
    About 0.2 M parameters, under 1 MB, float32. Raises ConfigError for another architecture and
    MissingExtraError where the `models` extra is not installed.
    """
    if architecture not in _BUILDERS:
        raise ConfigError(f"no tiny checkpoint of architecture {architecture!r}; choose {', '.join(ARCHITECTURES)}")
    torch = import_extra("torch", "models")
    ensure_torchvision("models")
    transformers = import_extra("transformers", "models")
    if not sys.stderr.isatty():
        transformers.utils.logging.disable_progress_bar()
    built = _BUILDERS[architecture](transformers)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = transformers.AutoModelForImageTextToText.from_config(built.config, dtype=torch.float32)
        _draw_weights(torch, model)
        if answers:
            _let_it_answer(torch, model, built)
    model.generation_config.eos_token_id = built.tokenizer.eos_token_id
    model.generation_config.pad_token_id = built.tokenizer.pad_token_id
    model.save_pretrained(folder)
    built.processor.save_pretrained(folder)
    return folder


def _draw_weights(torch: Any, model: Any) -> None:
    """Normal weights in every matrix; norms and biases stay as the architecture sets them."""
    for parameter in model.parameters():
        if parameter.dim() > 1:
            torch.nn.init.normal_(parameter, std=_WEIGHT_SD)


def _let_it_answer(torch: Any, model: Any, built: _Built) -> None:
    """Arrange embeddings and output layer so that "Yes" or "No" is written, and then the end.

    One direction of the hidden state marks the place of the answer, another that an answer was just
    written; the output rows of "Yes" and "No" share the first, the end token's holds the second. Their own
    random parts, orthogonal to what is fixed at that place, decide between "Yes" and "No".
    """
    tokenizer = built.tokenizer
    place, done = torch.nn.functional.normalize(torch.randn(2, _HIDDEN), dim=1)
    inputs = model.get_input_embeddings().weight.data
    outputs = model.get_output_embeddings().weight.data
    words = tokenizer.convert_tokens_to_ids(["Yes", "No"])
    last = tokenizer.convert_tokens_to_ids(built.prompt_end)
    inputs[last] = 3.0 * place
    inputs[words] = 3.0 * done
    own = torch.randn(_HIDDEN)
    own -= (own @ place) * place
    outputs[words[0]] = 2.0 * place + 0.2 * own
    outputs[words[1]] = 2.0 * place - 0.2 * own
    outputs[tokenizer.eos_token_id] = 3.0 * done


def _qwen2_5_vl(transformers: Any) -> _Built:
    tokenizer = train_tokenizer(
        [
            "<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|vision_start|>", "<|vision_end|>",
            "<|image_pad|>", "<|video_pad|>",
        ],
        end_token="<|im_end|>",
        pad_token="<|endoftext|>",
    )  # fmt: skip
    tokenizer.image_token, tokenizer.video_token = "<|image_pad|>", "<|video_pad|>"
    identify = tokenizer.convert_tokens_to_ids
    picture = {"patch_size": 14, "merge_size": 2, "temporal_patch_size": 2}
    size = {"shortest_edge": 56 * 56, "longest_edge": 112 * 112}
    processor = transformers.Qwen2_5_VLProcessor(
        image_processor=transformers.Qwen2VLImageProcessor(size=size, **picture),
        tokenizer=tokenizer,
        video_processor=transformers.Qwen2VLVideoProcessor(size=size, **picture),
        chat_template=_CHATML_VISION,
    )
    config = transformers.Qwen2_5_VLConfig(
        text_config={
            **_TEXT,
            "vocab_size": len(tokenizer),
            "bos_token_id": None,
            "eos_token_id": tokenizer.eos_token_id,
            "pad_token_id": tokenizer.pad_token_id,
            "rope_parameters": {"rope_type": "default", "rope_theta": 1e4, "mrope_section": [2, 3, 3]},
        },
        vision_config={
            "depth": 2, "hidden_size": 32, "intermediate_size": 64, "num_heads": 4, "out_hidden_size": _HIDDEN,
            "patch_size": 14, "spatial_merge_size": 2, "temporal_patch_size": 2, "window_size": 56,
            "fullatt_block_indexes": [1],
        },
        image_token_id=identify("<|image_pad|>"),
        video_token_id=identify("<|video_pad|>"),
        vision_start_token_id=identify("<|vision_start|>"),
        vision_end_token_id=identify("<|vision_end|>"),
    )  # fmt: skip
    return _Built(config, processor, tokenizer, prompt_end="Ċ")


def _smolvlm(transformers: Any) -> _Built:
    specials = ["<|endoftext|>", "<|im_start|>", "<end_of_utterance>", "<image>", "<video>"]
    specials += ["<fake_token_around_image>", "<global-img>"]
    tokenizer = train_tokenizer(specials, end_token="<end_of_utterance>", pad_token="<|endoftext|>")
    side, patch, scale = 56, 14, 2
    processor = transformers.SmolVLMProcessor(
        image_processor=transformers.SmolVLMImageProcessor(
            size={"longest_edge": 2 * side}, max_image_size={"longest_edge": side}
        ),
        tokenizer=tokenizer,
        video_processor=transformers.SmolVLMVideoProcessor(
            size={"longest_edge": 2 * side},
            max_image_size={"longest_edge": side},
            video_sampling={"fps": 1, "max_frames": 64, "video_size": {"longest_edge": 2 * side}},
        ),
        image_seq_len=(side // patch) ** 2 // scale**2,
        chat_template=_TURNS_WITH_UTTERANCE_END,
    )
    config = transformers.SmolVLMConfig(
        text_config={
            **_TEXT,
            "model_type": "llama",
            "vocab_size": len(tokenizer),
            "bos_token_id": None,
            "eos_token_id": tokenizer.eos_token_id,
            "pad_token_id": tokenizer.pad_token_id,
        },
        vision_config={**_VISION, "image_size": side, "patch_size": patch},
        image_token_id=tokenizer.convert_tokens_to_ids("<image>"),
        pad_token_id=tokenizer.pad_token_id,
        scale_factor=scale,
    )
    return _Built(config, processor, tokenizer, prompt_end=":")


def _llava(transformers: Any) -> _Built:
    tokenizer = train_tokenizer(["<pad>", "</s>", "<image>"], end_token="</s>", pad_token="<pad>")
    side, patch = 56, 14
    processor = transformers.LlavaProcessor(
        image_processor=transformers.CLIPImageProcessor(
            size={"shortest_edge": side}, crop_size={"height": side, "width": side}
        ),
        tokenizer=tokenizer,
        patch_size=patch,
        vision_feature_select_strategy="default",
        num_additional_image_tokens=1,
        chat_template=_PICTURES_FIRST,
    )
    config = transformers.LlavaConfig(
        vision_config={
            **_VISION, "model_type": "clip_vision_model", "image_size": side, "patch_size": patch,
            "projection_dim": 32,
        },
        text_config={
            **_TEXT,
            "model_type": "llama",
            "vocab_size": len(tokenizer),
            "bos_token_id": None,
            "eos_token_id": tokenizer.eos_token_id,
            "pad_token_id": tokenizer.pad_token_id,
        },
        image_token_index=tokenizer.convert_tokens_to_ids("<image>"),
        image_seq_length=(side // patch) ** 2,
    )  # fmt: skip
    return _Built(config, processor, tokenizer, prompt_end=":")


_BUILDERS: dict[str, Callable[[Any], _Built]] = {
    "qwen2_5_vl": _qwen2_5_vl,
    "smolvlm": _smolvlm,
    "llava": _llava,
}
ARCHITECTURES: tuple[str, ...] = tuple(_BUILDERS)
"""Architectures `build_checkpoint` knows. The first two take videos; the last takes pictures only."""
