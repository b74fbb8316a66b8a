"""The pocket VLM's parts: tokenizer, processor and an untrained model, in an architecture that transformers has."""

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
_HIDDEN = 128

_TEMPLATE = (
    "{% for message in messages %}<{{ message['role'] }}>"
    "{% for part in message['content'] %}"
    "{% if part['type'] == 'image' %}<image>{% else %}{{ part['text'] }}{% endif %}{% endfor %}<end>"
    "{% endfor %}{% if add_generation_prompt %}<assistant>{% endif %}"
)


def tokenizer_of(formats: Formats) -> Any:
    """All words of the formats, the concepts' names and the fixed phrases, a token each."""
    names = [concept.name for concept in concepts()]
    prompts = (*formats.opinions, *formats.seen, *formats.scales, *formats.which, *formats.reasons, *formats.alludes)
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
            "num_hidden_layers": 4,
            "num_attention_heads": 4,
            "num_key_value_heads": 4,
            "max_position_embeddings": CONTEXT,
            "vocab_size": len(tokenizer),
            "tie_word_embeddings": True,
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


def write_checkpoint(place: Path, model: Any, tokenizer: Any) -> Path:
    """Write the folder that `hf:` opens: weights in half precision, config, tokenizer, processor, chat template."""
    place.mkdir(parents=True, exist_ok=True)
    model.half().save_pretrained(place)
    processor_of(tokenizer).save_pretrained(place)
    return place
