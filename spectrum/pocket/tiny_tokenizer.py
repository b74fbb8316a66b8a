"""A small byte-level BPE tokenizer, trained in memory: the text side of the tiny checkpoints.

A few hundred merges make words of questions and answers single tokens ("Yes", " no") and leave others in
several ("dis" + "like"), which is what real tokenizers do to them too. Training is exact counting, so the
same corpus gives the same tokenizer everywhere.
"""

from collections.abc import Sequence
from typing import Any

from video_index.extras import import_extra

VOCABULARY = 512

_WORDS = (
    "yes no Yes No YES NO like dislike Like interested not watch skip keep clip clips video videos short "
    "question answer would do you find the this that is are of and or a one in to with what which picture "
    "system user assistant You helpful person values describe happy music food family nature friend game "
    "Answer with one word think"
)
_SENTENCES = (
    "Would you like to keep watching this video? Answer yes or no.",
    "Do you like this clip? Answer with one word: yes or no.",
    "Would you say no to a clip like this? Yes or no?",
    "You are a helpful person and you like videos of nature, food, music and family.",
    "Do you find this video interesting? Say interested or not interested.",
)


def train_tokenizer(special_tokens: Sequence[str], *, end_token: str, pad_token: str) -> Any:
    """A `PreTrainedTokenizerFast` of at most 512 tokens, with `special_tokens` never split.

    `end_token` ends an answer, `pad_token` fills batches; both must be among the special tokens. The first
    token ids are those of `special_tokens`, in their order.
    """
    tokenizers = import_extra("tokenizers", "models")
    transformers = import_extra("transformers", "models")
    tokenizer = tokenizers.Tokenizer(tokenizers.models.BPE())
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = tokenizers.decoders.ByteLevel()
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=list(special_tokens),
        initial_alphabet=tokenizers.pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    words = _WORDS.split()
    corpus = [*_SENTENCES * 4, " ".join(words), *[f"{word}" for word in words if word != "dislike"] * 8]
    tokenizer.train_from_iterator(corpus, trainer=trainer)
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        eos_token=end_token,
        pad_token=pad_token,
        clean_up_tokenization_spaces=False,
        model_max_length=8192,
    )
