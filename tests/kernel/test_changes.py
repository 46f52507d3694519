"""What others changed is told once, whatever the order in which they commit."""

from __future__ import annotations

from backoffice.catalog.commands import DescribeTown
from backoffice.catalog.queries import Town
from backoffice.families.commands import NewFamily, add_families
from backoffice.kernel.changes import Changes, WhatChanged
from tests.support.towns import SmallTown


def _asked(town: SmallTown, since: str = "") -> Changes:
    return town.app.ask(WhatChanged(since))


def _described(town: SmallTown, name: str) -> None:
    town.app.execute(DescribeTown(Town(name, ("1 place de la Mairie",), "", "Le Maire", "A")))


def test_a_change_is_told_once(either_town: SmallTown) -> None:
    begun = _asked(either_town)
    assert begun.tables == frozenset()
    assert _asked(either_town, begun.moment).tables == frozenset()

    either_town.family()
    after = _asked(either_town, begun.moment)
    assert after.tables == {"families", "people", "memberships", "payers"}
    assert _asked(either_town, after.moment).tables == frozenset()

    _described(either_town, "Valbrume-sur-Orge")
    assert _asked(either_town, after.moment).tables == {"town"}


def test_a_change_that_is_undone_is_not_told(either_town: SmallTown) -> None:
    begun = _asked(either_town)
    with either_town.database.write() as session:
        add_families(session, [NewFamily("OUBLIÉE")])
        session.rollback()
    assert _asked(either_town, begun.moment).tables == frozenset()


def test_a_long_transaction_that_ends_after_others_is_not_missed(shared_town: SmallTown) -> None:
    """Its lines were numbered before the question; they were committed after it."""
    begun = _asked(shared_town)
    with SmallTown(shared_town.address) as other, other.database.write() as long:
        add_families(long, [NewFamily("LENTE")])
        long.flush()
        _described(shared_town, "Valbrume-la-Vive")
        meanwhile = _asked(shared_town, begun.moment)
        assert meanwhile.tables == {"town"}
    assert _asked(shared_town, meanwhile.moment).tables == {"families"}
