"""A registration is requested, then made once nothing is missing or while vaccines are completed; two never overlap."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from backoffice.catalog.ending import RemoveOffer
from backoffice.catalog.kinds import OfferKind
from backoffice.catalog.queries import ListServices
from backoffice.documents.kinds import Blocks, DocumentState, ObligationState
from backoffice.documents.obligations import BlockedChildren, ListObligations, blocked_children
from backoffice.documents.requiring import Asked
from backoffice.documents.rules import released
from backoffice.documents.types import EditDocumentType, ListDocumentTypes
from backoffice.documents.vaccines import ProvisionalAdmissions, VaccinesDue
from backoffice.families.commands import ChangeRole, RemoveMember
from backoffice.families.kinds import MemberRole
from backoffice.kernel.application import Application
from backoffice.kernel.clock import FixedClock
from backoffice.kernel.errors import InvalidFields, UserError
from backoffice.kernel.messages import sentence
from backoffice.kernel.periods import Period
from backoffice.registrations.commands import (
    EndRegistration,
    RegisterChild,
    RequestRegistration,
    WithdrawRegistration,
)
from backoffice.registrations.events import RegistrationsChanged
from backoffice.registrations.queries import ListRegistrations, RegistrationLine
from tests.documents.conftest import YEAR, Desk
from tests.support.towns import CHIEF, NOON

TODAY = NOON.date()
NEXT_YEAR = Period(date(2026, 9, 1), date(2027, 8, 31))


def _request(desk: Desk, period: Period = YEAR) -> int:
    return desk.town.do(RequestRegistration(desk.family.id, desk.family.child, desk.activity, period))


def _lines(desk: Desk) -> tuple[RegistrationLine, ...]:
    return desk.town.ask(ListRegistrations(desk.family.id))


def _on(desk: Desk, day: date) -> Application:
    """The same door, another day."""
    clock = FixedClock(NOON + timedelta(days=(day - TODAY).days))
    return Application(desk.town.database, CHIEF, clock)


def test_a_request_tells_the_family_what_to_send_and_becomes_the_registration(desk: Desk) -> None:
    assert desk.town.ask(ListObligations(desk.family.id)).asked == ()
    heard = desk.town.heard(RegistrationsChanged)
    wanted = _request(desk)
    asked = desk.town.ask(ListObligations(desk.family.id))
    assert (asked.counters.total, asked.counters.family, set(asked.blocked)) == (6, 2, {desk.family.child})
    assert [line.moment(TODAY) for line in _lines(desk)] == ["Demandée"]
    with pytest.raises(UserError) as held:
        desk.register()
    assert held.value.code == "registration.held_back"

    desk.send_everything()
    assert desk.register() == wanted
    assert [line.moment(TODAY) for line in _lines(desk)] == ["En cours"]
    assert heard == [RegistrationsChanged(desk.family.id)] * 2


def test_a_request_is_made_once_and_taken_back(desk: Desk) -> None:
    _request(desk)
    with pytest.raises(UserError) as twice:
        _request(desk)
    assert twice.value.code == "registration.twice"
    (line,) = _lines(desk)
    desk.town.do(WithdrawRegistration(line.id, line.version))
    assert desk.town.ask(ListObligations(desk.family.id)).asked == ()
    (line,) = _lines(desk)
    assert line.moment(TODAY) == "Retirée"
    assert desk.town.refused(WithdrawRegistration(line.id, line.version)) == "record.changed_meanwhile"
    assert desk.town.refused(EndRegistration(line.id, line.version, None)) == "record.changed_meanwhile"
    _request(desk)


def test_only_what_has_not_begun_is_taken_back(desk: Desk) -> None:
    desk.send_everything()
    desk.register()
    (line,) = _lines(desk)
    assert desk.town.refused(WithdrawRegistration(line.id, line.version)) == "registration.begun"


def test_two_registrations_never_share_a_day(desk: Desk) -> None:
    desk.send_everything()
    for code in ("QF_CAF", "RULES_SIGNED"):
        desk.send(code, period=NEXT_YEAR)
    for code in ("INSURANCE", "VACCINES", "HEALTH_FORM", "PHOTO"):
        desk.send(code, desk.family.child, period=NEXT_YEAR)
    desk.register()
    desk.register(period=NEXT_YEAR)
    now = next(line for line in _lines(desk) if line.period == YEAR)
    assert desk.town.refused(EndRegistration(now.id, now.version, None)) == "registration.twice"
    assert desk.town.refused(EndRegistration(now.id, now.version, date(2025, 8, 1))) == "registration.backwards"
    desk.town.do(EndRegistration(now.id, now.version, date(2026, 3, 31)))
    assert {line.period.end for line in _lines(desk)} == {date(2026, 3, 31), NEXT_YEAR.end}


def test_a_registered_child_stays_in_the_family_and_the_activity_in_the_catalog(desk: Desk) -> None:
    desk.send_everything()
    desk.register()
    family, child = desk.family.id, desk.family.child
    assert desk.town.refused(RemoveMember(family, child)) == "member.has_registration"
    change = ChangeRole(family, child, MemberRole.CHILD, MemberRole.CONTACT)
    assert desk.town.refused(change) == "member.has_registration"
    with pytest.raises(UserError) as used:
        desk.town.do(RemoveOffer(OfferKind.ACTIVITY, desk.activity, 1))
    assert "1\N{NO-BREAK SPACE}inscription" in sentence(used.value)


def test_a_service_that_asks_for_documents_is_not_removed_behind_them(desk: Desk) -> None:
    (service,) = desk.town.ask(ListServices())
    photo = next(each for each in desk.town.ask(ListDocumentTypes()) if each.code == "PHOTO")
    desk.town.do(EditDocumentType(photo.id, photo.version, photo.values, (Asked(service.id, is_mandatory=False),)))
    with pytest.raises(UserError) as used:
        desk.town.do(RemoveOffer(OfferKind.SERVICE, service.id, 1))
    assert "1\N{NO-BREAK SPACE}pièce demandée" in sentence(used.value)


def test_a_service_may_forgo_what_the_town_asks_for(desk: Desk) -> None:
    desk.send_everything()
    (service,) = desk.town.ask(ListServices())
    desk.town.sql("DELETE FROM documents WHERE type_id = :type", type=desk.type_id("INSURANCE"))
    kind = next(each for each in desk.town.ask(ListDocumentTypes()) if each.code == "INSURANCE")
    insurance, everywhere = kind.id, Asked(blocks=Blocks.REGISTRATION)
    asked = (everywhere, Asked(service.id, is_mandatory=False))
    version = desk.town.do(EditDocumentType(insurance, kind.version, kind.values, asked))
    desk.register()
    optional = next(o for o in desk.town.ask(ListObligations(desk.family.id)).asked if insurance in o.type_ids)
    assert (optional.state, optional.is_mandatory) == (ObligationState.MISSING, False)
    for nowhere in (Asked(None, desk.activity), Asked(999)):
        with pytest.raises(InvalidFields) as wrong:
            desk.town.do(EditDocumentType(insurance, version, kind.values, (nowhere,)))
        assert wrong.value.fields["asked"].code == "documents.place_unknown"


# --- while vaccines are completed ------------------------------------------------------------------------------------


def test_a_child_comes_for_three_months_while_vaccines_are_completed(desk: Desk) -> None:
    desk.send_everything()
    vaccines = desk.type_id("VACCINES")
    desk.town.sql("DELETE FROM documents WHERE type_id = :type", type=vaccines)
    first, last = TODAY, date(2026, 11, 30)
    wish = RegisterChild(desk.family.id, desk.family.child, desk.activity, Period(first), last)
    with pytest.raises(InvalidFields) as long:
        desk.town.do(replace(wish, provisional_until=date(2026, 12, 1)))
    assert set(long.value.fields) == {"provisional_until"}
    desk.town.do(wish)
    found = desk.town.ask(ListObligations(desk.family.id))
    waived = next(o for o in found.asked if vaccines in o.type_ids)
    assert (waived.state, waived.until, waived.is_provisional) == (ObligationState.WAIVED, last, True)
    assert found.blocked == frozenset()

    assert desk.town.ask(ProvisionalAdmissions()) == ()
    (ending,) = _on(desk, date(2026, 11, 20)).ask(ProvisionalAdmissions())
    assert ending.notice == (
        "Admission provisoire jusqu'au 30/11/2026 : encore 10 jours pour compléter les vaccins."
    )
    (over,) = _on(desk, date(2026, 12, 1)).ask(ProvisionalAdmissions())
    assert "terminée le 30/11/2026" in over.notice
    december = _on(desk, date(2026, 12, 1)).ask(ListObligations(desk.family.id))
    assert next(o for o in december.asked if vaccines in o.type_ids).state is ObligationState.MISSING
    assert december.blocked == {desk.family.child}

    desk.send("VACCINES", desk.family.child, period=Period(TODAY))
    assert _on(desk, date(2026, 12, 1)).ask(ProvisionalAdmissions()) == ()


def test_nothing_but_vaccines_is_waited_for(desk: Desk) -> None:
    desk.send_everything()
    for code in ("VACCINES", "PHOTO"):
        desk.town.sql("DELETE FROM documents WHERE type_id = :type", type=desk.type_id(code))
    with pytest.raises(UserError) as held:
        desk.town.do(RegisterChild(desk.family.id, desk.family.child, desk.activity, Period(TODAY), TODAY))
    assert held.value.params["count"] == 1
    assert "Photo récente" in sentence(held.value)


def test_whoever_reads_a_record_is_told_what_it_must_show(desk: Desk) -> None:
    due = desk.town.ask(VaccinesDue(desk.family.child))  # born in 2017
    assert [one.in_french for one in due] == ["Diphtérie, tétanos, poliomyélite : 3 doses sur 3"]


# --- who is blocked, and whom a decision releases --------------------------------------------------------------------


def test_the_blocked_children_of_all_families_are_told_with_their_reasons(desk: Desk) -> None:
    other = desk.town.family("ABADIE", "Zoé", "Tom")
    _request(desk)
    desk.town.do(RequestRegistration(other.id, other.child, desk.activity, YEAR))
    everybody = desk.town.ask(BlockedChildren())
    # What a family owes blocks all its children, those who come nowhere yet too.
    assert [(one.family, one.child) for one in everybody] == [
        ("ABADIE", "ABADIE Zoé"), ("ABADIE", "ABADIE Tom"), ("MARTIN", "MARTIN Léa")
    ]
    assert [len(one.reasons) for one in everybody] == [6, 2, 6]
    assert desk.town.ask(BlockedChildren((desk.family.id,))) == everybody[2:]


def test_the_last_document_that_is_validated_releases_the_child(desk: Desk) -> None:
    _request(desk)
    desk.send_everything()
    photo = desk.type_id("PHOTO")
    desk.town.sql(
        "UPDATE documents SET state = 'pending', decided_at = NULL, version = version + 1 WHERE type_id = :type",
        type=photo,
    )
    with desk.town.database.read() as session:
        before = blocked_children(session, desk.family.id, TODAY)
    desk.send("PHOTO", desk.family.child)
    with desk.town.database.read() as session:
        after = blocked_children(session, desk.family.id, TODAY)
    assert released(before, after) == {desk.family.child}


def test_what_ended_says_until_when_it_held(desk: Desk) -> None:
    _request(desk, Period(date(2025, 9, 1)))
    desk.send_everything()
    (blocked,) = _on(desk, date(2026, 9, 1)).ask(BlockedChildren())
    assert "Photo récente de MARTIN Léa : expirée (valable jusqu'au 31/08/2026)." in blocked.reasons


def test_a_document_that_holds_only_later_is_still_missing(desk: Desk) -> None:
    _request(desk, Period(date(2025, 9, 1)))
    desk.send("PHOTO", desk.family.child, period=NEXT_YEAR)
    found = desk.town.ask(ListObligations(desk.family.id))
    photo = next(one for one in found.asked if one.name == "Photo récente")
    assert (photo.state, photo.until) == (ObligationState.MISSING, None)


def test_a_new_sending_waits_even_after_a_rejection(desk: Desk) -> None:
    _request(desk)
    waiting = desk.send("PHOTO", desk.family.child, DocumentState.PENDING)
    desk.send("PHOTO", desk.family.child, DocumentState.REJECTED, at=NOON + timedelta(hours=1), comment="Floue.")
    found = desk.town.ask(ListObligations(desk.family.id))
    photo = next(one for one in found.asked if one.name == "Photo récente")
    assert (photo.state, photo.document_id, photo.comment) == (ObligationState.SENT, waiting, "")
