"""What a user may set about a respondent, whatever its kind; each kind reads the fields it knows."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RespondentOptions:
    """Options of every kind of respondent. Keys and passwords are never among them."""

    device_map: str = "auto"
    """Local checkpoints: where the weights go (accelerate's device_map)."""
    dtype: str = "auto"
    """Local checkpoints: the type of the weights; "auto" is the checkpoint's own."""
    revision: str | None = None
    """Local checkpoints: commit, tag or branch on the hub."""
    think_budget: int = 0
    """Tokens a thinking model may use before its answer, on top of each ask's `max_tokens`."""
    deterministic: bool = False
    """Local checkpoints: fixed batch shapes, so that answers are byte-equal on a CPU."""
    batch_size: int | None = None
    """Local checkpoints: at most so many asks of a clip continued together; None leaves it to the engine."""
    clip_first: bool = False
    """Local checkpoints: pictures before every word, so that personas share their part of the prompt."""
    copies: int | None = None
    """Local checkpoints: copies of the weights, each answering its own clips; None is one a GPU where it fits."""
    trust_remote_code: bool = False
    """Local checkpoints: run Python code that comes with the checkpoint."""
    pickled_weights: bool = False
    """Local checkpoints: load weights that are not safetensors; unpickling may run code in them."""
    temperature: float | None = 0.0
    """API models: 0 asks for the likeliest answer; None sends none, for models that refuse the setting."""
    concurrency: int = 64
    """API models: requests at once, at most. It begins with 8, grows while all goes well, and shrinks on 429."""
    max_retries: int = 8
    """API models: further calls after one that failed in passing."""
    timeout_s: float = 120.0
    """API models: seconds without a byte after which a call counts as failed."""
    logprobs: bool | None = None
    """API models: ask for token log probabilities; None asks where the provider is known to give them."""
    media_ids: bool = False
    """API models: send an id with each picture (the field `uuid`), for vLLM servers, which take it."""
    price_in: float | None = None
    """API models: USD per million tokens sent. No price table is shipped: it would be wrong next month."""
    price_out: float | None = None
    """API models: USD per million tokens written."""
    budget_usd: float | None = None
    """API models: stop before the call that would spend more. Needs both prices."""
    budget_tokens: int | None = None
    """API models: stop before the call that would use more tokens, sent and written together."""
    budget_calls: int | None = None
    """API models: stop before the call after this many, retries included."""
