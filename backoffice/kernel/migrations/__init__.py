"""The schema's history. Alembic is imported only when the schema has to move: it is slow to load."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Run the migrations up to `revision` in one transaction: all of them, or none."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    with engine.connect() as plain:
        connection = plain.execution_options(backoffice_write=True)
        with connection.begin():
            config.attributes["connection"] = connection
            command.upgrade(config, revision)
