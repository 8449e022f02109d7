"""What is still to be delivered: durable, and in order for every receiver."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import Connection, delete, func, select, update

from service.store.database import Database
from service.store.inserting import insert_new
from service.store.tables import outbox


@dataclass(frozen=True, slots=True)
class Letter:
    """One event for one receiver, not kept yet."""

    subscription_id: str
    event_key: str
    """Names the event for ever, such as `yard/1764000000123`; the same one is kept once."""
    body: str
    created_ns: int
    due_ns: int
    attempts: int = 0
    last_error: str | None = None


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """One event for one receiver, waiting."""

    id: int
    subscription_id: str
    event_key: str
    body: str
    created_ns: int
    due_ns: int
    attempts: int
    last_error: str | None


class Outbox:
    """The table `outbox`; every method answers when its change is committed."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @staticmethod
    def put(connection: Connection, letters: Iterable[Letter]) -> None:
        """Add letters within a transaction of the writer: kept with the change, or not at all."""
        insert_new(connection, outbox, [asdict(letter) for letter in letters])

    def add(self, letters: Iterable[Letter]) -> None:
        """Add letters in a transaction of their own."""
        with self._database.writing() as connection:
            self.put(connection, letters)

    def heads(self, now_ns: int, limit: int = 100) -> Sequence[OutboxRow]:
        """The oldest letter of every receiver, where it is due: what may be sent now."""
        oldest = select(func.min(outbox.c.id)).group_by(outbox.c.subscription_id)
        query = select(outbox).where(outbox.c.id.in_(oldest), outbox.c.due_ns <= now_ns)
        with self._database.reading() as connection:
            rows = connection.execute(query.order_by(outbox.c.due_ns).limit(limit)).mappings()
            return [OutboxRow(**row) for row in rows]

    def waiting(self, subscription_id: str, limit: int = 100) -> Sequence[OutboxRow]:
        """The next letters of one receiver, in order, due or not."""
        query = select(outbox).where(outbox.c.subscription_id == subscription_id)
        with self._database.reading() as connection:
            rows = connection.execute(query.order_by(outbox.c.id).limit(limit)).mappings()
            return [OutboxRow(**row) for row in rows]

    def take(self, letter: OutboxRow, until_ns: int) -> bool:
        """Let nobody else send a letter until then; False where another service has it already."""
        is_free = (outbox.c.id == letter.id) & (outbox.c.due_ns == letter.due_ns)
        with self._database.writing() as connection:
            taken = connection.execute(update(outbox).where(is_free).values(due_ns=until_ns))
            return taken.rowcount == 1

    def remove(self, letter_id: int) -> None:
        """It is delivered."""
        with self._database.writing() as connection:
            connection.execute(delete(outbox).where(outbox.c.id == letter_id))

    def postpone(self, letter_id: int, due_ns: int, error: str) -> None:
        """It could not be delivered: once more, at `due_ns`."""
        values = {"due_ns": due_ns, "last_error": error, "attempts": outbox.c.attempts + 1}
        with self._database.writing() as connection:
            connection.execute(update(outbox).where(outbox.c.id == letter_id).values(values))

    def depths(self) -> dict[str, int]:
        """How many letters wait, by receiver."""
        receiver = outbox.c.subscription_id
        query = select(receiver, func.count().label("depth")).group_by(receiver)
        with self._database.reading() as connection:
            rows = connection.execute(query).mappings()
            return {row["subscription_id"]: row["depth"] for row in rows}
