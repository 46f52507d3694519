"""« Mon travail »: every count is read, none is guessed; what the agent may not see is not counted."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from types import MappingProxyType

from backoffice.attendance.day import count_missing_departures
from backoffice.attendance.unclocked import count_to_check
from backoffice.attendance.waiting import OpenSpan, open_spans
from backoffice.billing.billed import BilledMonth, last_billed
from backoffice.billing.carried import carried_now
from backoffice.billing.lists import overdue
from backoffice.billing.months import MonthFigures, month_figures
from backoffice.billing.scope import Scope, scope_of
from backoffice.catalog.queries import Slot
from backoffice.documents.waiting import arrivals_waiting, documents_waiting
from backoffice.families.queries import family_names, links_answered, links_waiting
from backoffice.home.places import Place, place
from backoffice.home.situations import (
    ENDING_SOON_DAYS,
    FamilyDay,
    ending_quotients,
    without_payer,
    without_quotient,
)
from backoffice.kernel.application import Query, Reading, read
from backoffice.kernel.database import Session
from backoffice.kernel.money import ZERO, euros
from backoffice.kernel.periods import Month, SchoolYear, french_day
from backoffice.kernel.zone import PARIS
from backoffice.letters.waiting import letters_stopped
from backoffice.registrations.queries import provisional_admissions
from backoffice.worker.queries import WorkerState, worker_state

# « activités réalisées au mois de mai vers le 15 juin » (product.md, G1.31).
_USUAL_DAY_OF_ISSUE = 15
_CLOCKING_LOOKED_AT = timedelta(days=62)
_CHECKED = timedelta(days=14)  # a clock that does not agree is looked at while people remember
_SPARK_MONTHS = 6
# « Documents reviewed in 24 h to 72 h » (domain.md, R1): a family waits behind a request as it does behind a document.
_ANSWER_WITHIN = timedelta(days=3)


class WorkSeverity(StrEnum):
    """How much it presses, the gravest first."""

    BLOCKING = "blocking"
    LATE = "late"
    TO_DO = "to_do"
    TO_KNOW = "to_know"

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS = MappingProxyType(
    {
        WorkSeverity.BLOCKING: "Bloque la facturation",
        WorkSeverity.LATE: "En retard",
        WorkSeverity.TO_DO: "À faire",
        WorkSeverity.TO_KNOW: "À savoir",
    }
)


class WorkKey(StrEnum):
    """The kinds of work; `WorkFamilies` lists the families behind those that are about families."""

    OPEN_MONTH = "open_month"
    WITHOUT_PAYER = "without_payer"
    WITHOUT_QUOTIENT = "without_quotient"
    ENDING_QUOTIENTS = "ending_quotients"
    MISSING_DEPARTURES = "missing_departures"
    CLOCKS_TO_CHECK = "clocks_to_check"
    OVERDUE = "overdue"
    CARRIED = "carried"
    LINKS_WAITING = "links_waiting"
    LINKS_ANSWERED = "links_answered"
    DOCUMENTS = "documents"
    ARRIVALS = "arrivals"
    LETTERS = "letters"
    PROVISIONAL = "provisional"


@dataclass(frozen=True, slots=True)
class WorkItem:
    """One line of « Mon travail ». `count` is shown large, `detail` beside; `target` is where it is done."""

    key: WorkKey
    label: str
    count: int
    detail: str
    deadline: date | None
    severity: WorkSeverity
    target: Place


@dataclass(frozen=True, slots=True)
class Work:
    """The home screen: lines by deadline (those without any last), the month billed last, and the next to bill.

    `spark`: the last six months that ended, oldest first, with nothing for months that have nothing. `worker`: whether
    what nobody presses a button for is done.
    """

    today: date
    items: tuple[WorkItem, ...]
    last_billing: BilledMonth | None
    next_billing: MonthFigures | None
    spark: tuple[MonthFigures, ...]
    worker: WorkerState


@dataclass(frozen=True)
class MyWork(Query[Work]):
    """What waits for this agent today; only what their rights let them read is counted.

    `structure_id`: in this structure (None: in all; `NO_STRUCTURE`: outside structures). `year`: what is about the
    days and months of this school year; None: whatever waits, of every year.
    """

    structure_id: int | None = None
    year: SchoolYear | None = None


@read(MyWork, permission="catalog.read", early=True)
def my_work(query: MyWork, reading: Reading) -> Work:
    session, today, may = reading.session, reading.today, reading.actor.may
    scope = scope_of(session, query.structure_id)
    spans = _spans(reading, scope, query.year)
    items: list[WorkItem] = []
    figures: tuple[MonthFigures, ...] = ()
    last: BilledMonth | None = None
    ended = today if query.year is None else min(today, query.year.last_day + timedelta(days=1))
    if may("attendance.read"):
        items += _clocking(session, today, spans, query)
        items += _to_check(session, today, query)
    if may("attendance.read") and may("families.read") and may("tariffs.read"):
        items += _families(session, today, scope.slots, spans, query)
    items += _links(reading)
    if may("documents.review"):
        items += _documents(session, today)
    if may("documents.sort"):
        items += _arrivals(session, today)
    if may("letters.write"):
        items += _letters(session)
    if may("documents.read") and may("registrations.read"):
        items += _provisional(session, today)
    if may("billing.read"):
        units: Counter[Month] = Counter()
        for span in spans:
            units[span.month] += span.units
        # Older months are only looked at when they wait for a run; lists show the rest.
        since = min([Month.of(ended).plus(-_SPARK_MONTHS), *units])
        found = month_figures(session, units, scope, since)
        figures = tuple(month for month in found if _is_of(month.month, query.year))
        last = last_billed(session, scope, query.year)
        if may("billing.issue"):  # to whoever may not, a month to bill is no work of theirs
            items += _months(figures, spans, today)
        items += _money(session, today, scope, query.year)
    return Work(
        today=today,
        items=tuple(sorted(items, key=_by_deadline)),
        last_billing=last,
        next_billing=_next(figures, today),
        spark=_spark(figures, ended),
        worker=worker_state(session),
    )


def _spans(reading: Reading, scope: Scope, year: SchoolYear | None) -> list[OpenSpan]:
    if not reading.actor.may("attendance.read"):  # the server would refuse the whole question
        return []
    return [span for span in open_spans(reading.session, scope.slots.values()) if _is_of(span.month, year)]


def _is_of(month: Month, year: SchoolYear | None) -> bool:
    return year is None or month.first_day in year


def _by_deadline(item: WorkItem) -> tuple[object, ...]:
    return (item.deadline or date.max, tuple(WorkSeverity).index(item.severity), item.label)


def _clocking(session: Session, today: date, spans: Collection[OpenSpan], query: MyWork) -> list[WorkItem]:
    # What waits for a run can still be mended, however old.
    since = min([today - _CLOCKING_LOOKED_AT, *(span.first_day for span in spans)])
    last = today
    if query.year is not None:
        since, last = max(since, query.year.first_day), min(today, query.year.last_day)
    count, oldest = count_missing_departures(session, since, last, today, query.structure_id)
    if not count or oldest is None:
        return []
    deadline = _usual_issue(Month.of(oldest))
    target = place("attendance", day=oldest, filter="missing_departures", since=since)
    return [
        WorkItem(
            key=WorkKey.MISSING_DEPARTURES,
            label="Oublis de départ à corriger",
            count=count,
            detail=f"le plus ancien : {french_day(oldest)}",
            deadline=deadline,
            severity=WorkSeverity.LATE if deadline < today else WorkSeverity.TO_DO,
            target=target,
        )
    ]


def _to_check(session: Session, today: date, query: MyWork) -> list[WorkItem]:
    """Clocked without a booking, or booked and not clocked, where only who comes is billed."""
    since, last = today - _CHECKED, today - timedelta(days=1)
    if query.year is not None:
        since, last = max(since, query.year.first_day), min(last, query.year.last_day)
    found = count_to_check(session, since, last, query.structure_id)
    if found.oldest is None:
        return []
    parts = [(found.unbooked, "pointé sans réservation", "pointés sans réservation"),
             (found.unclocked, "réservé non pointé", "réservés non pointés")]
    said = ", ".join(f"{count} {many if count > 1 else one}" for count, one, many in parts if count)
    shown = "clocked_not_booked" if found.oldest_is_unbooked else "booked_not_clocked"
    deadline = _usual_issue(Month.of(found.oldest))
    return [
        WorkItem(
            key=WorkKey.CLOCKS_TO_CHECK,
            label="Pointages à vérifier",
            count=found.unbooked + found.unclocked,
            detail=f"{said}, depuis le {french_day(found.oldest)}",
            deadline=deadline,
            severity=WorkSeverity.LATE if deadline < today else WorkSeverity.TO_DO,
            target=place("attendance", day=found.oldest, filter=shown),
        )
    ]


def _families(
    session: Session, today: date, slots: Mapping[int, Slot], spans: Collection[OpenSpan], query: MyWork
) -> list[WorkItem]:
    items = []
    unnamed = without_payer(session, spans, today)
    if unnamed:
        items.append(
            WorkItem(
                key=WorkKey.WITHOUT_PAYER,
                label="Familles sans payeur",
                count=len(unnamed),
                detail="des présences à facturer",
                deadline=_first_issue(spans, unnamed),
                severity=WorkSeverity.BLOCKING,
                target=_families_place(WorkKey.WITHOUT_PAYER),
            )
        )
    unknown = without_quotient(session, spans, slots)
    if unknown:
        items.append(
            WorkItem(
                key=WorkKey.WITHOUT_QUOTIENT,
                label="Familles sans quotient",
                count=len(unknown),
                detail="des présences à un tarif au quotient",
                deadline=_first_issue(spans, [family.family_id for family in unknown]),
                severity=WorkSeverity.BLOCKING,
                target=_families_place(WorkKey.WITHOUT_QUOTIENT),
            )
        )
    ending = ending_quotients(session, today, query.structure_id) if query.year is None else ()
    if ending:
        first = ending[0].day
        items.append(
            WorkItem(
                key=WorkKey.ENDING_QUOTIENTS,
                label="Quotients qui se terminent",
                count=len(ending),
                detail=f"dans les {ENDING_SOON_DAYS} jours, d'abord le {french_day(first)}",
                deadline=first,
                severity=WorkSeverity.TO_DO,
                target=_families_place(WorkKey.ENDING_QUOTIENTS),
            )
        )
    return items


def _documents(session: Session, today: date) -> list[WorkItem]:
    count, oldest = documents_waiting(session)
    if oldest is None:
        return []
    since = oldest.astimezone(PARIS).date()
    return [
        WorkItem(
            key=WorkKey.DOCUMENTS,
            label="Pièces à examiner",
            count=count,
            detail=f"la plus ancienne : {french_day(since)}",
            deadline=since + _ANSWER_WITHIN,
            severity=WorkSeverity.LATE if since + _ANSWER_WITHIN < today else WorkSeverity.TO_DO,
            target=place("documents"),
        )
    ]


def _arrivals(session: Session, today: date) -> list[WorkItem]:
    count, oldest = arrivals_waiting(session)
    if oldest is None:
        return []
    since = oldest.astimezone(PARIS).date()
    return [
        WorkItem(
            key=WorkKey.ARRIVALS,
            label="Courriels et numérisations à classer",
            count=count,
            detail=f"à rattacher à une famille, depuis le {french_day(since)}",
            deadline=since + _ANSWER_WITHIN,
            severity=WorkSeverity.LATE if since + _ANSWER_WITHIN < today else WorkSeverity.TO_DO,
            target=place("arrivals"),
        )
    ]


def _letters(session: Session) -> list[WorkItem]:
    count, oldest = letters_stopped(session)
    if oldest is None:
        return []
    since = oldest.astimezone(PARIS).date()
    return [
        WorkItem(
            key=WorkKey.LETTERS,
            label="Courriels arrêtés",
            count=count,
            detail=f"à renvoyer ou à imprimer, le plus ancien : {french_day(since)}",
            deadline=since,
            severity=WorkSeverity.LATE,
            target=place("letters", filter="stopped"),
        )
    ]


def _provisional(session: Session, today: date) -> list[WorkItem]:
    """Children admitted while their vaccines are completed, whose time is nearly over."""
    if not provisional_admissions(session, today):
        return []
    from backoffice.documents.vaccines import ending_admissions  # most days there is none, and the first page is quick

    ending = ending_admissions(session, today)
    if not ending:
        return []
    first = ending[0].until
    over = sum(one.until < today for one in ending)
    return [
        WorkItem(
            key=WorkKey.PROVISIONAL,
            label="Admissions provisoires qui se terminent",
            count=len(ending),
            detail=f"vaccins à valider, d'abord le {french_day(first)}" + (f" ; {over} déjà au bout" if over else ""),
            deadline=first,
            severity=WorkSeverity.LATE if over else WorkSeverity.TO_DO,
            target=place("follow_up", view="missing", words="provisoire"),
        )
    ]


def _links(reading: Reading) -> list[WorkItem]:
    """Families known to several services: nothing on an embedded database."""
    session, today, actor = reading.session, reading.today, reading.actor
    items = []
    waiting, oldest = links_waiting(session, actor.login) if actor.may("families.edit") else (0, None)
    if oldest is not None:
        items.append(
            WorkItem(
                key=WorkKey.LINKS_WAITING,
                label="Rattachements à décider",
                count=waiting,
                detail=f"un autre service demande à connaître la famille, depuis le {french_day(oldest)}",
                deadline=oldest + _ANSWER_WITHIN,
                severity=WorkSeverity.LATE if oldest + _ANSWER_WITHIN < today else WorkSeverity.TO_DO,
                target=place("links"),
            )
        )
    answered = links_answered(session, actor.login, today) if actor.may("families.link") else 0
    if answered:
        items.append(
            WorkItem(
                key=WorkKey.LINKS_ANSWERED,
                label="Réponses à vos demandes de rattachement",
                count=answered,
                detail="ces derniers jours",
                deadline=None,
                severity=WorkSeverity.TO_KNOW,
                target=place("links"),
            )
        )
    return items


def _families_place(key: WorkKey) -> Place:
    return place("families", filter=key.value)


def _first_issue(spans: Collection[OpenSpan], families: Collection[int]) -> date:
    """When the first invoice of these families usually leaves."""
    concerned = set(families)
    return _usual_issue(min(span.month for span in spans if span.family_id in concerned))


def _usual_issue(month: Month) -> date:
    following = month.plus(1)
    return date(following.year, following.month, _USUAL_DAY_OF_ISSUE)


def _months(figures: Sequence[MonthFigures], spans: Collection[OpenSpan], today: date) -> list[WorkItem]:
    families: dict[Month, set[int]] = defaultdict(set)
    for span in spans:
        families[span.month].add(span.family_id)
    items = []
    for month in figures:
        if month.month >= Month.of(today) or not month.to_bill:
            continue
        deadline = _usual_issue(month.month)
        begun = month.invoice_count > 0
        items.append(
            WorkItem(
                key=WorkKey.OPEN_MONTH,
                label=f"Facturer {month.month.in_french}" + (" (reste)" if begun else ""),
                count=month.open_units + month.open_lines,
                detail=_open_detail(month, len(families[month.month])),
                deadline=deadline,
                severity=WorkSeverity.LATE if deadline < today else WorkSeverity.TO_DO,
                target=place("billing", month=month.month),
            )
        )
    return items


def _open_detail(month: MonthFigures, families: int) -> str:
    parts = []
    if month.open_units:
        parts.append(f"présences de {families} famille{'s' if families > 1 else ''}")
    if month.open_lines:
        parts.append(f"{month.open_lines} ligne{'s' if month.open_lines > 1 else ''} de la reprise")
    if month.invoice_count:
        parts.append(f"{month.invoice_count} facture{'s' if month.invoice_count > 1 else ''} déjà émise"
                     f"{'s' if month.invoice_count > 1 else ''}")
    return ", ".join(parts)


def _money(session: Session, today: date, scope: Scope, year: SchoolYear | None) -> list[WorkItem]:
    items = []
    late = overdue(session, today, scope, year)
    if late.count and late.oldest_due is not None:
        items.append(
            WorkItem(
                key=WorkKey.OVERDUE,
                label="Factures échues non soldées",
                count=late.count,
                detail=f"{euros(late.total)} d'après les règlements connus",
                deadline=late.oldest_due,
                severity=WorkSeverity.LATE,
                target=place("invoices", filter="overdue"),
            )
        )
    carried = carried_now(session, scope, year)
    if carried.families:
        items.append(
            WorkItem(
                key=WorkKey.CARRIED,
                label="Montants reportés",
                count=carried.families,
                detail=f"{euros(carried.total)} sous le seuil, sur la prochaine facture",
                deadline=None,
                severity=WorkSeverity.TO_KNOW,
                target=place("carried"),
            )
        )
    return items


def _next(figures: Sequence[MonthFigures], today: date) -> MonthFigures | None:
    """The oldest month that ended and has something to bill, else the one that runs."""
    current = Month.of(today)
    waiting = [month for month in figures if month.to_bill and month.month <= current]
    return waiting[0] if waiting else None


def _spark(figures: Sequence[MonthFigures], today: date) -> tuple[MonthFigures, ...]:
    if not figures:
        return ()
    known = {month.month: month for month in figures}
    current = Month.of(today)
    months = [current.plus(-back) for back in range(_SPARK_MONTHS, 0, -1)]
    return tuple(known.get(month, MonthFigures(month, 0, 0, ZERO, ZERO)) for month in months)


# --- the families behind a line ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class WorkFamily:
    """A family behind a line of work, why it is there, and where to mend it."""

    family_id: int
    family_name: str
    detail: str
    day: date | None
    target: Place


@dataclass(frozen=True)
class WorkFamilies(Query[tuple[WorkFamily, ...]]):
    """The families of `WITHOUT_PAYER`, `WITHOUT_QUOTIENT` or `ENDING_QUOTIENTS`, by name (by day for the last);
    none for the other keys. `structure_id` and `year` as in `MyWork`."""

    key: WorkKey
    structure_id: int | None = None
    year: SchoolYear | None = None


@read(WorkFamilies, permission="families.read")
def work_families(query: WorkFamilies, reading: Reading) -> tuple[WorkFamily, ...]:
    session, today = reading.session, reading.today
    if query.key is WorkKey.ENDING_QUOTIENTS:
        ending = ending_quotients(session, today, query.structure_id) if query.year is None else ()
        return _listed(session, ending, "dernier jour du quotient", by_day=True)
    scope = scope_of(session, query.structure_id)
    spans = _spans(reading, scope, query.year)
    if query.key is WorkKey.WITHOUT_QUOTIENT:
        return _listed(session, without_quotient(session, spans, scope.slots), "sans quotient dès le", by_day=False)
    if query.key is WorkKey.WITHOUT_PAYER:
        unnamed = without_payer(session, spans, today)
        return _listed(session, [FamilyDay(family, today) for family in unnamed], "aucun payeur le", by_day=False)
    return ()


def _listed(
    session: Session, families: Collection[FamilyDay], why: str, *, by_day: bool
) -> tuple[WorkFamily, ...]:
    names = family_names(session, {family.family_id for family in families})

    def order(family: FamilyDay) -> tuple[object, ...]:
        return (family.day if by_day else date.min, names[family.family_id].sort_name, family.family_id)

    return tuple(
        WorkFamily(
            family.family_id,
            names[family.family_id].name,
            f"{why} {french_day(family.day)}",
            family.day,
            place("family", id=family.family_id),
        )
        for family in sorted(families, key=order)
    )
