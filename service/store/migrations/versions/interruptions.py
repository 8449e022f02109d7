"""Rows of the history that no event made: the service was not running."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Let them be without an event id."""
    for table in ("spot_changes", "lot_counts", "alerts", "camera_changes"):
        with op.batch_alter_table(table) as batch:
            batch.alter_column("event_id", existing_type=sa.BigInteger(), nullable=True)
