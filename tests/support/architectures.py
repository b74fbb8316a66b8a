"""Tiny random checkpoints of the architectures that the fast engine must hold for, beside those the package builds."""

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from spectrum.pocket.checkpoints import ARCHITECTURES, build_checkpoint
from spectrum.pocket.tiny_tokenizer import train_tokenizer

HIDDEN = 64
LONGEST = 8192
GEMMA_WINDOW = 24
"""Sliding window of the Gemma 3 checkpoint, in tokens: shorter than two of its pictures."""

_TEXT = {
    "hidden_size": HIDDEN,
    "intermediate_size": 128,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 16,
    "max_position_embeddings": LONGEST,
    "tie_word_embeddings": False,
}
_TOWER = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "image_size": 56,
    "patch_size": 14,
}
_CHATML = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n"
    "{% for part in message['content'] %}{% if part['type'] == 'image' %}[IMAGE]"
    "{% elif part['type'] == 'video' %}[VIDEO]{% else %}{{ part['text'] }}{% endif %}{% endfor %}<|im_end|>\n"
    "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
_GEMMA = (
    "{{ bos_token }}{% if messages[0]['role'] == 'system' %}"
    "{% set first = messages[0]['content'][0]['text'] + '\n\n' %}"
    "{% set rest = messages[1:] %}{% else %}{% set first = '' %}{% set rest = messages %}{% endif %}"
    "{% for message in rest %}<start_of_turn>user\n{{ first }}{% for part in message['content'] %}"
    "{% if part['type'] == 'image' %}<start_of_image>{% else %}{{ part['text'] | trim }}{% endif %}{% endfor %}"
    "<end_of_turn>\n{% endfor %}{% if add_generation_prompt %}<start_of_turn>model\n{% endif %}"
)


@cache
def built(base: Path) -> Mapping[str, Path]:
    """A folder with each architecture's checkpoint, those of the package among them."""
    own = {name: build_checkpoint(base / "fast" / name, name, seed=11) for name in ARCHITECTURES}
    return {**own, **{name: build(base / "fast" / name, name) for name in BUILDERS}}


