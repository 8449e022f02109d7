"""The newest events as they were sent."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "event_tail",
        sa.Column("site_id", sa.Text(), nullable=False),
        sa.Column("event_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("site_id", "event_id", name=op.f("pk_event_tail")),
    )


def downgrade() -> None:
    """Forget it."""
    op.drop_table("event_tail")
