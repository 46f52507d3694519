"""What every edited record is checked for: texts that fit, and a version nobody changed meanwhile."""

from __future__ import annotations

from typing import TypeVar

from backoffice.kernel.errors import UserError
from backoffice.kernel.schema import Versioned

V = TypeVar("V", bound=Versioned)


def required_text(text: str, field: str, limit: int) -> str:
    """The text without spaces around it. `field` is the French name of the field.

    Raises UserError `catalog.field_missing`, `catalog.field_too_long`.
    """
    stripped = optional_text(text, field, limit)
    if not stripped:
        raise UserError("catalog.field_missing", field=field)
    return stripped


def optional_text(text: str, field: str, limit: int) -> str:
    """The text without spaces around it, possibly empty. Raises UserError `catalog.field_too_long`."""
    stripped = text.strip()
    if len(stripped) > limit:
        raise UserError("catalog.field_too_long", field=field, limit=limit)
    return stripped


def at_version(row: V | None, version: int) -> V:
    """The row, when it is still the one that was shown.

    Raises UserError `record.changed_meanwhile` when it was changed or removed since.
    """
    if row is None or row.version != version:
        raise UserError("record.changed_meanwhile")
    return row