@pytest.fixture(scope="session")
def every_architecture(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """Folder of a random-weight checkpoint for each supported architecture, built once a session."""
    return built(tmp_path_factory.getbasetemp())


def build(folder: Path, name: str, seed: int = 11) -> Path:
    """Write one of `BUILDERS` into a folder; give it back."""
    import torch
    import transformers

    from video_index.torchvision_shim import ensure_torchvision

    ensure_torchvision("models")
    config, processor = BUILDERS[name](transformers)
    tokenizer = processor.tokenizer
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = transformers.AutoModelForImageTextToText.from_config(config, dtype=torch.float32)
        for parameter in model.parameters():
            if parameter.dim() > 1:
                torch.nn.init.normal_(parameter, std=0.1)
    model.generation_config.eos_token_id = tokenizer.eos_token_id
    model.generation_config.pad_token_id = tokenizer.pad_token_id
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    return folder


def _text(tokenizer: Any, **more: Any) -> dict[str, Any]:
    return {
        **_TEXT,
        "vocab_size": len(tokenizer),
        "bos_token_id": None,
        "eos_token_id": tokenizer.eos_token_id,
        "pad_token_id": tokenizer.pad_token_id,
        **more,
    }


def _qwen(transformers: Any, kind: str) -> tuple[Any, Any]:
    tokenizer = train_tokenizer(
        [
            "<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|vision_start|>", "<|vision_end|>", "<|image_pad|>",
            "<|video_pad|>",
        ],
        end_token="<|im_end|>",
        pad_token="<|endoftext|>",
    )  # fmt: skip
    tokenizer.image_token, tokenizer.video_token = "<|image_pad|>", "<|video_pad|>"
    third = kind == "Qwen3"
    picture = {"patch_size": 16 if third else 14, "merge_size": 2, "temporal_patch_size": 2}
    size = {"shortest_edge": 64 * 64, "longest_edge": 128 * 128}
    video = getattr(transformers, f"{kind}VLVideoProcessor")
    template = _CHATML.replace("[IMAGE]", "<|vision_start|><|image_pad|><|vision_end|>")
    processor = getattr(transformers, f"{kind}VLProcessor")(
        image_processor=transformers.Qwen2VLImageProcessor(size=size, **picture),
        tokenizer=tokenizer,
        video_processor=video(size={**size, "longest_edge": 8 * 128 * 128} if third else size, **picture),
        chat_template=template.replace("[VIDEO]", "<|vision_start|><|video_pad|><|vision_end|>"),
    )
    identify = tokenizer.convert_tokens_to_ids
    rope = {"rope_type": "default", "rope_theta": 1e4, "mrope_section": [2, 3, 3]}
    tower = {"depth": 2, "num_heads": 4, "patch_size": picture["patch_size"], "spatial_merge_size": 2,
             "temporal_patch_size": 2}  # fmt: skip
    if third:
        rope["mrope_interleaved"] = True
        tower |= {"hidden_size": 32, "intermediate_size": 64, "out_hidden_size": HIDDEN,
                  "deepstack_visual_indexes": [0, 1], "num_position_embeddings": 64}  # fmt: skip
    else:
        tower |= {"embed_dim": 32, "hidden_size": HIDDEN, "mlp_ratio": 2}
    config = getattr(transformers, f"{kind}VLConfig")(
        text_config=_text(tokenizer, rope_parameters=rope),
        vision_config=tower,
        image_token_id=identify("<|image_pad|>"),
        video_token_id=identify("<|video_pad|>"),
        vision_start_token_id=identify("<|vision_start|>"),
        vision_end_token_id=identify("<|vision_end|>"),
    )
    return config, processor


def _idefics3(transformers: Any) -> tuple[Any, Any]:
    specials = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<image>", "<end_of_utterance>"]
    specials += ["<fake_token_around_image>", "<global-img>"]
    tokenizer = train_tokenizer(specials, end_token="<|im_end|>", pad_token="<|endoftext|>")
    processor = transformers.Idefics3Processor(
        image_processor=transformers.Idefics3ImageProcessor(
            size={"longest_edge": 112}, max_image_size={"longest_edge": 56}
        ),
        tokenizer=tokenizer,
        image_seq_len=4,
        chat_template=_CHATML.replace("[IMAGE]", "<image>"),
    )
    config = transformers.Idefics3Config(
        text_config=_text(tokenizer, model_type="llama"),
        vision_config=_TOWER,
        image_token_id=tokenizer.convert_tokens_to_ids("<image>"),
        pad_token_id=tokenizer.pad_token_id,
        scale_factor=2,
    )
    return config, processor


def _llava_onevision(transformers: Any) -> tuple[Any, Any]:
    tokenizer = train_tokenizer(
        ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<image>", "<video>"],
        end_token="<|im_end|>",
        pad_token="<|endoftext|>",
    )
    tokenizer.image_token, tokenizer.video_token = "<image>", "<video>"
    processor = transformers.LlavaOnevisionProcessor(
        image_processor=transformers.LlavaOnevisionImageProcessor(
            size={"height": 56, "width": 56}, image_grid_pinpoints=[[56, 56], [56, 112], [112, 56], [112, 112]]
        ),
        tokenizer=tokenizer,
        video_processor=transformers.LlavaOnevisionVideoProcessor(size={"height": 56, "width": 56}),
        num_image_tokens=16,
        vision_feature_select_strategy="full",
        chat_template=_CHATML.replace("[IMAGE]", "<image>").replace("[VIDEO]", "<video>"),
    )
    config = transformers.LlavaOnevisionConfig(
        vision_config={**_TOWER, "model_type": "siglip_vision_model", "vision_use_head": False},
        text_config=_text(tokenizer, model_type="qwen2"),
        image_token_index=tokenizer.convert_tokens_to_ids("<image>"),
        video_token_index=tokenizer.convert_tokens_to_ids("<video>"),
        image_grid_pinpoints=[[56, 56], [56, 112], [112, 56], [112, 112]],
        vision_feature_select_strategy="full",
    )
    return config, processor


def _internvl(transformers: Any) -> tuple[Any, Any]:
    tokenizer = train_tokenizer(
        ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<img>", "</img>", "<IMG_CONTEXT>", "<video>"],
        end_token="<|im_end|>",
        pad_token="<|endoftext|>",
    )
    names = {"start_image_token": "<img>", "end_image_token": "</img>", "context_image_token": "<IMG_CONTEXT>",
             "video_token": "<video>"}  # fmt: skip
    tokenizer = transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer.backend_tokenizer,
        eos_token="<|im_end|>",
        pad_token="<|endoftext|>",
        clean_up_tokenization_spaces=False,
        model_max_length=LONGEST,
        extra_special_tokens=names,
    )
    processor = transformers.InternVLProcessor(
        image_processor=transformers.GotOcr2ImageProcessor(size={"height": 56, "width": 56}, crop_to_patches=True),
        tokenizer=tokenizer,
        video_processor=transformers.InternVLVideoProcessor(size={"height": 56, "width": 56}),
        image_seq_length=4,
        chat_template=_CHATML.replace("[IMAGE]", "<IMG_CONTEXT>\n").replace("[VIDEO]", "<video>\n"),
    )
    tower = {**_TOWER, "image_size": [56, 56], "patch_size": [14, 14]}
    config = transformers.InternVLConfig(
        vision_config=tower,
        text_config=_text(tokenizer, model_type="qwen2"),
        image_token_id=tokenizer.convert_tokens_to_ids("<IMG_CONTEXT>"),
        image_seq_length=4,
    )
    return config, processor


