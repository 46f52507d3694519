"""What a value becomes in the database, and back: the same on both engines."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import StatementError

from backoffice.attendance.tables import AttendanceRow
from backoffice.families.tables import PersonRow, QuotientRow
from backoffice.importing.tables import ImportRow
from backoffice.kernel.batches import batches
from backoffice.kernel.bulk import set_by_id
from backoffice.kernel.text import folded
from tests.support.towns import DAYS, SmallTown


def test_an_instant_keeps_its_moment_whatever_its_zone(either_town: SmallTown) -> None:
    summer = datetime(2025, 7, 1, 14, 30, 15, 123456, tzinfo=timezone(timedelta(hours=2)))
    with either_town.database.write() as session:
        session.add(ImportRow(kind="x", digest="d", file_name="f", at=summer, report={"é": ["€", 1]}))

    [row] = either_town.rows("imports")
    assert (row["at"], row["at"].tzinfo) == (summer, UTC)
    assert row["report"] == {"é": ["€", 1]}


def test_an_instant_without_zone_is_refused(town: SmallTown) -> None:
    bare = datetime(2025, 7, 1)  # noqa: DTZ001 - what is refused
    with pytest.raises(StatementError, match="zone"), town.database.write() as session:
        session.add(ImportRow(kind="x", digest="d", file_name="f", at=bare, report={}))


@pytest.mark.parametrize("value", ["0", "0.01", "399.50", "99999999.99"])
def test_a_quotient_is_exact(value: str, either_town: SmallTown) -> None:
    household = either_town.family(quotient=value)

    [row] = either_town.rows("quotients")
    assert row["value"] == Decimal(value)
    assert isinstance(row["value"], Decimal)
    assert row["family_id"] == household.id


def test_a_third_decimal_is_refused_rather_than_rounded(town: SmallTown) -> None:
    household = town.family()
    with pytest.raises(StatementError, match="two decimals"), town.database.write() as session:
        session.add(
            QuotientRow(family_id=household.id, value=Decimal("1.005"), source="", valid_from=date(2025, 1, 1))
        )


def test_many_rows_get_each_their_own_number(either_town: SmallTown) -> None:
    either_town.attend(either_town.family(), either_town.slot(), DAYS[:7])
    pairs = [(row["id"], 100 + number) for number, row in enumerate(either_town.rows("attendances")[:5])]
    with either_town.database.write() as session:
        set_by_id(session, AttendanceRow, "quantity", pairs)
        set_by_id(session, AttendanceRow, "quantity", [])

    assert [row["quantity"] for row in either_town.rows("attendances")] == [100, 101, 102, 103, 104, 1, 1]


@given(st.lists(st.integers()), st.integers(1, 9))
def test_slices_lose_nothing(items: list[int], size: int) -> None:
    slices = list(batches(items, size))

    assert [item for some in slices for item in some] == items
    assert all(1 <= len(some) <= size for some in slices)


@pytest.mark.parametrize(
    ("text", "key"),
    [("Léa  Œuvrard", "lea oeuvrard"), ("D’ALMEIDA", "d'almeida"), ("ÆGIR", "aegir"), ("Straße", "strasse"),
     ("Łukasz", "łukasz"), ("", "")],
)
def test_search_minds_neither_accents_nor_case(text: str, key: str) -> None:
    assert folded(text) == key


def test_names_of_two_hundred_letters_fit_their_sorting_column(shared_town: SmallTown) -> None:
    """A ligature is two letters once sorted: the column must hold both."""
    shared_town.family("Œ" * 70)
    assert PersonRow.__table__.c.sort_name.type.length >= 240  # type: ignore[attr-defined]
