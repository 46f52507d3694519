"""The shape and the colour of each state of a form to sign, the same on every page."""

from __future__ import annotations

from types import MappingProxyType

from backoffice.documents.forms import FormState
from ui.widgets.table.columns import Mark

FORM_MARKS = MappingProxyType(
    {
        FormState.NOTHING: Mark("circle-alert", "danger"),
        FormState.GENERATED: Mark("mail", "warning"),
        FormState.TO_SEND: Mark("hourglass", "info"),
        FormState.STOPPED: Mark("triangle-alert", "danger"),
        FormState.SENT: Mark("clock", "info"),
        FormState.RETURNED: Mark("inbox", "info"),
        FormState.REJECTED: Mark("x", "danger"),
        FormState.VALIDATED: Mark("circle-check", "success"),
    }
)
