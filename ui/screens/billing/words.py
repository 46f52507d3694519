"""What the billing page says before and after issuing. No Qt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from backoffice.billing.issuing import IssuedRun
from backoffice.billing.months import MonthFigures
from backoffice.kernel.errors import NeedsConfirmation, UserError
from backoffice.kernel.messages import sentence
from backoffice.kernel.money import NO_BREAK_SPACE, euros
from backoffice.kernel.periods import Month, french_day
from ui.explanations import on_screen
from ui.presenting import Action, Banner, Question, Severity
from ui.screens.billing.preview import Totals


@dataclass(frozen=True, slots=True)
class Act:
    """The gestures under the table: what the primary button says, whether it acts, and what is said beside."""

    label: str
    enabled: bool
    said: str
    warning: bool
    documents: bool


def plural(count: int, one: str, many: str) -> str:
    """« 1 facture », « 1 412 factures »."""
    return f"{count:,}".replace(",", NO_BREAK_SPACE) + NO_BREAK_SPACE + (one if count < 2 else many)


def act_of(totals: Totals | None, figures: MonthFigures | None, *, allowed: bool, busy: bool) -> Act:
    """What the agent may do now, and why not."""
    documents = figures is not None and bool(figures.invoice_count or figures.carried_total)
    invoices = totals.invoices if totals else 0
    carried = totals.newly_carried if totals else 0
    label = f"Émettr&e {plural(invoices, 'facture', 'factures')}…"
    if not invoices and carried:
        label = f"Report&er {plural(carried, 'montant', 'montants')}…"
    said, warning = "", False
    if not allowed:
        said = "Vous n'avez pas le droit de lancer une facturation : demandez-le à l'administrateur de la base."
    elif busy:
        said = "Émission en cours…"
    elif totals is None:
        pass
    elif not invoices and not carried:
        said = "Rien à émettre pour ce mois."
        if totals.blocked:
            said = f"Rien à émettre : {plural(totals.blocked, 'dossier', 'dossiers')} à régler d'abord."
            warning = True
    elif totals.blocked:
        blocked = plural(totals.blocked, "dossier à régler ne sera pas facturé",
                         "dossiers à régler ne seront pas facturés")
        said, warning = f"{blocked}.", True
    enabled = allowed and not busy and bool(invoices or carried)
    return Act(label if invoices or carried else "Émettr&e les factures…", enabled, said, warning, documents)


def issue_question(totals: Totals, month: Month, issued_on: date, due: Sequence[date]) -> Question:
    """What is asked before numbers are drawn."""
    counted = plural(totals.invoices, "facture", "factures")
    said = []
    if totals.invoices:
        days = " ou ".join(french_day(day) for day in due)
        until = f", à payer jusqu'au {days}" if days else ""
        said.append(
            f"Prestations {month.of_in_french}{NO_BREAK_SPACE}: {on_screen(euros(totals.total))} au total. "
            f"Émission le {french_day(issued_on)}{until}."
        )
    if totals.carried:
        carried = plural(totals.carried, "montant sous le seuil est reporté", "montants sous le seuil sont reportés")
        said.append(f"{carried} sur la prochaine facture.")
    if totals.blocked:
        blocked = plural(totals.blocked, "dossier à régler reste", "dossiers à régler restent")
        them = "le" if totals.blocked == 1 else "les"
        said.append(f"{blocked} en dehors : vous pourrez {them} facturer ensuite.")
    if not totals.invoices:
        counted = plural(totals.newly_carried, "montant", "montants")
        return Question(f"Reporter {counted} ?", " ".join(said), f"Reporter {counted}")
    said.append("Une facture émise ne change plus : elle s'annule par un avoir.")
    return Question(f"Émettre {counted} ?", " ".join(said), f"Émettre {counted}")


def doubt(asked: NeedsConfirmation) -> Question:
    """What the door asks once more: a date to come, a date before the last one, families left out meanwhile."""
    if asked.code == "billing.leave_blocked":
        return Question("Facturer sans ces familles ?", sentence(asked), "Facturer les autres")
    return Question("Émettre à cette date ?", sentence(asked), "Émettre quand même")


def notice_of(remarks: Sequence[UserError]) -> Banner | None:
    """What to know about the run as a whole, before numbers are drawn."""
    if not remarks:
        return None
    return Banner(Severity.WARNING, " ".join(on_screen(sentence(remark)) for remark in remarks))


def issued_banner(run: IssuedRun, expected: Totals, actions: tuple[Action, ...]) -> Banner:
    """What was done, and whether it is what had been announced."""
    count = len(run.numbers)
    if not count:
        return Banner(Severity.SUCCESS, f"Aucune facture pour {run.plan.month.in_french} : les montants sont reportés.")
    numbers = f"{run.numbers[0]} à {run.numbers[-1]}" if count > 1 else run.numbers[0]
    done = f"{plural(count, 'facture émise', 'factures émises')} pour {run.plan.month.in_french} ({numbers})."
    if count != expected.invoices:
        done += f" L'aperçu en annonçait {expected.invoices} : des données avaient changé entre-temps."
    return Banner(Severity.SUCCESS, done, actions)
