"""Short spellings that the steps share. Steps never change, so neither does what these write."""

from typing import Any

from alembic import op
from sqlalchemy import Column, ForeignKeyConstraint, Integer, PrimaryKeyConstraint, text


def table(name: str, key: str, *parts: Any) -> None:
    community = Column("community_id", Integer, nullable=False)
    op.create_table(name, community, *parts, PrimaryKeyConstraint("community_id", *key.split()))


def required(name: str, kind: Any) -> Column[Any]:
    return Column(name, kind, nullable=False)


def refers(column: str, to: str) -> ForeignKeyConstraint:
    other = to.split(".")[0]
    return ForeignKeyConstraint(["community_id", column], [f"{other}.community_id", to])


def only(condition: str) -> dict[str, Any]:
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}
