"""What stands beside the file of a family with rights of its own: health, bank details. No Qt."""

from __future__ import annotations

from backoffice.families.queries import FamilyFile
from ui.drafts import Saved, Task


class Side:
    """Follows the family that is open; each does what concerns it."""

    def show_file(self, file: FamilyFile | None) -> None:
        """A family was read, again perhaps; None: it is left."""

    def task_named(self, name: str) -> Task | None:  # noqa: ARG002 - for who has tasks
        """The task that a place or unfinished typing names (« health:30 »); None when it is another's."""
        return None

    def types(self, task: Task) -> bool:  # noqa: ARG002
        """Whether this task is one of its own."""
        return False

    def reread(self, task: Task) -> bool:  # noqa: ARG002
        """Somebody else saved what is being typed here: read it again. False when it is another's."""
        return False

    def saved(self, task: Task, saved: Saved) -> None:
        """A task was saved, and what it did was told."""
