"""An incident is kept once, also where its begin is written again."""

from alembic import op

revision = "0004"
down_revision = "0003"
ONCE = ("site_id", "kind", "subject", "began_ns")


def upgrade() -> None:
    """Forget doubles, then let there be none."""
    first = "SELECT min(id) FROM incidents GROUP BY site_id, kind, subject, began_ns"
    op.execute(f"DELETE FROM incidents WHERE id NOT IN ({first})")  # noqa: S608  fixed text
    with op.batch_alter_table("incidents") as batch:
        batch.create_unique_constraint(
            op.f("uq_incidents_site_id_kind_subject_began_ns"), list(ONCE)
        )
