"""What is loaded while the window is already on screen: the town first, then what its first page does without.

Only modules are loaded here, no Qt object is made: it runs on the thread of a job.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ui.places import BY_NAME, PLACES

if TYPE_CHECKING:
    from backoffice.kernel.address import DatabaseAddress
    from backoffice.kernel.application import Application
    from backoffice.kernel.progress import Progress


def open_asked(asked: str | None) -> Application | None:
    """The town of the database that was asked for, else of the one this user works on; None when they never chose.

    A base that somebody named must exist; only the one of this computer is made. Raises UserError `database.missing`,
    and what `open_application` raises.
    """
    from backoffice.bootstrap import database_address, default_database, is_chosen, refuse_missing

    if not is_chosen(asked, os.environ):
        import ui.choosing.dialog  # noqa: F401 - about to be asked for

        return None
    address = database_address(asked, os.environ)
    if address.path != default_database():
        refuse_missing(address)
    return open_town(address)


def usual_address(asked: str | None) -> DatabaseAddress | None:
    """Of the base that was asked for, else of the one this user works on; None when it cannot be read."""
    from backoffice.bootstrap import database_address
    from backoffice.kernel.errors import BackofficeError

    try:
        return database_address(asked, os.environ)
    except BackofficeError:
        return None


def open_town(address: DatabaseAddress) -> Application:
    """The town at this address, its first page loaded. Raises what `open_application` raises."""
    from backoffice.bootstrap import open_application

    app = open_application(address)
    BY_NAME["home"].load()
    if app.database.asks_password:
        import ui.locking.desk_lock
    if not app.database.is_embedded:
        import ui.sending  # noqa: F401
    return app


def load_the_rest(progress: Progress) -> None:
    """The other pages, the dialogs of the agent menu, then the calendar that a month is billed with: nobody waits for
    them later. Raises Cancelled."""
    import ui.choosing.dialog
    import ui.password.dialog  # noqa: F401
    from backoffice.bootstrap import load_wings
    from backoffice.catalog.calendar import load_public_holidays

    load_wings()
    for done, entry in enumerate(PLACES):
        progress(done, len(PLACES), entry.screen)
        entry.load()
    load_public_holidays()
