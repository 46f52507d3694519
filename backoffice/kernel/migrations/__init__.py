"""The schema's history, and the rights that follow it. Alembic, slow to load, is imported only when it has to move."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Engine


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Run the migrations up to `revision` and put the rights in place, in one transaction: all, or nothing."""
    from alembic import command
    from alembic.config import Config

    from backoffice.kernel.access.install import install

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    with engine.connect() as plain:
        connection = plain.execution_options(backoffice_write=True)
        with connection.begin():
            config.attributes["connection"] = connection
            command.upgrade(config, revision)
            if revision == "head":
                install(connection)
