"""Every table there is, for whoever makes, compares or empties them all."""

from storage import alive_tables, platform_tables, tables, voting_tables
from storage.columns import metadata

__all__ = ["alive_tables", "metadata", "platform_tables", "tables", "voting_tables"]
