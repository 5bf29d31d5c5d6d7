"""Households know how many residents of eighteen and older live there, where a list says so.

A copy of what ``storage/tables.py`` said on the day; it stays as it is when that moves on.
"""

from alembic import op
from sqlalchemy import Column, Integer

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("households", Column("adults", Integer))
