"""Whether the database answers, and whether its schema is ours."""

from service.doctor.finding import Finding, bad, care, good
from service.store.database import newest_schema
from service.store.errors import StoreAway, StoreError
from service.store.store import Store

PART = "database"


def check_database(named: str | None) -> Finding:
    """The database at this address, or the service's own; nothing in it is changed."""
    try:
        store = Store(named)
    except StoreError as error:
        return bad(PART, str(error), "name a file or postgresql://… in --database")
    path = store.database.path
    if path is not None and not path.exists():
        return good(PART, f"{path} will be made at the first start")
    try:
        version = store.database.schema_version()
    except StoreAway as away:
        advice = (
            "start it, or correct its address or its user's rights; meanwhile changes wait and may"
            " be lost"
        )
        return bad(PART, str(away), advice)
    finally:
        store.database.close()
    if version is None:
        return good(PART, f"{store.shown} answers; its tables will be made at the first start")
    if version == newest_schema():
        return good(PART, f"{store.shown} answers, schema {version}")
    if version > newest_schema():
        return bad(
            PART,
            f"{store.shown} is of schema {version}, newer than this program's {newest_schema()}",
            "use the newer program, or another database",
        )
    return care(
        PART,
        f"{store.shown} is of schema {version}, this program's is {newest_schema()}",
        "it is brought up to date at the next start: make a copy before",
    )
