"""Who is told of changes by webhook."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from service.store.database import Database
from service.store.tables import deliveries, outbox, subscriptions


@dataclass(frozen=True, slots=True)
class SubscriptionRow:
    """One receiver of webhooks."""

    subscription_id: str
    url: str
    secret: str = field(repr=False)
    """Signs what is sent; never in logs or answers."""
    filters: Mapping[str, Any]
    """Of which changes, as the publisher defines it."""
    created_ns: int
    created_by: str
    is_paused: bool = False
    note: str = ""


class Subscriptions:
    """The table `subscriptions`; every method answers when its change is committed."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, row: SubscriptionRow) -> None:
        """Keep a new one; an IntegrityError for an id that is taken."""
        with self._database.writing() as connection:
            connection.execute(insert(subscriptions).values(asdict(row)))

    def get(self, subscription_id: str) -> SubscriptionRow | None:
        """One receiver."""
        return next((each for each in self.all() if each.subscription_id == subscription_id), None)

    def all(self) -> Sequence[SubscriptionRow]:
        """All receivers, oldest first."""
        with self._database.reading() as connection:
            return self.read(connection)

    @staticmethod
    def read(connection: Connection) -> Sequence[SubscriptionRow]:
        """All receivers, within a transaction."""
        table = subscriptions
        query = select(table).order_by(table.c.created_ns, table.c.subscription_id)
        return [SubscriptionRow(**row) for row in connection.execute(query).mappings()]

    def replace(self, row: SubscriptionRow) -> bool:
        """Change one; False where there is none of this id."""
        values = asdict(row)
        query = update(subscriptions).where(
            subscriptions.c.subscription_id == values.pop("subscription_id")
        )
        with self._database.writing() as connection:
            return connection.execute(query.values(values)).rowcount == 1

    def remove(self, subscription_id: str) -> bool:
        """Forget one with all that was still to be sent to it; False where there is none."""
        with self._database.writing() as connection:
            for table in (outbox, deliveries):
                connection.execute(delete(table).where(table.c.subscription_id == subscription_id))
            gone = delete(subscriptions).where(subscriptions.c.subscription_id == subscription_id)
            return connection.execute(gone).rowcount == 1
