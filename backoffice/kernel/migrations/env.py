"""Run by Alembic. The connection, with its open transaction, comes from `migrations.upgrade`."""

from alembic import context

context.configure(connection=context.config.attributes["connection"], transactional_ddl=True)
context.run_migrations()
