"""Who may judge the journal: only a login that sees all of it."""

from __future__ import annotations

from sqlalchemy import text

from backoffice.kernel.database import Session
from backoffice.kernel.errors import PermissionDenied
from backoffice.kernel.permissions import PERMISSIONS

_NEEDED = "audit.read"


def refuse_partial_view(session: Session) -> None:
    """Hidden lines would look removed. Raises PermissionDenied."""
    if session.get_bind().dialect.name != "postgresql":
        return
    sees_all = text(
        "SELECT NOT row_security_active('row_journal') OR EXISTS (SELECT FROM agent_scopes s"
        " WHERE s.login = session_user::text AND s.permission = :needed AND s.service_id IS NULL)"
    )
    if not session.scalar(sees_all, {"needed": _NEEDED}):
        raise PermissionDenied("permission.denied", permission=PERMISSIONS[_NEEDED])
