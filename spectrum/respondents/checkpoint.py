"""Load a vision-language checkpoint: model, processor and what makes it itself, or one line on why not."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spectrum.errors import ConfigError, RespondentError
from spectrum.respondents.checkpoint_files import checkpoint_folder, content_fingerprint, first_line
from video_index.extras import import_extra
from video_index.torchvision_shim import ensure_torchvision

DTYPES = ("auto", "float32", "bfloat16", "float16")
_TILING_SWITCHES = ("do_image_splitting", "crop_to_patches", "do_pan_and_scan")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A loaded model with its processor. The model is in evaluation mode and decodes greedily by default."""

    model: Any
    processor: Any
    tokenizer: Any
    folder: Path
    fingerprint: str
    stop_tokens: frozenset[int]
    pad_token: int
    longest: int | None
    """How many tokens prompt and answer may have together; None where the config does not say."""

    @property
    def dtype(self) -> str:
        """Name of the weights' number format ("float32")."""
        return str(self.model.dtype).removeprefix("torch.")

    @property
    def attention(self) -> str:
        """Name of the attention implementation in use ("sdpa")."""
        return str(getattr(self.model.config, "_attn_implementation", None) or "eager")

    @property
    def pictures(self) -> str:
        """What the processor does to a frame beside scaling it: tiles switched off where it has a switch."""
        own = self.processor.image_processor
        switches = [name for name in _TILING_SWITCHES if hasattr(own, name)]
        tiling = f"tiling off ({', '.join(switches)})" if switches else "tiling as the processor does"
        return f"{tiling}; cut to the centre" if getattr(own, "do_center_crop", False) else tiling


def load_checkpoint(
    path_or_hub_name: str,
    *,
    device_map: Any = "auto",
    dtype: str = "auto",
    revision: str | None = None,
    trust_remote_code: bool = False,
    pickled_weights: bool = False,
    fingerprint: str | None = None,
) -> Checkpoint:
    """Load a folder or hub model of any architecture that `AutoModelForImageTextToText` knows.

    `device_map` goes to accelerate where an accelerator is there; without one the model lies on the CPU.
    `dtype` "auto" is the checkpoint's own on an accelerator and float32 on a CPU. Only safetensors are
    read unless `pickled_weights` is set (a pickle can run code). Weights the file lacks are an error, where
    transformers would draw them at random and only warn. `fingerprint` is that of the same files, where it
    was computed before: hashing weights takes as long as reading them.

    Raises UnknownRespondentError where nothing has that name, RespondentError where it does not load (no
    vision-language model, no chat template, broken or missing weights, too large), ConfigError for an
    unknown dtype, MissingExtraError where a package is missing.
    """
    if dtype not in DTYPES:
        raise ConfigError(f"no dtype {dtype!r}; choose {', '.join(DTYPES)}")
    folder = checkpoint_folder(
        path_or_hub_name, revision=revision, pickled_weights=pickled_weights, code=trust_remote_code
    )
    import_extra("torch", "models")
    ensure_torchvision("models")
    transformers = import_extra("transformers", "models")
    if not sys.stderr.isatty():
        transformers.utils.logging.disable_progress_bar()
    config = _config(transformers, folder, path_or_hub_name, trust_remote_code)
    processor = _processor(transformers, folder, path_or_hub_name, trust_remote_code)
    model = _model(
        transformers,
        folder,
        path_or_hub_name,
        trust_remote_code=trust_remote_code,
        use_safetensors=None if pickled_weights else True,
        **_placement(device_map, dtype),
    )
    _switch_tiling_off(processor)
    tokenizer = processor.tokenizer
    stops = _stop_tokens(model, tokenizer)
    pad = tokenizer.pad_token_id if tokenizer.pad_token_id is not None else min(stops, default=0)
    model.generation_config = _greedy(transformers, model.generation_config, stops, pad)
    return Checkpoint(
        model=model.eval(),
        processor=processor,
        tokenizer=tokenizer,
        folder=folder,
        fingerprint=fingerprint or content_fingerprint(folder, pickled_weights=pickled_weights, code=trust_remote_code),
        stop_tokens=stops,
        pad_token=pad,
        longest=getattr(config.get_text_config(), "max_position_embeddings", None),
    )


