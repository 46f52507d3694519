"""How fast families are answered, and why pieces come back. Counts alone: nobody is in them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from math import ceil

from sqlalchemy import or_, select

from backoffice.documents.delays import Delay, Urgency, Waiting, promised
from backoffice.documents.kinds import DocumentState
from backoffice.documents.starting import reject_reasons
from backoffice.documents.tables import DocumentRow, DocumentTypeRow
from backoffice.kernel.application import Query, Reading, read
from backoffice.kernel.errors import UserError
from backoffice.kernel.periods import Period
from backoffice.kernel.zone import PARIS

_DAY = timedelta(days=1)
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Figures:
    """`received`: sent during the period; `answered`: decided during it, whenever they came.

    `median`, `ninth`: hours that half and nine tenths of the answers took at most, on the clock of the promise; none
    without an answer. `by_urgency`: the answers by how long they took; `waiting`: received and not answered yet.
    """

    received: int = 0
    waiting: int = 0
    accepted: int = 0
    rejected: int = 0
    median: float | None = None
    ninth: float | None = None
    by_urgency: Mapping[Urgency, int] | None = None

    @property
    def answered(self) -> int:
        return self.accepted + self.rejected

    @property
    def late(self) -> int:
        return (self.by_urgency or {}).get(Urgency.LATE, 0)

    @property
    def late_share(self) -> float | None:
        """From 0 to 1; none without an answer."""
        return self.late / self.answered if self.answered else None


@dataclass(frozen=True, slots=True)
class ReviewReport:
    """`by_type`: in the order of the types, those of which none came or was answered left out; `reasons`: why pieces
    were rejected, most first."""

    period: Period
    delay: Delay
    whole: Figures
    by_type: tuple[tuple[str, Figures], ...]
    reasons: tuple[tuple[str, int], ...]


@dataclass(frozen=True)
class ReviewFigures(Query[ReviewReport]):
    """« Délais et motifs » over a closed period, both days included."""

    period: Period


@read(ReviewFigures, permission="documents.read")
def review_figures(query: ReviewFigures, reading: Reading) -> ReviewReport:
    """Raises UserError `documents.period_backwards`."""
    session, row, period, delay = reading.session, DocumentRow, query.period, promised()
    if period.end is None:
        raise UserError("documents.period_backwards")
    begins = datetime.combine(period.start, time(), PARIS)
    ends = datetime.combine(period.end + _DAY, time(), PARIS)
    columns = (row.type_id, row.state, row.reason, row.received_at, row.decided_at)
    found = session.execute(
        select(*columns).where(
            or_(
                (row.received_at >= begins) & (row.received_at < ends),
                (row.decided_at >= begins) & (row.decided_at < ends),
            )
        )
    )
    whole, reasons = _Counting(delay), Counter[str]()
    by_type: defaultdict[int, _Counting] = defaultdict(lambda: _Counting(delay))
    for type_id, state, reason, received_at, decided_at in found:
        came = begins <= received_at < ends
        waited = None
        if decided_at is not None and begins <= decided_at < ends:
            waited = Waiting(decided_at, delay).since(received_at)
        for counting in (whole, by_type[type_id]):
            counting.add(state, waited, came=came, waits=came and decided_at is None)
        if waited is not None and state == DocumentState.REJECTED:
            reasons[reason] += 1
    types = session.execute(select(DocumentTypeRow.id, DocumentTypeRow.name).order_by(
        DocumentTypeRow.position, DocumentTypeRow.id
    ))
    known = reject_reasons()
    return ReviewReport(
        period, delay, whole.figures(),
        tuple((name, by_type[type_id].figures()) for type_id, name in types if type_id in by_type),
        tuple((known[code].label if code in known else code, count) for code, count in reasons.most_common()),
    )


class _Counting:
    """Pieces counted one by one."""

    def __init__(self, delay: Delay) -> None:
        self._delay = delay
        self._received = self._waiting = 0
        self._states: Counter[str] = Counter()
        self._waited: list[timedelta] = []

    def add(self, state: str, waited: timedelta | None, *, came: bool, waits: bool) -> None:
        self._received += came
        self._waiting += waits
        if waited is not None:
            self._states[state] += 1
            self._waited.append(waited)

    def figures(self) -> Figures:
        waited = sorted(self._waited)
        return Figures(
            self._received, self._waiting, self._states[DocumentState.ACCEPTED], self._states[DocumentState.REJECTED],
            share_within(waited, 0.5), share_within(waited, 0.9),
            Counter(self._delay.urgency(each) for each in waited),
        )


def share_within(waited: Sequence[timedelta], share: float) -> float | None:
    """The hours within which this share of the answers came: waits in order, the first that covers it."""
    if not waited:
        return None
    return waited[max(ceil(share * len(waited)), 1) - 1] / _HOUR
