"""Every supported architecture takes the fast path and passes every check; so do plain batches."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from spectrum.respondents.conformance import checks
from spectrum.respondents.conformance.suite import examine
from spectrum.respondents.engines import checked_engine
from spectrum.respondents.local import LocalRespondent
from tests.support.architectures import EVERY, every_architecture

torch = pytest.importorskip("torch")

__all__ = ["every_architecture"]


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize("architecture", EVERY)
def test_the_fast_engine_conforms(architecture: str, every_architecture: Mapping[str, Path]) -> None:
    respondent = LocalRespondent(every_architecture[architecture], device_map="cpu")
    assert respondent.settings["engine"] == "shared prefix"
    findings = respondent.examine()
    assert len(findings) == 12
    assert [f"{found.check}: {found.figure}" for found in findings if not found.passed] == []
    filled = "a window of 24" if architecture == "gemma3" else "no sliding window"
    assert next(found.figure for found in findings if "window" in found.check).endswith(filled)


@pytest.mark.slow
@pytest.mark.parametrize("architecture", EVERY)
def test_plain_batches_conform_and_say_that_they_are_plain(
    architecture: str, every_architecture: Mapping[str, Path]
) -> None:
    respondent = LocalRespondent(every_architecture[architecture], device_map="cpu", engine="plain")
    assert respondent.settings["engine"] == "plain batches: asked for"
    with respondent._copy() as copy:
        assert [found.check for found in examine(copy) if not found.passed] == []


def test_sixteen_bit_weights_conform_within_their_own_tolerance(every_architecture: Mapping[str, Path]) -> None:
    respondent = LocalRespondent(every_architecture["fast_vlm"], device_map="cpu", dtype="bfloat16")
    assert (respondent.settings["engine"], respondent.settings["dtype"]) == ("shared prefix", "bfloat16")
    assert [f"{found.check}: {found.figure}" for found in respondent.examine() if not found.passed] == []


def test_attention_that_takes_masks_of_numbers_gets_them(every_architecture: Mapping[str, Path]) -> None:
    with LocalRespondent(every_architecture["gemma3"], device_map="cpu")._copy() as copy:
        copy.checkpoint.model.set_attn_implementation("eager")
        engine = checked_engine(copy.checkpoint, copy.layout)
        assert engine.reason() is None
        findings = examine(replace(copy, engine=engine), [checks.grouped_as_alone, checks.beyond_the_window])
    assert all(found.passed for found in findings)
