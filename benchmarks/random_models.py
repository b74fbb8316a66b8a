"""Random-weight checkpoints of real architectures, in a size for a CPU and in the published size, for timing only."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

from spectrum.pocket.tiny_tokenizer import train_tokenizer
from video_index.torchvision_shim import ensure_torchvision

Size = Literal["small", "real"]

_CHATML = (
    "{% for message in messages %}<|im_start|>{{ message['role'] }}\n"
    "{% for part in message['content'] %}{% if part['type'] == 'image' %}[IMAGE]"
    "{% else %}{{ part['text'] }}{% endif %}{% endfor %}<|im_end|>\n"
    "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
_END, _PAD = "<|im_end|>", "<|endoftext|>"
_WEIGHT_SD = 0.05  # wide enough that answers differ between questions and pictures


def build_model(folder: Path, name: str, size: Size, *, device: str = "cpu", dtype: str = "float32") -> Path:
    """Write a checkpoint of one of `MODELS` into `folder`; "small" has 40 to 60 million parameters."""
    import torch

    ensure_torchvision("models")
    import transformers

    config, processor = MODELS[name](transformers, size)
    torch.manual_seed(5)
    with torch.device(device):
        model = transformers.AutoModelForImageTextToText.from_config(config, dtype=getattr(torch, dtype))
        for parameter in model.parameters():
            if parameter.dim() > 1:
                torch.nn.init.normal_(parameter, std=_WEIGHT_SD if size == "small" else 0.02)
    model.generation_config.eos_token_id = processor.tokenizer.eos_token_id
    model.generation_config.pad_token_id = processor.tokenizer.pad_token_id
    model.save_pretrained(folder)
    processor.save_pretrained(folder)
    return folder


def _text(tokenizer: Any, **more: Any) -> dict[str, Any]:
    return {
        "max_position_embeddings": 32768,
        "vocab_size": len(tokenizer),
        "bos_token_id": None,
        "eos_token_id": tokenizer.eos_token_id,
        "pad_token_id": tokenizer.pad_token_id,
        "tie_word_embeddings": False,
        **more,
    }


def _smolvlm(transformers: Any, size: Size) -> tuple[Any, Any]:
    specials = [_PAD, "<|im_start|>", _END, "<image>", "<video>", "<fake_token_around_image>", "<global-img>"]
    tokenizer = train_tokenizer(specials, end_token=_END, pad_token=_PAD)
    side = 384
    processor = transformers.SmolVLMProcessor(
        image_processor=transformers.SmolVLMImageProcessor(
            size={"longest_edge": side}, max_image_size={"longest_edge": side}, do_image_splitting=False
        ),
        tokenizer=tokenizer,
        video_processor=transformers.SmolVLMVideoProcessor(
            size={"longest_edge": side},
            max_image_size={"longest_edge": side},
            video_sampling={"fps": 1, "max_frames": 64, "video_size": {"longest_edge": side}},
        ),
        image_seq_len=81,
        chat_template=_CHATML.replace("[IMAGE]", "<image>"),
    )
    small = size == "small"
    text = (
        {"hidden_size": 576, "intermediate_size": 1536, "num_hidden_layers": 11, "num_attention_heads": 9,
         "num_key_value_heads": 3}
        if small
        else {"hidden_size": 2048, "intermediate_size": 8192, "num_hidden_layers": 24, "num_attention_heads": 32,
              "num_key_value_heads": 32, "vocab_size": 49280}
    )  # fmt: skip
    tower = (
        {"hidden_size": 192, "intermediate_size": 768, "num_hidden_layers": 6, "num_attention_heads": 6}
        if small
        else {"hidden_size": 1152, "intermediate_size": 4304, "num_hidden_layers": 27, "num_attention_heads": 16}
    )
    config = transformers.SmolVLMConfig(
        text_config=_text(tokenizer, model_type="llama", **text),
        vision_config={**tower, "image_size": side, "patch_size": 14},
        image_token_id=tokenizer.convert_tokens_to_ids("<image>"),
        pad_token_id=tokenizer.pad_token_id,
        scale_factor=3,
    )
    return config, processor


def _qwen(transformers: Any, kind: str, text: dict[str, Any], tower: dict[str, Any]) -> tuple[Any, Any]:
    names = [_PAD, "<|im_start|>", _END, "<|vision_start|>", "<|vision_end|>", "<|image_pad|>", "<|video_pad|>"]
    tokenizer = train_tokenizer(names, end_token=_END, pad_token=_PAD)
    tokenizer.image_token, tokenizer.video_token = "<|image_pad|>", "<|video_pad|>"
    patch = tower["patch_size"]
    picture = {"patch_size": patch, "merge_size": 2, "temporal_patch_size": 2}
    size = {"shortest_edge": 80 * (2 * patch) ** 2, "longest_edge": 100 * (2 * patch) ** 2}
    videos = "Qwen2" if kind == "Qwen2_5_" else kind
    processor = getattr(transformers, f"{kind}VLProcessor")(
        image_processor=transformers.Qwen2VLImageProcessor(size=size, **picture),
        tokenizer=tokenizer,
        video_processor=getattr(transformers, f"{videos}VLVideoProcessor")(size=size, **picture),
        chat_template=_CHATML.replace("[IMAGE]", "<|vision_start|><|image_pad|><|vision_end|>"),
    )
    identify = tokenizer.convert_tokens_to_ids
    config = getattr(transformers, f"{kind}VLConfig")(
        text_config=_text(tokenizer, **text),
        vision_config={"spatial_merge_size": 2, "temporal_patch_size": 2, **tower},
        image_token_id=identify("<|image_pad|>"),
        video_token_id=identify("<|video_pad|>"),
        vision_start_token_id=identify("<|vision_start|>"),
        vision_end_token_id=identify("<|vision_end|>"),
    )
    return config, processor


def _qwen2_5(transformers: Any, size: Size) -> tuple[Any, Any]:
    rope = {"rope_type": "default", "rope_theta": 1e6}
    if size == "small":
        text = {"hidden_size": 512, "intermediate_size": 2048, "num_hidden_layers": 9, "num_attention_heads": 8,
                "num_key_value_heads": 2, "rope_parameters": {**rope, "mrope_section": [8, 12, 12]}}  # fmt: skip
        tower = {"depth": 6, "hidden_size": 256, "intermediate_size": 768, "num_heads": 4, "out_hidden_size": 512,
                 "fullatt_block_indexes": [2, 5]}  # fmt: skip
    else:
        text = {"hidden_size": 2048, "intermediate_size": 11008, "num_hidden_layers": 36, "num_attention_heads": 16,
                "num_key_value_heads": 2, "vocab_size": 151936,
                "rope_parameters": {**rope, "mrope_section": [16, 24, 24]}}  # fmt: skip
        tower = {"depth": 32, "hidden_size": 1280, "intermediate_size": 3420, "num_heads": 16,
                 "out_hidden_size": 2048, "fullatt_block_indexes": [7, 15, 23, 31]}  # fmt: skip
    return _qwen(transformers, "Qwen2_5_", text, {**tower, "patch_size": 14, "window_size": 112})


def _qwen3(transformers: Any, size: Size) -> tuple[Any, Any]:
    rope = {"rope_type": "default", "rope_theta": 5e6, "mrope_interleaved": True}
    if size == "small":
        text = {"hidden_size": 512, "intermediate_size": 2048, "num_hidden_layers": 9, "num_attention_heads": 8,
                "num_key_value_heads": 4, "head_dim": 64,
                "rope_parameters": {**rope, "mrope_section": [12, 10, 10]}}  # fmt: skip
        tower = {"depth": 6, "hidden_size": 256, "intermediate_size": 1024, "num_heads": 4, "out_hidden_size": 512,
                 "deepstack_visual_indexes": [1, 3, 5]}  # fmt: skip
    else:
        text = {"hidden_size": 2048, "intermediate_size": 6144, "num_hidden_layers": 28, "num_attention_heads": 16,
                "num_key_value_heads": 8, "head_dim": 128, "vocab_size": 151936,
                "rope_parameters": {**rope, "mrope_section": [24, 20, 20]}}  # fmt: skip
        tower = {"depth": 24, "hidden_size": 1024, "intermediate_size": 4096, "num_heads": 16,
                 "out_hidden_size": 2048, "deepstack_visual_indexes": [5, 11, 17]}  # fmt: skip
    return _qwen(transformers, "Qwen3", text, {**tower, "patch_size": 16, "num_position_embeddings": 2304})


MODELS: dict[str, Callable[[Any, Size], tuple[Any, Any]]] = {
    "SmolVLM": _smolvlm,
    "Qwen2.5-VL": _qwen2_5,
    "Qwen3-VL": _qwen3,
}
