"""The forms of contracts: a new one, its draft changed, an amendment, its end. No Qt."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from backoffice.contracts.commands import AmendContract, ChangeDraft, DraftContract, EndContract, Terms
from backoffice.contracts.kinds import ContractKind
from backoffice.contracts.queries import ContractChoice, ContractLine
from backoffice.contracts.rules.pattern import WeeklyPattern
from backoffice.contracts.rules.smoothing import Smoothing, Spread
from backoffice.kernel.errors import InvalidFields, UserError
from backoffice.kernel.periods import Period, SchoolYear
from ui.command_task import CommandTask, Made
from ui.forms import Entry, FieldSpec, Reader, typed_day

_WEEKDAYS = ("&Lundi", "&Mardi", "Mercre&di", "&Jeudi", "&Vendredi")
_MONTHS = ("janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre",
           "décembre")


def draft_task(choices: Sequence[ContractChoice], today: date) -> CommandTask:
    """« Nouveau contrat »."""
    by_key = {f"{one.child_id}/{one.slot_id}": one for one in choices}
    who = FieldSpec(
        "who", "&Enfant", Entry.CHOICE, required=True,
        options=(("", "Choisir…"), *((key, f"{one.child} · {one.activity}") for key, one in by_key.items())),
    )
    year = SchoolYear.of(today)
    period = Period(max(today, year.first_day), year.last_day)

    def command(reader: Reader) -> Made:
        chosen = by_key.get(reader.text("who"))
        terms = _terms(reader)
        return DraftContract(chosen.family_id, chosen.child_id, chosen.slot_id, terms) if chosen and terms else None

    return CommandTask(
        "contract/new", "Nouveau contrat", [who, *_fields(None, period)], command,
        "Contrat enregistré en brouillon : relisez ses heures, puis signez-le.", beside=_beside,
        intro="Rien n'est réservé tant que le contrat n'est pas signé.",
    )


def change_task(line: ContractLine) -> CommandTask:
    """« Modifier le brouillon »."""

    def command(reader: Reader) -> Made:
        terms = _terms(reader)
        return ChangeDraft(line.id, line.version, terms) if terms else None

    return CommandTask(
        f"contract/{line.id}", f"Contrat de {line.child}", _fields(line.terms, line.terms.period), command,
        "Brouillon modifié.", version=line.version, beside=_beside,
    )


def amend_task(line: ContractLine, today: date) -> CommandTask:
    """« Avenant »."""
    start, end = line.terms.period.start, line.terms.period.end or today
    since = min(max(today, start + timedelta(days=1)), end)

    def command(reader: Reader) -> Made:
        terms = _terms(reader)
        return AmendContract(line.id, line.version, terms) if terms else None

    return CommandTask(
        f"contract/{line.id}/amend", f"Avenant au contrat de {line.child}", _fields(line.terms, Period(since, end)),
        command, "Avenant signé : les jours à venir suivent les nouvelles heures.", version=line.version,
        beside=_beside, save_words="&Signer l'avenant",
        intro="Le contrat actuel s'arrête la veille ; ce qui a été pointé, facturé ou noté absent ne bouge pas.",
    )


def end_task(line: ContractLine, today: date) -> CommandTask:
    """« Mettre fin »."""
    start, end = line.terms.period.start, line.terms.period.end or today
    last = FieldSpec("last_day", "&Dernier jour", Entry.DAY, typed_day(min(max(today, start), end)), required=True,
                     hint="Ce jour compris ; les réservations d'après sont retirées.")

    def command(reader: Reader) -> Made:
        day = reader.day("last_day")
        return None if reader.errors else EndContract(line.id, line.version, day)

    return CommandTask(
        f"contract/{line.id}/end", f"Fin du contrat de {line.child}", [last], command, "Contrat terminé.",
        version=line.version, beside=_beside, save_words="&Mettre fin",
    )


def _fields(terms: Terms | None, period: Period) -> list[FieldSpec]:
    end = period.end or period.start
    hours = terms.pattern.weeks[0] if terms else {}
    smoothing = terms.smoothing if terms else Smoothing()
    shown = [
        FieldSpec("kind", "&Type d'accueil", Entry.CHOICE, (terms.kind if terms else ContractKind.REGULAR).value,
                  required=True, options=tuple((kind.value, kind.label) for kind in ContractKind)),
        FieldSpec("first_day", "D&u", Entry.DAY, typed_day(period.start), required=True, width=12),
        FieldSpec("last_day", "&Au", Entry.DAY, typed_day(end), required=True, width=12, beside=True),
    ]
    for day, name in enumerate(_WEEKDAYS):
        start, stop = hours.get(day, (None, None))
        shown.append(FieldSpec(f"from{day}", f"{name} de", Entry.TIME, _time(start), width=8,
                               heading="Heures réservées" if day == 0 else ""))
        shown.append(FieldSpec(f"to{day}", "à", Entry.TIME, _time(stop), width=8, beside=True))
    return [
        *shown,
        FieldSpec("leave", "Jours de &congé", Entry.NUMBER, str(terms.leave_days if terms else 0), width=8,
                  heading="Mensualisation"),
        FieldSpec("spread", "Répa&rtition", Entry.CHOICE, smoothing.spread.value,
                  options=tuple((spread.value, spread.label) for spread in Spread),
                  only_if=("kind", ContractKind.REGULAR.value)),
        FieldSpec("excluded", "M&ois sans facture", Entry.TEXT,
                  ", ".join(_MONTHS[month - 1] for month in sorted(smoothing.excluded)), placeholder="août",
                  only_if=("kind", ContractKind.REGULAR.value)),
        FieldSpec("note", "&Note", Entry.TEXT, terms.note if terms else ""),
    ]


def _time(minute: int | None) -> str:
    return "" if minute is None else f"{minute // 60}:{minute % 60:02d}"


def _terms(reader: Reader) -> Terms | None:
    """What is typed; what is wrong is blamed on its field, and then None."""
    first, last = reader.day("first_day"), reader.day("last_day")
    week: dict[int, tuple[int, int]] = {}
    for day in range(len(_WEEKDAYS)):
        start, stop = reader.minute(f"from{day}"), reader.minute(f"to{day}")
        if (start is None) is not (stop is None):
            reader.blame(f"to{day}" if stop is None else f"from{day}", "Donnez les deux heures, ou aucune.")
        elif start is not None and stop is not None:
            if stop <= start:
                reader.blame(f"to{day}", "Le départ vient après l'arrivée.")
            week[day] = (start, stop)
    if not week and not reader.errors:
        reader.blame("from0", "Donnez les heures d'au moins un jour.")
    if last < first:
        reader.blame("last_day", "Le dernier jour vient après le premier.")
    leave = reader.integer("leave", 0, 366)
    excluded = _months(reader)
    kind = ContractKind(reader.text("kind"))
    spread = Spread(reader.text("spread") or Spread.EQUAL.value)
    if reader.errors:
        return None
    return Terms(kind, Period(first, last), WeeklyPattern((week,)), Smoothing(spread, excluded), leave,
                 reader.text("note"))


def _months(reader: Reader) -> frozenset[int]:
    found = set()
    for word in reader.text("excluded").replace(";", ",").split(","):
        name = word.strip().lower()
        if not name:
            continue
        if name not in _MONTHS:
            reader.blame("excluded", f"« {word.strip()} » n'est pas un mois : écrivez par exemple « août ».")
        else:
            found.add(_MONTHS.index(name) + 1)
    return frozenset(found)


def _beside(error: UserError) -> str:
    if isinstance(error, InvalidFields):
        return next(iter(error.fields), "")
    return {"contract.no_month": "excluded", "contract.meets_another": "first_day"}.get(error.code, "")


