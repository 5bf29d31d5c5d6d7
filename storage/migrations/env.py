"""What Alembic runs around the steps; ``storage.migrate`` hands it the connection."""

from typing import Any, Literal

from alembic import context

from storage.columns import UtcTime
from storage.schema import metadata


def plain_type(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """Drafts name the column's own type, so that a step never changes with our classes."""
    return "sa.DateTime()" if kind == "type" and isinstance(item, UtcTime) else False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite alters most things only by making the table again
    render_item=plain_type,
)
with context.begin_transaction():
    context.run_migrations()
