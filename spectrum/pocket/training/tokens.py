"""A tokenizer of known words and phrases: what it does not know it spells in bytes."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from video_index.extras import import_extra

_WORD = r" ?[A-Za-z]+| ?[0-9]+| ?[^\sA-Za-z0-9]+|\s+"


def phrase_tokenizer(
    specials: Sequence[str],
    texts: Iterable[str],
    phrases: Sequence[str] = (),
    *,
    end_token: str,
    pad_token: str,
    context: int,
    lowercase: bool = False,
    frame: tuple[str, str] | None = None,
) -> Any:
    """A `PreTrainedTokenizerFast` with one token for each phrase and for each word of `texts`.

    `phrases` (longest first) are looked for before words, so that a fixed question is a few tokens and a pocket
    model reads many of them at once. Words keep the blank before them, and are known with and without it. The first
    token ids are those of `specials`. `frame` is put around every text (start and end token).
    """
    tokenizers = import_extra("tokenizers", "models")
    transformers = import_extra("transformers", "models")
    pattern = "|".join([*(" ?" + re.escape(phrase) for phrase in phrases), _WORD])
    tokens = {
        token for text in (*texts, *phrases) for token in re.findall(pattern, text.lower() if lowercase else text)
    }
    tokens |= {token.lstrip(" ") for token in tokens} | {" " + token.lstrip(" ") for token in tokens}
    alphabet = sorted(tokenizers.pre_tokenizers.ByteLevel.alphabet())
    level = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    spelled = sorted({"".join(part for part, _ in level.pre_tokenize_str(token)) for token in tokens if token.strip()})
    vocabulary = {token: place for place, token in enumerate(dict.fromkeys([*specials, *alphabet, *spelled]))}
    inner = tokenizers.Tokenizer(tokenizers.models.BPE(vocab=vocabulary, merges=[], ignore_merges=True))
    if lowercase:
        inner.normalizer = tokenizers.normalizers.Lowercase()
    split = tokenizers.pre_tokenizers.Split(tokenizers.Regex(pattern), "isolated")
    inner.pre_tokenizer = tokenizers.pre_tokenizers.Sequence([split, level])
    inner.decoder = tokenizers.decoders.ByteLevel()
    inner.add_special_tokens(list(specials))
    if frame is not None:
        start, end = frame
        inner.post_processor = tokenizers.processors.TemplateProcessing(
            single=f"{start} $A {end}", special_tokens=[(start, vocabulary[start]), (end, vocabulary[end])]
        )
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=inner,
        eos_token=end_token,
        pad_token=pad_token,
        clean_up_tokenization_spaces=False,
        model_max_length=context,
    )
