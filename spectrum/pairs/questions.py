"""The questions that put two clips side by side."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from spectrum.answers import ChoiceSpec
from spectrum.documents import open_document, parse_document
from spectrum.questions import Question
from video_index.keyed import digest

Place = Literal["first", "second"]
PLACES: tuple[Place, Place] = ("first", "second")


class _Wording(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(min_length=1)
    text: str

    @model_validator(mode="after")
    def _places(self) -> "_Wording":
        if self.text.count("{one}") != 1 or self.text.count("{other}") != 1:
            raise ValueError(f"{self.id}: text must hold {{one}} and {{other}} exactly once each")
        return self


class _BankFile(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(min_length=1)
    version: int = 1
    asks_for: str = Field(min_length=1)
    before_pictures: str
    before_videos: str
    max_tokens: int = Field(default=16, ge=1)
    wordings: tuple[_Wording, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _whole(self) -> "_BankFile":
        if self.before_pictures.count("{first}") != 1 or self.before_pictures.count("{second}") != 1:
            raise ValueError("before_pictures must hold {first} and {second} exactly once each")
        for what, values in (("id", [w.id for w in self.wordings]), ("text", [w.text for w in self.wordings])):
            if len(set(values)) != len(values):
                raise ValueError(f"two wordings have the same {what}")
        return self


@dataclass(frozen=True, slots=True)
class PairBank:
    """Wordings of one construct for pairs."""

    content: _BankFile

    @property
    def name(self) -> str:
        """As the file says."""
        return self.content.name

    @property
    def construct(self) -> str:
        """What is asked for ("watch")."""
        return self.content.asks_for

    @property
    def wordings(self) -> tuple[str, ...]:
        """Ids in the file's order."""
        return tuple(wording.id for wording in self.content.wordings)

    @property
    def fingerprint(self) -> str:
        """Hex digest of every text, whatever the file looks like."""
        return digest("pair questions", json.dumps(self.content.model_dump(), sort_keys=True)).hex()

    def question(self, wording: str, named_first: Place, pictures: tuple[int, int] | None) -> Question:
        """A wording that names one place first; `pictures` of the two clips, or None where each is one video.

        Of the options, the clip shown first is the accepting one: choosing it counts as 1.
        """
        text = next(each.text for each in self.content.wordings if each.id == wording)
        other = PLACES[1 - PLACES.index(named_first)]
        before = self.content.before_videos
        if pictures is not None:
            first, second = (f"{count} picture{'' if count == 1 else 's'}" for count in pictures)
            before = self.content.before_pictures.replace("{first}", first).replace("{second}", second)
        options = (named_first, other)
        spec = ChoiceSpec(options, tuple(1.0 if option == "first" else 0.0 for option in options))
        after = text.replace("{one}", named_first).replace("{other}", other)
        return Question(before, after, spec, self.content.max_tokens)


def load_pair_bank(path: str | Path | None = None) -> PairBank:
    """A bank from YAML, or the shipped one ("watch"). Raises ConfigError, naming file and place."""
    return PairBank(parse_document(open_document("pairs", "watch" if path is None else path), _BankFile))
