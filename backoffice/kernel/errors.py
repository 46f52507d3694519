"""Errors told apart by who can act on them.

Every expected error carries a code and parameters, never a sentence: `backoffice.kernel.messages` alone turns
codes into French. Anything that is not one of these classes is our own bug.
"""

from collections.abc import Mapping


class BackofficeError(Exception):
    """Base of the errors that carry a code. `params` fill the sentence; they hold no personal data in logs."""

    def __init__(self, code: str, /, **params: object) -> None:
        super().__init__(code)
        self.code = code
        self.params: Mapping[str, object] = params

    def __str__(self) -> str:
        return self.code

    def __eq__(self, other: object) -> bool:
        """Two errors that say the same thing are the same: plans that carry them can be compared."""
        if not isinstance(other, BackofficeError):
            return NotImplemented
        return type(self) is type(other) and self.code == other.code and dict(self.params) == dict(other.params)

    def __hash__(self) -> int:
        return hash((type(self), self.code))


class UserError(BackofficeError):
    """The agent can act: correct a value, do another gesture first."""


class InvalidFields(UserError):
    """Values that cannot be saved: what is wrong with each, by the name of its field."""

    def __init__(self, fields: Mapping[str, UserError]) -> None:
        super().__init__("fields.invalid", count=len(fields))
        self.fields: Mapping[str, UserError] = dict(fields)


class PermissionDenied(UserError):
    """The actor has not the right that the use case asks for."""


class NeedsConfirmation(BackofficeError):
    """One question to the agent; a yes runs the whole command again with the code among `confirmed`."""


class EnvironmentFault(BackofficeError):
    """The machine, disk, network or database failed: cause and « Réessayer »."""


class Cancelled(BackofficeError):
    """The agent stopped the work. Nothing to say, nothing half-done."""

    def __init__(self) -> None:
        super().__init__("cancelled")
