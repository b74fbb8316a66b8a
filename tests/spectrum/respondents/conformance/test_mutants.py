"""An engine with any one of the usual mistakes fails the checks that are there for it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from spectrum.respondents.conformance import checks
from spectrum.respondents.conformance.checks import Finding
from spectrum.respondents.conformance.subject import Subject
from spectrum.respondents.conformance.suite import examine
from spectrum.respondents.local import LocalRespondent
from spectrum.respondents.packed_passes import PackedPasses, Places
from spectrum.respondents.prompt_rows import Head, PromptRows, Row
from spectrum.respondents.shared_prefix import SharedPrefix
from spectrum.respondents.vision_features import VisionFeatures
from tests.support.architectures import every_architecture

torch = pytest.importorskip("torch")

__all__ = ["every_architecture"]

Mutate = Callable[[pytest.MonkeyPatch, LocalRespondent], None]


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def _cache_not_cropped(patch: pytest.MonkeyPatch, respondent: LocalRespondent) -> None:
    """What one question left in the cache stays there for the next."""
    own, left = SharedPrefix._prefix, {}

    def prefix(self: SharedPrefix, row: Row, skip: int) -> Any:
        found = own(self, row, skip)
        longer = left.get(row.head.key)
        left.setdefault(row.head.key, self._passes.extend(found, row.after_head))
        return found if longer is None else longer

    patch.setattr(SharedPrefix, "_prefix", prefix)


def _persona_leaks(patch: pytest.MonkeyPatch, respondent: LocalRespondent) -> None:
    """Keys and values are looked up by the pictures alone, whoever is asked to see them."""
    patch.setattr(Head, "key", property(lambda head: f"{head.pictures} {head.length // 1000}"))


def _clip_leaks(patch: pytest.MonkeyPatch, respondent: LocalRespondent) -> None:
    """Vision features of the clip before are taken where they have the right shape."""
    own, kept = VisionFeatures.of, {}

    def of(self: VisionFeatures, head: Head) -> dict[str, Any]:
        return kept.setdefault(head.length, own(self, head))

    patch.setattr(VisionFeatures, "of", of)


def _questions_see_each_other(patch: pytest.MonkeyPatch, respondent: LocalRespondent) -> None:
    """A causal mask over the packed row, and nothing between its questions."""
    own = PackedPasses.run

    def run(self: PackedPasses, cached: Any, tokens: Any, places: Places, seen: Any, *rest: Any) -> Any:
        everything = torch.ones_like(seen).tril(seen.shape[1] - seen.shape[0])
        return own(self, cached, tokens, places, everything, *rest)

    patch.setattr(PackedPasses, "run", run)


def _positions_run_on(patch: pytest.MonkeyPatch, respondent: LocalRespondent) -> None:
    """A question's positions go on where the one before it in the packed row ended."""
    own = PackedPasses.run

    def run(self: PackedPasses, cached: Any, tokens: Any, places: Places, *rest: Any) -> Any:
        start = int(places.of_queries[0])
        on = Places(self.range(start, start + len(tokens)), places.of_columns)
        return own(self, cached, tokens, on, *rest)

    patch.setattr(PackedPasses, "run", run)


def _stale_rope_shift(patch: pytest.MonkeyPatch, respondent: LocalRespondent) -> None:
    """The shift of positions is that of the first clip that was ever read."""
    own, shifts = PackedPasses.read, []

    def read(self: PackedPasses, head: Head, features: Any) -> Any:
        prefix = own(self, head, features)
        shifts.append(prefix.shift)
        return replace(prefix, shift=shifts[0])

    patch.setattr(PackedPasses, "read", read)


def _window_forgotten(patch: pytest.MonkeyPatch, respondent: LocalRespondent) -> None:
    """Layers with a sliding window see the whole prefix."""
    patch.setattr(
        PackedPasses,
        "_mask",
        lambda self, seen, places: dict.fromkeys(("full_attention", "sliding_attention"), self._as_taken(seen)),
    )


def _tails_by_length(patch: pytest.MonkeyPatch, respondent: LocalRespondent) -> None:
    """A remembered wording loses its first token."""
    own = PromptRows._row

    def row(self: PromptRows, *args: Any) -> Any:
        known = self._tails_hold
        found = own(self, *args)
        return replace(found, tail=found.tail[1:]) if known and isinstance(found, Row) else found

    patch.setattr(PromptRows, "_row", row)


def _pictures_ignored(patch: pytest.MonkeyPatch, respondent: LocalRespondent) -> None:
    """Placeholders are read as they are: encoded pictures are dropped on the way, without a word."""
    own = PackedPasses.read
    patch.setattr(PackedPasses, "read", lambda self, head, features: own(self, head, {}))


@pytest.mark.parametrize(
    ("mutate", "architecture", "caught_by"),
    [
        (_cache_not_cropped, "llava", [checks.order_of_questions]),
        (_cache_not_cropped, "qwen3_vl", [checks.another_clip_between]),
        (_persona_leaks, "smolvlm", [checks.personas_do_not_leak]),
        (_persona_leaks, "qwen2_5_vl", [checks.personas_do_not_leak]),
        (_clip_leaks, "smolvlm", [checks.pictures_are_seen]),
        (_clip_leaks, "llava", [checks.pictures_are_seen]),
        (_questions_see_each_other, "llava", [checks.grouped_as_alone, checks.padding]),
        (_questions_see_each_other, "gemma3", [checks.grouped_as_alone]),
        (_positions_run_on, "smolvlm", [checks.grouped_as_alone, checks.padding]),
        (_stale_rope_shift, "qwen2_5_vl", [checks.another_clip_between]),
        (_stale_rope_shift, "qwen3_vl", [checks.another_clip_between]),
        (_window_forgotten, "gemma3", [checks.beyond_the_window]),
        (_tails_by_length, "llava", [checks.tokens_of_parts]),
        (_pictures_ignored, "internvl", [checks.grouped_as_alone, checks.pictures_are_seen]),
    ],
)
def test_a_mutant_fails(
    mutate: Mutate,
    architecture: str,
    caught_by: list[Callable[[Subject], Finding]],
    every_architecture: Mapping[str, Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    respondent = LocalRespondent(every_architecture[architecture], device_map="cpu")
    mutate(monkeypatch, respondent)
    with respondent._copy() as copy:
        assert [found.check for found in examine(copy, caught_by) if found.passed] == []


@pytest.mark.parametrize("mutate", [_questions_see_each_other, _positions_run_on, _pictures_ignored])
def test_the_trial_at_opening_sends_a_broken_engine_to_plain_batches(
    mutate: Mutate, every_architecture: Mapping[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = every_architecture["smolvlm"]
    mutate(monkeypatch, LocalRespondent(folder, device_map="cpu"))
    respondent = LocalRespondent(folder, device_map="cpu")
    assert respondent.settings["engine"].startswith("plain batches: its probabilities were")
    with respondent._copy() as copy:
        assert all(found.passed for found in examine(copy, [checks.grouped_as_alone, checks.written_answers]))
