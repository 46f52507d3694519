"""How a letter is written from the words of the town and from what is to be said. Pure: texts in, texts out.

`{famille}` is replaced by its value. What stands between `[` and `]` goes away when everything it names is empty:
« [, valable jusqu'au {fin}] ». Values are never read as words of the template.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from backoffice.kernel.errors import UserError
from backoffice.kernel.periods import french_long_day

LONGEST_SUBJECT = 240
_LONGEST_BODY = 10_000
_LONGEST_LINE = 1_000
_NAME = re.compile(r"\{(\w+)\}")
_PIECE = re.compile(r"\[([^\[\]]*)\]|\{(\w+)\}")

LETTER_NAMES = ("famille", "commune", "contact", "résumé")
LINE_NAMES = ("pièce", "personne", "motif", "commentaire", "fin")
FACTS = frozenset({"outcome", "document", "person", "reason", "comment", "until", "service_id"})


@dataclass(frozen=True, slots=True)
class Template:
    """The words of a kind of letter. `lines`: one for each outcome; what they say together stands in the body under
    the name of the outcome (`{validées}`)."""

    subject: str
    body: str
    lines: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Outcome:
    """A way a letter can speak of a document: its code, its name in templates, and how it is counted."""

    code: str
    name: str
    one: str
    several: str


@dataclass(frozen=True, slots=True)
class Said:
    """One thing to say. `person`: empty when it is about the family; `until`: the last day it holds, or to answer."""

    outcome: str
    document: str
    person: str = ""
    reason: str = ""
    comment: str = ""
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Around:
    """What is true of the whole letter. `contact`: how the town is reached, in lines."""

    family: str
    town: str
    contact: str


@dataclass(frozen=True, slots=True)
class LetterFile:
    """A file that leaves with a letter: the name its family sees, what it is, and its bytes."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Written:
    """A letter as the family reads it."""

    subject: str
    body: str


def said_from(facts: Mapping[str, object], usual: str) -> Said:
    """What stands in `letter_items.facts`. Raises ValueError for a fact that no letter knows: that is our own bug."""
    unknown = facts.keys() - FACTS
    if unknown:
        raise ValueError(f"unknown facts {sorted(unknown)}")
    until = facts.get("until") or None
    texts = {name: str(facts.get(name) or "") for name in FACTS - {"until", "outcome", "service_id"}}
    return Said(
        outcome=str(facts.get("outcome") or usual),
        until=date.fromisoformat(until) if isinstance(until, str) else None,
        **texts,
    )


def write(template: Template, outcomes: Sequence[Outcome], said: Sequence[Said], around: Around) -> Written:
    """The letter that says all this, in this order. Raises ValueError for an outcome that its kind does not have."""
    unknown = {one.outcome for one in said} - {outcome.code for outcome in outcomes}
    if unknown:
        raise ValueError(f"unknown outcomes {sorted(unknown)}")
    values = {"famille": around.family, "commune": around.town, "contact": around.contact}
    counted = []
    for outcome in outcomes:
        of_it = [one for one in said if one.outcome == outcome.code]
        values[outcome.name] = "\n".join(filled(template.lines[outcome.code], _line_values(one)) for one in of_it)
        if of_it:
            counted.append(f"{len(of_it)} {outcome.one if len(of_it) == 1 else outcome.several}")
    values["résumé"] = ", ".join(counted)
    subject = one_line(filled(template.subject, values))[:LONGEST_SUBJECT]
    return Written(subject, _spaced(filled(template.body, values)))


def _line_values(one: Said) -> dict[str, str]:
    return {
        "pièce": one_line(one.document),
        "personne": one_line(one.person),
        "motif": one_line(one.reason),
        "commentaire": _spaced(one.comment).strip(),
        "fin": french_long_day(one.until) if one.until else "",
    }


def filled(words: str, values: Mapping[str, str]) -> str:
    """The words with their values."""

    def piece(match: re.Match[str]) -> str:
        optional, name = match.groups()
        if name is not None:
            return values[name]
        names = _NAME.findall(optional)
        if names and not any(values[one] for one in names):
            return ""
        return _NAME.sub(lambda one: values[one[1]], optional)

    return _PIECE.sub(piece, words)


def one_line(text: str) -> str:
    """Without line breaks, tabs or any other sign that ends a header."""
    return " ".join(re.sub(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]", " ", text).split())


def _spaced(text: str) -> str:
    """No trailing blanks, never two empty lines in a row, one line break at the end."""
    lines = [re.sub(r"[\x00-\x08\x0b-\x1f\x7f]", "", line).rstrip() for line in text.splitlines()]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n") + "\n"


# --- what a town may write ---------------------------------------------------------------------------------------


def template_problems(template: Template, outcomes: Iterable[Outcome]) -> dict[str, UserError]:
    """What is wrong, by field: `subject`, `body`, or the code of an outcome."""
    outcomes = tuple(outcomes)
    around = (*LETTER_NAMES, *(outcome.name for outcome in outcomes))
    fields = {"subject": (template.subject, around, LONGEST_SUBJECT), "body": (template.body, around, _LONGEST_BODY)}
    for outcome in outcomes:
        fields[outcome.code] = (template.lines.get(outcome.code, ""), LINE_NAMES, _LONGEST_LINE)
    problems = {}
    for field, (words, names, most) in fields.items():
        if (problem := _problem(words, names, most)) is not None:
            problems[field] = problem
    if "body" not in problems:
        for outcome in outcomes:
            if outcome.name not in _NAME.findall(template.body):
                problems["body"] = UserError("letters.unsaid", name=outcome.name)
    return problems


def _problem(words: str, names: Sequence[str], most: int) -> UserError | None:
    if not words.strip():
        return UserError("letters.empty")
    if len(words) > most:
        return UserError("letters.too_long", most=most)
    known = ", ".join(f"{{{name}}}" for name in names)
    for name in _NAME.findall(words):
        if name not in names:
            return UserError("letters.unknown_variable", name=name, known=known)
    left = _NAME.sub("", words)
    if "{" in left or "}" in left:
        return UserError("letters.broken_braces", known=known)
    if re.search(r"[\[\]]", re.sub(r"\[[^\[\]]*\]", "", left)):
        return UserError("letters.broken_brackets")
    return None


# --- addresses ---------------------------------------------------------------------------------------------------


def is_address(text: str) -> bool:
    """Whether a mail can be sent there: one plain address, nothing that a header or a server would read otherwise."""
    return (
        len(text) <= 254
        and text.isascii()
        and re.fullmatch(r"[^\s@,;:<>()\[\]\\\"\x00-\x20\x7f]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+", text) is not None
        and ".." not in text
    )


# --- trying again ------------------------------------------------------------------------------------------------

_FIRST_PAUSE = timedelta(minutes=1)
_LONGEST_PAUSE = timedelta(hours=2)


def next_try(now: datetime, tries: int) -> datetime:
    """After so many tries: one minute, then twice as long each time, two hours at most."""
    return now + min(_FIRST_PAUSE * (1 << min(max(tries - 1, 0), 16)), _LONGEST_PAUSE)
