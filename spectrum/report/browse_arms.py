"""The arms of a browse run by their names, and how a reader is told of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from spectrum.runs.arm_name import ArmName

_FEEDS = {"adaptive": "own feed", "random": "random feed"}


@dataclass(frozen=True, slots=True)
class Arm(ArmName):
    """An arm by its name, and how a page speaks of it."""

    @property
    def setting(self) -> str:
        """Feed, memory and probes in words: what arms that differ in who walks have in common."""
        feed = "another agent's feed" if self.feed == "yoked" else _FEEDS.get(self.feed, self.feed)
        return feed + (", with memory" if self.memory else "") + ("" if self.probes else ", without probes")

    @property
    def words(self) -> str:
        """The whole arm in words."""
        feed = f"{self.source}'s feed" if self.source else _FEEDS.get(self.feed, self.feed)
        return f"{self.who}, {feed}" + (", memory" if self.memory else "") + ("" if self.probes else ", no probes")

    @property
    def plain(self) -> bool:
        """Whether it walks its own feed, with probes and without memory: what the headline compares."""
        return self.feed == "adaptive" and self.probes and not self.memory


def by_setting(names: Iterable[str], *, yoked: bool = True) -> dict[str, list[Arm]]:
    """Arms by their setting, settings and arms in the order given, but the headline's setting first."""
    found: dict[str, list[Arm]] = {}
    for arm in map(Arm.of, dict.fromkeys(names)):
        if yoked or arm.feed != "yoked":
            found.setdefault(arm.setting, []).append(arm)
    return dict(sorted(found.items(), key=lambda item: not item[1][0].plain))


def short_names(arms: Sequence[Arm]) -> dict[str, str]:
    """What a legend calls each arm: who walks, where that is enough."""
    whos = [arm.who for arm in arms]
    return {arm.name: arm.who if whos.count(arm.who) == 1 else arm.words for arm in arms}
