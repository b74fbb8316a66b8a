"""A reply made plain: Unicode normalised, thinking taken away, cut into words and marks. Linear in its length."""

import html
import re
import unicodedata
from functools import cache

from spectrum.answers.phrases import lines, words

_QUOTES = str.maketrans({**dict.fromkeys("‘’‚‛′ʼʻ＇´", "'"), **dict.fromkeys("“”„‟″«»「」『』＂", '"')})
_MAX_MARKS = 8
"""Combining marks kept on one character; normalisation takes quadratic time over a longer row of them."""

# Combining marks and joined letters of scripts whose words they belong to; Python's \w leaves them out.
_MARKS = (
    "\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed\u0900-\u0963\u0970-\u0df3"
    "\u0e31-\u0e4e\u0eb1-\u0ecd\u0f71-\u0f84\u102b-\u103e\u17b4-\u17d3"
)
_WORD = rf"[^\W_](?:[^\W_]|[{_MARKS}])*"
ENDS = ".!?\n。｡।؟۔"
"""Marks that end a sentence."""
PARTS = ",;:()[]{}<>-–—‒―=→➔|/&+·•、،؛\\"
"""Marks that part clauses. All other marks (quotes, emphasis, emoji) part nothing and are left out."""
_TOKEN = re.compile(rf"(?P<word>{_WORD}(?:['\-]{_WORD})*)|[{re.escape(ENDS + PARTS)}]")

_STRUCK = re.compile(r"~~[^~\n]{0,200}~~")
_BOX = re.compile(r"\\boxed\s?\{|<\|begin_of_box\|>")
_COMMAND = re.compile(r"\\[a-zA-Z]{1,20}")
_SPECIAL = re.compile(r"<\|[^<>|]{0,60}\|?>")
_TAG = re.compile(r"<(?P<close>/?)(?P<name>[^\W\d_][\w:.-]{0,30})(?:\s[^<>]{0,100})?/?>")
_LINE_TAGS = frozenset({"br", "p", "div", "li", "ul", "ol", "tr", "td", "eos", "bos", "s", "pad"})

_ENDINGS = {"'m": "am", "'re": "are", "'ve": "have", "'ll": "will", "'d": "would", "'s": "is"}
_WHOLE = {
    "cannot": ("can", "not"),
    "cant": ("can", "not"),
    "wont": ("will", "not"),
    "dont": ("do", "not"),
    "doesnt": ("does", "not"),
    "didnt": ("did", "not"),
    "isnt": ("is", "not"),
    "wouldnt": ("would", "not"),
    "im": ("i", "am"),
    "ive": ("i", "have"),
    "can't": ("can", "not"),
    "won't": ("will", "not"),
    "shan't": ("shall", "not"),
    "ain't": ("is", "not"),
}


def clean(text: str) -> str:
    """The text in NFKC, entities resolved, quotes straight, line ends "\\n", invisible characters gone."""
    if text.isascii():
        plain = text
    else:
        plain = unicodedata.normalize("NFKC", _limit_marks(text)).translate(_QUOTES)
        plain = "".join(char for char in plain if unicodedata.category(char) not in ("Cf", "Cs"))
    if "&" in plain:
        plain = html.unescape(plain).translate(_QUOTES)
    return plain.replace("\r\n", "\n").replace("\r", "\n")


def _limit_marks(text: str) -> str:
    kept: list[str] = []
    run = 0
    for char in text:
        run = run + 1 if unicodedata.combining(char) else 0
        if run <= _MAX_MARKS:
            kept.append(char)
    return "".join(kept)


@cache
def _thinking() -> re.Pattern[str]:
    names = "|".join(re.escape(name) for name in sorted(words("thinking_tags"), key=len, reverse=True))
    opens = "|".join(re.escape(line) for line in lines("thinking_opens"))
    closes = "|".join(re.escape(line) for line in lines("thinking_closes"))
    tag = rf"\s?(?:{names})(?:\s[^<>\[\]▷◁]{{0,80}})?"
    return re.compile(
        rf"(?P<close>{closes}|(?:<\|?|\[|◁)\s?/{tag}(?:\|?>|\]|▷))|(?P<open>{opens}|(?:<\|?|\[|◁){tag}(?:\|?>|\]|▷))",
        re.IGNORECASE,
    )


def without_thinking(text: str) -> tuple[str, bool]:
    """What a model says outside its thinking, and whether a thought was left open.

    A closing tag without an opening one ends a thought that the prompt opened: all before it is thinking.
    """
    said: list[str] = []
    place, inside = 0, False
    for mark in _thinking().finditer(text):
        if mark["open"] is not None:
            if not inside:
                said.append(text[place : mark.start()])
                inside = True
            continue
        if not inside:
            said = []
        place, inside = mark.end(), False
    if inside:
        return "", True
    said.append(text[place:])
    return "\n".join(said), False


def without_markup(text: str) -> str:
    """Markup taken away. Tags and boxes that hold an answer become labels ("answer: "), struck words go."""
    text = _STRUCK.sub(" ", text)
    text = _BOX.sub("\nfinal answer: ", text)
    text = _COMMAND.sub(" ", text)
    text = _SPECIAL.sub("\n", text)
    return _TAG.sub(_tag, text)


def _tag(match: re.Match[str]) -> str:
    name = match["name"].casefold()
    if re.sub(r"[\W_]", "", name) in words("answer_keys"):
        return "\n" if match["close"] else f"\n{name.replace('_', ' ')}: "
    return "\n" if name in _LINE_TAGS else " "


def tokens(text: str) -> list[str]:
    """Words (case-folded, contractions written out) and marks, one character each, in their order."""
    stream: list[str] = []
    for match in _TOKEN.finditer(text):
        word = match["word"]
        if word is None:
            stream.append(match[0])
        else:
            stream.extend(written_out(word.casefold()))
    return stream


def is_word(token: str) -> bool:
    """Whether a token is a word, not a mark."""
    return token[0].isalnum()


def written_out(word: str) -> tuple[str, ...]:
    """A case-folded word with its contraction resolved: "wouldn't" is "would", "not"."""
    if word in _WHOLE:
        return _WHOLE[word]
    if "'" in word:
        if word.endswith("n't"):
            return (word[:-3], "not") if len(word) > 3 else ("not",)
        stem, _, ending = word.rpartition("'")
        if stem and f"'{ending}" in _ENDINGS:
            return (stem, _ENDINGS[f"'{ending}"])
    return (word,)
