"""Whether a reply declines to answer: an apology with "can not", a disclaimer of opinions, a policy named."""

import re
from functools import cache

from spectrum.answers.phrases import lines
from spectrum.answers.text import is_word, tokens

_ENDS = frozenset(".!?\n。")
_ADVERBS = (
    r"(?:(?:also|really|simply|just|currently|therefore|unfortunately|personally|truly|respectfully|still) ){0,3}"
)
_GAP = r"(?:[^ .]+ ){0,6}?"

_ABLE = r"(?:able|allowed|permitted|programmed|designed|equipped|authorized|authorised|supposed|in a position)"
_CAN_NOT = (
    rf"(?:can not|could not|may not|must not|(?:am|are|is) (?:{_ADVERBS})(?:unable|not {_ABLE}) to"
    r"|(?:am|are|is) (?:incapable|not capable) of"
    r"|(?:do not have|lack) the (?:ability|capability|capacity|means|authority|permission) to)"
)
_WILL_NOT = (
    r"(?:will not(?: be able to)?|(?:must|have to|need to|will(?: have to)?|would) (?:\w+ )?(?:decline|refuse) to"
    r"|(?:decline|refuse) to|(?:would )?prefer not to|would rather not|am not (?:comfortable|going to)(?: with)?)"
)
_ASSIST = (
    r"(?:assist|assisting|help(?! (?:but|it|myself|feeling|loving|liking|smiling))|helping|answer|answering|comply"
    r"|fulfil|fulfill|provide|providing|engage|engaging|participate|respond|discuss|discussing|do (?:that|this|so)"
    r"|offer|give|share|express|comment|accommodate|talk about"
    r"|make (?:\w+ ){0,3}?(?:judge?ments?|choices?|decisions?|recommendations?|assessments?|evaluations?))\b"
)
_PERCEIVE = (
    r"(?:see|view|watch|access|open|play|process|analy[sz]e|identify|recogni[sz]e|interpret|perceive|look at|describe"
    r"|evaluate|judge|rate|assess|form|have|hold|experience|feel|determine) "
)
_SEEN = (
    r"(?:images?|videos?|pictures?|photos?|clips?|content|media|files?|people|persons?|individuals?|opinions?"
    r"|preferences?|feelings?|emotions?|views|tastes?)\b"
)
_HELD = (
    r"(?:preferences|opinions|feelings|emotions|likes|tastes|views|interests|desires|beliefs|consciousness|biases"
    r"|personal \w+|subjective \w+|(?:the )?(?:ability|capability|capacity) to)\b"
)
_KIND = (
    r"(?:ai|a i|artificial intelligence|language model|machine|computer program|assistant|chatbot|bot|llm|vlm|model)"
)

_HELP = (
    rf"\b(?:i|we) {_ADVERBS}(?:{_CAN_NOT}|{_WILL_NOT}) {_ADVERBS}(?:be able to )?{_ASSIST}",
    rf"(?:^|[.] |sorry |unfortunately )(?:can not|unable to|not able to|will not) {_ASSIST}",
)
_DECLINES = (
    rf"\b(?:i|we) {_ADVERBS}{_CAN_NOT} {_GAP}{_PERCEIVE}{_GAP}{_SEEN}",
    rf"\b(?:sorry|apologi[sz]e|apologies|unfortunately|regret|regrettably|afraid) (?:[^ .]+ ){{0,12}}?"
    rf"(?:can not|unable|not {_ABLE}|will not|decline|not possible|against|not something i)\b",
    r"\b(?:i|we) (?:[^ .]+ ){0,3}?(?:decline|refuse)\b",
    r"\b(?:i|we) (?:would )?(?:prefer not to|would rather not) (?:say|answer|comment|respond)\b",
    r"\brequest (?:[^ .]+ ){0,3}?(?:denied|declined|rejected|refused|blocked)\b",
    r"\b(?:against|violat\w+|breach\w*|contrary to) (?:[^ .]+ ){0,3}?"
    r"(?:guidelines?|polic(?:y|ies)|programming|principles|terms|rules)\b",
    r"\b(?:content|safety|usage) policy\b",
    r"\b(?:not (?:be )?appropriate|inappropriate|not (?:be )?possible|impossible) for me\b",
    r"\b(?:beyond|outside) (?:of )?(?:my|the scope of my) (?:capabilit\w+|abilit\w+|scope|capacity)\b",
    r"\bnot something (?:that )?i (?:can|am able|will|do)\b",
    r"^ ?no comment(?: [.]|$)",
    rf"\bas an? (?:[^ .]+ ){{0,5}}?{_KIND} (?:[^ .]+ ){{0,30}}?(?:not|no|lack|without|unable)\b",
    rf"\bi am (?:just |only |merely |simply )?an? (?:[^ .]+ ){{0,4}}?{_KIND}\b",
    r"\bi (?:[^ .]+ ){0,2}?(?:do not|can not|have no|lack|am without)"
    r"(?: (?:have|hold|possess|form|express|experience|feel|develop|actually|any|personal|human|own|real|actual|the|or"
    rf"|such|true|individual|inherent|genuine)){{0,6}} {_HELD}",
)
_ONLY_SORRY = re.compile(r"(?:i am )?(?:(?:so|very|truly|really) )?(?:sorry|my apologies|apologies)(?: about that)?")


@cache
def _help() -> re.Pattern[str]:
    return re.compile("|".join(_HELP))


@cache
def _decline() -> re.Pattern[str]:
    return re.compile("|".join(_DECLINES))


@cache
def _foreign(block: str) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{line})" for line in lines(block)))


def refuses(text: str) -> bool:
    """Whether a text (clean, without thinking) declines to answer, in whatever language it is known."""
    flat = _flat(text)
    return bool(
        _help().search(flat)
        or _decline().search(flat)
        or _foreign("foreign_refusals").search(text.casefold())
        or _foreign("foreign_disclaimers").search(text.casefold())
        or _ONLY_SORRY.fullmatch(flat.replace(".", "").strip())
    )


def refuses_help(text: str) -> bool:
    """Whether a text says in so many words that it will not assist, help or answer."""
    return bool(_help().search(_flat(text)) or _foreign("foreign_refusals").search(text.casefold()))


def _flat(text: str) -> str:
    parts = [token if is_word(token) else "." for token in tokens(text) if is_word(token) or token in _ENDS]
    return " ".join(parts)
