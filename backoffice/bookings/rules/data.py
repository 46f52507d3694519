"""How the value of a rule is read back from stored data: each field named in French when it is wrong."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import TypeVar, cast

from backoffice.kernel.errors import UserError
from backoffice.kernel.zone import MINUTES_IN_A_DAY, PARIS

E = TypeVar("E", bound=StrEnum)


class RuleData:
    """The fields of one value; `rule` is its French name. Every reading raises UserError `rule.bad_value`, that names
    the field to correct, and `done` refuses what nobody read."""

    def __init__(self, rule: str, data: object) -> None:
        if not isinstance(data, Mapping):
            raise UserError("rule.bad_value", rule=rule, field="la valeur")
        self.rule = rule
        self._data = cast("Mapping[str, object]", data)
        self._read: set[str] = set()

    def wrong(self, field: str) -> UserError:
        return UserError("rule.bad_value", rule=self.rule, field=field)

    def has(self, key: str) -> bool:
        return self._data.get(key) is not None

    def raw(self, key: str) -> object:
        self._read.add(key)
        return self._data.get(key)

    def whole(self, key: str, field: str, least: int = 0, most: int = 1_000_000, default: int | None = None) -> int:
        value = self.raw(key)
        if value is None and default is not None:
            return default
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise self.wrong(field)
        return value

    def maybe_whole(self, key: str, field: str, least: int = 0, most: int = 1_000_000) -> int | None:
        return self.whole(key, field, least, most) if self._told(key) else None

    def minute(self, key: str, field: str) -> int:
        """A time of a day: « 12:00 », or minutes from midnight."""
        value = self.raw(key)
        if isinstance(value, str):
            hours, colon, minutes = value.partition(":")
            if colon and hours.isdecimal() and minutes.isdecimal() and int(minutes) < 60:
                value = int(hours) * 60 + int(minutes)
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MINUTES_IN_A_DAY:
            raise self.wrong(field)
        return value

    def maybe_minute(self, key: str, field: str) -> int | None:
        return self.minute(key, field) if self._told(key) else None

    def flag(self, key: str, field: str, *, default: bool) -> bool:
        value = self.raw(key)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise self.wrong(field)
        return value

    def text(self, key: str, field: str, default: str | None = None) -> str:
        value = self.raw(key)
        if value is None and default is not None:
            return default
        if not isinstance(value, str) or not value.strip():
            raise self.wrong(field)
        return value

    def choice(self, key: str, field: str, kinds: type[E], default: E | None = None) -> E:
        value = self.raw(key)
        if value is None and default is not None:
            return default
        try:
            return kinds(cast("str", value))
        except ValueError as exc:
            raise self.wrong(field) from exc

    def day(self, key: str, field: str) -> date:
        value = self.raw(key)
        if isinstance(value, date) and not isinstance(value, datetime):
            return value
        try:
            return date.fromisoformat(cast("str", value))
        except (TypeError, ValueError) as exc:
            raise self.wrong(field) from exc

    def maybe_day(self, key: str, field: str) -> date | None:
        return self.day(key, field) if self._told(key) else None

    def instant(self, key: str, field: str) -> datetime:
        """An instant, in Paris unless it says another zone."""
        value = self.raw(key)
        if not isinstance(value, datetime):
            try:
                value = datetime.fromisoformat(cast("str", value))
            except (TypeError, ValueError) as exc:
                raise self.wrong(field) from exc
        return value.replace(tzinfo=PARIS) if value.tzinfo is None else value.astimezone(PARIS)

    def maybe_instant(self, key: str, field: str) -> datetime | None:
        return self.instant(key, field) if self._told(key) else None

    def weekdays(self, key: str, field: str) -> frozenset[int]:
        """Days of the week, 0 for Monday; all of them when nothing is said."""
        if not self._told(key):
            return frozenset(range(7))
        found = self.items(key, field)
        if not found or not all(type(one) is int and 0 <= one <= 6 for one in found):
            raise self.wrong(field)
        return frozenset(cast("Sequence[int]", found))

    def items(self, key: str, field: str) -> Sequence[object]:
        value = self.raw(key)
        if not isinstance(value, list | tuple):
            raise self.wrong(field)
        return value

    def counts(self, key: str, field: str) -> dict[str, int]:
        """« {"MAT": 16} »: whole numbers by code; empty when nothing is said."""
        value = self.raw(key)
        if value is None:
            return {}
        if not isinstance(value, Mapping) or not all(
            isinstance(code, str) and type(count) is int and count >= 0 for code, count in value.items()
        ):
            raise self.wrong(field)
        return dict(value)

    def done(self) -> None:
        """Raises UserError `rule.unknown_field`."""
        unknown = sorted(set(self._data) - self._read)
        if unknown:
            raise UserError("rule.unknown_field", rule=self.rule, field=unknown[0])

    def _told(self, key: str) -> bool:
        return self.raw(key) is not None
