"""Episodes of a browse run slot by slot: what was shown and done, and the whole record behind each slot."""

import json
from collections.abc import Mapping, Sequence

from spectrum.report.blocks import Block, FilmStrip, Fold, Section, Slot, Text
from spectrum.report.browse_arms import Arm
from spectrum.report.evidence import shortened, thumbnail
from spectrum.report.read_browse import BrowseView
from spectrum.runs.film import MOST_OF_EPISODE, MOST_SLOTS
from spectrum.runs.slots import AskView, SlotView
from video_index.errors import SpectrumError

_LONGEST = 1200
"""Characters of one text of a record."""
_RANKED = 3
"""Of the shortlist, named with their scores."""


def film_section(view: BrowseView) -> Section:
    """A keyed sample of replicates, every arm of each, with how many there are beside them."""
    blocks: list[Block] = []
    by_pair: dict[int, list[FilmStrip]] = {}
    reasons = _reasons(view)
    titles = _titles(view)
    room = MOST_SLOTS + MOST_OF_EPISODE
    for agent, slots in view.trace.episodes.items():
        name, _, pair = agent.rpartition("/")
        room -= len(slots)
        if slots and room >= 0:
            by_pair.setdefault(int(pair), []).append(_strip(view, name, int(pair), slots, reasons, titles))
    shown = sum(map(len, by_pair.values()))
    if not shown:
        return Section("episodes", "Episodes", ())
    others = len(view.trace.walked) - shown
    replicates = "replicate" if len(by_pair) == 1 else "replicates"
    told = f"{shown} of {shown + others} episodes, every arm of {len(by_pair)} {replicates} drawn by key"
    further = f"; the {others:,} others are in trace.jsonl" if others > 0 else ""
    blocks.append(
        Text(
            (
                f"{told}{further}. A picture opens the slot's full record. Arms of one replicate share their keys, so "
                "that strips can be compared slot by slot; the twin has keys of its own. spectrum replay steps "
                "through any episode and checks it.",
            ),
            soft=True,
        )
    )
    for place, (number, strips) in enumerate(sorted(by_pair.items())):
        blocks += strips if place == 0 else [Fold(f"Replicate {number}", tuple(strips))]
    return Section("episodes", "Episodes, slot by slot", tuple(blocks), folded=True)


def _strip(
    view: BrowseView,
    arm: str,
    pair: int,
    slots: Sequence[SlotView],
    reasons: Mapping[str, str],
    titles: Mapping[str, str],
) -> FilmStrip:
    walked = view.trace.walked[f"{arm}/{pair}"]
    between = walked - len(slots)
    cut = f": slots 0 to {view.film.first - 1} and the last {view.film.last}" if between and view.film.last else ""
    made = tuple(_slot(view, slot, reasons, titles) for slot in slots)
    return FilmStrip(f"{Arm.of(arm).words}, replicate {pair}{cut}", made, max(0, between))


def _slot(view: BrowseView, slot: SlotView, reasons: Mapping[str, str], titles: Mapping[str, str]) -> Slot:
    title = shortened(titles.get(slot.clip_id) or f"clip {slot.clip_id[:12]}", 120)
    return Slot(
        slot.slot,
        thumbnail(view.run.folder.thumbnails, slot.clip_id),
        title,
        _did(slot),
        tuple((name, said) for name, said in _record(view, slot, title, reasons, titles) if said),
    )


def _did(slot: SlotView) -> str:
    if slot.kind == "probe":
        return "probe"
    if slot.action:
        return slot.action
    return slot.asks[0].outcome if slot.asks and slot.asks[0].outcome != "choice" else "no action"


def _record(
    view: BrowseView, slot: SlotView, title: str, reasons: Mapping[str, str], titles: Mapping[str, str]
) -> list[tuple[str, str]]:
    probe = slot.kind == "probe"
    numbered = f"{slot.slot}, " + ("a probe: it moves nothing" if probe else f"feed slot {slot.fed}")
    persona, memory = _told(view, slot)
    rows = [
        ("Slot", numbered + (f", phase {slot.phase}" if slot.phase else "")),
        ("Shown", f"{title} ({slot.clip_id})"),
        ("Evokes", _evokes(view, slot.clip_id)),
        (
            "Frames",
            f"{len(slot.frame_hashes)} looked at" if slot.frame_hashes else "none looked at (planted, recorded)",
        ),
        *([] if probe else _chosen(slot, titles)),
        (f"Told as {slot.condition}", shortened(persona, _LONGEST) or "nothing: no persona"),
        ("Memory", shortened(memory, _LONGEST)),
    ]
    for number, ask in enumerate(slot.asks, start=1):
        rows += _asked(slot, ask, f" {number}" if len(slot.asks) > 1 else "", reasons)
    if not probe:
        rows += _acted(slot)
    tokens = sum(ask.tokens_in for ask in slot.asks), sum(ask.tokens_out for ask in slot.asks)
    if any(tokens):
        seconds = sum(ask.latency_s for ask in slot.asks)
        rows.append(("Cost", f"{tokens[0]:,} tokens in, {tokens[1]:,} out, {seconds:.2f} s"))
    return rows