def _gemma3(transformers: Any) -> tuple[Any, Any]:
    names = {"boi_token": "<start_of_image>", "eoi_token": "<end_of_image>", "image_token": "<image_soft_token>"}
    tokenizer = train_tokenizer(
        ["<pad>", "<eos>", "<bos>", "<start_of_turn>", "<end_of_turn>", *names.values()],
        end_token="<end_of_turn>",
        pad_token="<pad>",
    )
    tokenizer = transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer.backend_tokenizer,
        eos_token="<end_of_turn>",
        bos_token="<bos>",
        pad_token="<pad>",
        clean_up_tokenization_spaces=False,
        model_max_length=LONGEST,
        extra_special_tokens=names,
    )
    processor = transformers.Gemma3Processor(
        image_processor=transformers.Gemma3ImageProcessor(size={"height": 56, "width": 56}),
        tokenizer=tokenizer,
        image_seq_length=16,
        chat_template=_GEMMA,
    )
    config = transformers.Gemma3Config(
        text_config=_text(
            tokenizer, sliding_window=GEMMA_WINDOW, layer_types=["sliding_attention", "full_attention"],
            query_pre_attn_scalar=16,
        ),
        vision_config={**_TOWER, "vision_use_head": False},
        mm_tokens_per_image=16,
        boi_token_index=tokenizer.convert_tokens_to_ids("<start_of_image>"),
        eoi_token_index=tokenizer.convert_tokens_to_ids("<end_of_image>"),
        image_token_index=tokenizer.convert_tokens_to_ids("<image_soft_token>"),
    )  # fmt: skip
    return config, processor


def _fast_vlm(transformers: Any) -> tuple[Any, Any]:
    tokenizer = train_tokenizer(
        ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<image>"], end_token="<|im_end|>", pad_token="<|endoftext|>"
    )
    side = 64
    processor = transformers.LlavaProcessor(
        image_processor=transformers.CLIPImageProcessor(
            size={"shortest_edge": side}, crop_size={"height": side, "width": side}
        ),
        tokenizer=tokenizer,
        patch_size=32,
        vision_feature_select_strategy="full",
        num_additional_image_tokens=0,
        chat_template=_CHATML.replace("[IMAGE]", "<image>"),
    )
    config = transformers.FastVlmConfig(
        vision_config={
            "model_type": "timm_wrapper", "architecture": "test_resnet", "do_pooling": False, "hidden_size": 96,
        },
        text_config=_text(tokenizer, model_type="qwen2"),
        image_token_id=tokenizer.convert_tokens_to_ids("<image>"),
        image_seq_length=4,
    )  # fmt: skip
    return config, processor


BUILDERS: dict[str, Callable[[Any], tuple[Any, Any]]] = {
    "qwen2_vl": lambda transformers: _qwen(transformers, "Qwen2"),
    "qwen3_vl": lambda transformers: _qwen(transformers, "Qwen3"),
    "idefics3": _idefics3,
    "llava_onevision": _llava_onevision,
    "internvl": _internvl,
    "gemma3": _gemma3,
    "fast_vlm": _fast_vlm,
}
EVERY = (*ARCHITECTURES, *BUILDERS)
