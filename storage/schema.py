"""Every table there is, for whoever makes, compares or empties them all."""

from storage import tables, voting_tables
from storage.columns import metadata

__all__ = ["metadata", "tables", "voting_tables"]