def _told(view: BrowseView, slot: SlotView) -> tuple[str, str]:
    """The persona's text and what memory adds behind it."""
    conditions = view.run.manifest.conditions if view.run.manifest else ()
    text = next((one.text for one in conditions if one.name == slot.condition and one.placement == "system"), "")
    if Arm.of(slot.arm).memory and slot.system.startswith(text):
        return text, slot.system[len(text) :].strip() or "nothing yet"
    return slot.system, ""


def _evokes(view: BrowseView, clip_id: str) -> str:
    labels = view.labels.get(clip_id)
    if labels is None or len(labels) != len(view.codes):
        return "no labels"
    names = view.value_names
    clear = sorted(((p, code) for p, code in zip(labels, view.codes, strict=True) if p >= 0.5), reverse=True)
    return ", ".join(f"{names.get(code, code)} {p:.2f}" for p, code in clear) or "no value clearly"


def _chosen(slot: SlotView, titles: Mapping[str, str]) -> list[tuple[str, str]]:
    by = slot.recommender
    if slot.score is not None:
        by += f"; score {slot.score:.3f}"
    rank = next((place for place, (clip, _) in enumerate(slot.shortlist, start=1) if clip == slot.clip_id), None)
    if rank is not None:
        by += f", rank {rank}"
    if slot.candidates is not None:
        by += f" of {slot.candidates:,} candidates"
    if slot.propensity is not None:
        by += f", chosen with probability {slot.propensity:.3g}"
    best = "; ".join(
        f"{place}. {shortened(titles.get(clip) or clip[:12], 60)} {score:.3f}"
        for place, (clip, score) in enumerate(slot.shortlist[:_RANKED], start=1)
    )
    state = slot.feed_state[:16] or "nothing learnt yet"
    return [("Chosen by", by), ("Best candidates", best), ("Feed state before", state)]


def _asked(slot: SlotView, ask: AskView, number: str, reasons: Mapping[str, str]) -> list[tuple[str, str]]:
    before = f"{slot.before_media} [pictures] " if slot.before_media else "[pictures] "
    named = "" if ask.wording == "action" else f" ({ask.wording}, {ask.form.replace('_', ' ')})"
    outcome = f"{ask.outcome}: {ask.choice}" if ask.choice is not None else ask.outcome
    masses = ""
    if ask.probabilities is not None:
        masses = ", ".join(f"{option} {p:.2f}" for option, p in zip(ask.options, ask.probabilities, strict=False))
    return [
        (f"Question{number}", shortened(before + ask.prompt, _LONGEST) + named),
        (f"Answer{number}", shortened(ask.reply, _LONGEST) or "(empty)"),
        (f"Read as{number}", outcome),
        (f"Reason{number}", reasons.get(ask.ask_id, "")),
        (f"Option probabilities{number}", masses),
    ]


def _acted(slot: SlotView) -> list[tuple[str, str]]:
    how = {
        "sampled": "drawn by key from the option probabilities",
        "argmax": "the likeliest option",
        "written": "the written word",
    }
    did = f"{slot.action} ({how.get(slot.drawn, slot.drawn)})" if slot.action else "nothing that could be read"
    rows = [("Action", did)]
    if slot.watched_share_modelled is not None:
        seconds = "" if slot.watched_s_modelled is None else f", {slot.watched_s_modelled:.1f} s"
        rows.append(
            ("Watched", f"{100 * slot.watched_share_modelled:.0f}% of the clip{seconds}: modelled, not observed")
        )
    if slot.feed_weight is not None:
        rows.append(("What the feed learnt", f"weight {slot.feed_weight:+.2f}" if slot.feed_weight else "nothing"))
    return rows


def _titles(view: BrowseView) -> dict[str, str]:
    if view.feed_map is None:
        return {clip["clip_id"]: clip["title"] or "" for clip in view.run.clips}
    pairs = zip(view.feed_map["clip_id"].to_pylist(), view.feed_map["title"].to_pylist(), strict=True)
    return {clip: title for clip, title in pairs if title}


def _reasons(view: BrowseView) -> dict[str, str]:
    """Reasons that answers gave, by ask; none where the answers cannot be read."""
    from spectrum.runs.store import AnswerStore

    wanted = {ask.ask_id for slots in view.trace.episodes.values() for slot in slots for ask in slot.asks}
    if not wanted or not view.run.folder.answers.is_file():
        return {}
    try:
        with AnswerStore(view.run.folder.answers, read_only=True) as store:
            fields = {ask_id: answer.fields for ask_id, answer in store.get(sorted(wanted)).items() if answer.fields}
    except (OSError, SpectrumError):  # the bench part of the page says what is wrong with the file
        return {}
    return {ask_id: reason for ask_id, text in fields.items() if (reason := _reason(text))}


def _reason(fields: str) -> str:
    try:
        return shortened(str(json.loads(fields).get("reason", "")), _LONGEST)
    except (ValueError, AttributeError):
        return ""
