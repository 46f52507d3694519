"""Every rule that may be tried: each registers itself when it is imported."""

import backoffice.cases.rules_bookings
import backoffice.cases.rules_clocking
import backoffice.cases.rules_contracts
import backoffice.cases.rules_tariffs  # noqa: F401
