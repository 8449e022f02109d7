"""The figures of the trams' assistants outlive a restart, by day."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add their table."""
    op.create_table(
        "assistance_days",
        sa.Column("site_id", sa.Text(), nullable=False),
        sa.Column("camera_id", sa.Text(), nullable=False),
        sa.Column("begin_ns", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("informations", sa.Integer(), nullable=False),
        sa.Column("cautions", sa.Integer(), nullable=False),
        sa.Column("alarms", sa.Integer(), nullable=False),
        sa.Column("overspeeds", sa.Integer(), nullable=False),
        sa.Column("false_alarms", sa.Integer(), nullable=False),
        sa.Column("watched_s", sa.Float(), nullable=False),
        sa.Column("unavailable_s", sa.Float(), nullable=False),
        sa.Column("driven_m", sa.Float(), nullable=False),
        sa.Column("batch", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "site_id", "camera_id", "begin_ns", name=op.f("pk_assistance_days")
        ),
    )
