"""Base of the mapped classes and the column types that carry our values."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Date,
    DateTime,
    Dialect,
    Index,
    Integer,
    MetaData,
    TypeDecorator,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, declared_attr, mapped_column
from sqlalchemy.types import TypeEngine

from backoffice.kernel.money import Money
from backoffice.kernel.periods import Month

# Fixed names let a migration drop or change a constraint on both engines.
_NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

# SQLite gives automatic row ids to INTEGER primary keys only.
Identifier = BigInteger().with_variant(Integer(), "sqlite")


class MoneyType(TypeDecorator[Money]):
    """Money as integer cents."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Money | None, dialect: Dialect) -> int | None:
        return None if value is None else value.cents

    def process_result_value(self, value: Any | None, dialect: Dialect) -> Money | None:
        return None if value is None else Money(int(value))  # PostgreSQL sums as numeric


class HundredthsType(TypeDecorator[Decimal]):
    """A decimal with two digits (quotient, hours) as an integer number of hundredths."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> int | None:
        if value is None:
            return None
        hundredths = value * 100
        if hundredths != int(hundredths):
            raise ValueError("a value of two decimals was expected")
        return int(hundredths)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> Decimal | None:
        return None if value is None else Decimal(value) / 100


class MonthType(TypeDecorator[Month]):
    """A month as its first day."""

    impl = Date
    cache_ok = True

    def process_bind_param(self, value: Month | None, dialect: Dialect) -> date | None:
        return None if value is None else value.first_day

    def process_result_value(self, value: Any | None, dialect: Dialect) -> Month | None:
        return None if value is None else Month.of(value)


class InstantType(TypeDecorator[datetime]):
    """An instant with its zone, kept in UTC on both engines (SQLite has no zones)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs its zone")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        moment: datetime = value
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def one_of(column: str, values: type[StrEnum]) -> CheckConstraint:
    """A column that holds one word of a closed list, whoever writes it: an unknown one would close the pages that read
    it to everybody."""
    words = ", ".join(f"'{value.value}'" for value in values)
    return CheckConstraint(f"{column} IN ({words})", name=column, info={"column": column, "values": values})


def partial_index(name: str, *columns: str, where: str, unique: bool = False) -> Index:
    """An index of the rows that meet a condition. The migration that makes it says so to each engine: said here in
    their own words, it would load the drivers of both before the first rows of the window."""
    return Index(name, *columns, unique=unique, info={"where": where})


class DocumentType(TypeDecorator[dict[str, Any]]):
    """A JSON object, in the form of its engine that can be compared (`jsonb` on PostgreSQL)."""

    impl = JSON
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name != "postgresql":
            return dialect.type_descriptor(JSON())
        from sqlalchemy.dialects.postgresql import JSONB  # only with a shared database, whose dialect is then loaded

        return dialect.type_descriptor(JSONB())


class Base(DeclarativeBase):
    """All mapped classes; one metadata, so that one migration chain describes the whole schema."""

    metadata = MetaData(naming_convention=_NAMING)
    type_annotation_map = {  # noqa: RUF012 - read by SQLAlchemy under this very name
        int: Identifier,
        Money: MoneyType,
        Month: MonthType,
        datetime: InstantType,
    }


class Versioned:
    """A record that two agents can edit: the second save of the same version is refused, not merged."""

    version: Mapped[int] = mapped_column(default=1)

    @declared_attr.directive
    @classmethod
    def __mapper_args__(cls) -> dict[str, Any]:
        return {"version_id_col": cls.version}