def _config(transformers: Any, folder: Path, asked: str, trust_remote_code: bool) -> Any:
    try:
        config = transformers.AutoConfig.from_pretrained(folder, trust_remote_code=trust_remote_code)
    except (OSError, ValueError, KeyError, ImportError) as error:
        raise RespondentError(f"the config of {asked} cannot be read: {first_line(error)}") from None
    remote = "AutoModelForImageTextToText" in (getattr(config, "auto_map", None) or {})
    # The mapping of known architectures is private to the Auto class, but the only one there is; asking it
    # first tells "not a vision-language model" apart from every other ValueError of loading.
    known = type(config) in transformers.AutoModelForImageTextToText._model_mapping
    if not known and not (remote and trust_remote_code):
        raise RespondentError(
            f"{asked} is a {config.model_type!r} model, which answers no questions about pictures; "
            "give a vision-language checkpoint (image-text-to-text)"
        )
    return config


def _processor(transformers: Any, folder: Path, asked: str, trust_remote_code: bool) -> Any:
    no_processor = RespondentError(
        f"{asked} has no picture processor; save it beside the weights (processor.save_pretrained)"
    )
    if not any((folder / name).is_file() for name in ("processor_config.json", "preprocessor_config.json")):
        raise no_processor
    try:
        processor = transformers.AutoProcessor.from_pretrained(folder, trust_remote_code=trust_remote_code)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, ImportError) as error:
        raise RespondentError(f"the processor of {asked} does not load: {first_line(error)}") from None
    if getattr(processor, "image_processor", None) is None or getattr(processor, "tokenizer", None) is None:
        raise no_processor
    template = getattr(processor, "chat_template", None)
    if template is None and processor.tokenizer.chat_template is not None:
        template = processor.chat_template = processor.tokenizer.chat_template
    if template is None or (isinstance(template, dict) and "default" not in template):
        raise RespondentError(
            f"{asked} has no chat template, so its prompts cannot be written; take an instruction-tuned "
            "checkpoint or add chat_template.jinja to the folder"
        )
    return processor


def _model(transformers: Any, folder: Path, asked: str, **options: Any) -> Any:
    torch = import_extra("torch", "models")
    safetensors = import_extra("safetensors", "models")
    try:
        model, info = transformers.AutoModelForImageTextToText.from_pretrained(
            folder, output_loading_info=True, **options
        )
    except torch.OutOfMemoryError:
        raise RespondentError(f"the weights of {asked} do not fit into this device's memory") from None
    except safetensors.SafetensorError as error:
        raise RespondentError(f"a weight file of {asked} is damaged: {first_line(error)}") from None
    except (OSError, ValueError, RuntimeError, KeyError, ImportError) as error:
        raise RespondentError(f"the weights of {asked} do not load: {first_line(error)}") from None
    if missing := sorted(info["missing_keys"]):
        raise RespondentError(
            f"the weight files of {asked} lack {len(missing)} of the model's tensors, the first being "
            f"{missing[0]}; they would be random numbers"
        )
    return model


def _placement(device_map: Any, dtype: str) -> dict[str, Any]:
    torch = import_extra("torch", "models")
    accelerated = torch.accelerator.is_available() and device_map not in (None, "cpu")
    number_format = "float32" if dtype == "auto" and not accelerated else dtype
    placement: dict[str, Any] = {"dtype": number_format if number_format == "auto" else getattr(torch, number_format)}
    if accelerated:
        import_extra("accelerate", "models")
        placement["device_map"] = device_map
    return placement


def _switch_tiling_off(processor: Any) -> None:
    """Show every frame once and whole: tiles multiply its tokens, and a clip has several frames anyway.

    Some processors pass a switch of their own with every call, which would override the picture processor's.
    """
    for name in _TILING_SWITCHES:
        if hasattr(processor.image_processor, name):
            setattr(processor.image_processor, name, False)
        if name in (own := getattr(processor, "images_kwargs", None) or {}):
            processor.images_kwargs = {**own, name: False}


def _stop_tokens(model: Any, tokenizer: Any) -> frozenset[int]:
    stops = model.generation_config.eos_token_id
    if stops is None:
        stops = tokenizer.eos_token_id
    if stops is None:
        return frozenset()
    return frozenset([stops] if isinstance(stops, int) else stops)


def _greedy(transformers: Any, own: Any, stops: frozenset[int], pad: int) -> Any:
    """Greedy decoding with the checkpoint's special tokens and none of its sampling or penalties.

    A repetition penalty counts the prompt's words, the options among them, and would make the written
    answer disagree with the option probabilities.
    """
    return transformers.GenerationConfig(
        do_sample=False,
        num_beams=1,
        bos_token_id=own.bos_token_id,
        decoder_start_token_id=own.decoder_start_token_id,
        eos_token_id=sorted(stops) or None,
        pad_token_id=pad,
    )
