"""What the follow-up says. No Qt."""

from __future__ import annotations

from collections.abc import Iterable

from backoffice.documents.figures import Figures
from backoffice.documents.kinds import Blocks, ObligationState
from backoffice.documents.outstanding import OutstandingLine
from backoffice.documents.reminding import Reminded, ReminderPlan
from backoffice.kernel.money import NO_BREAK_SPACE
from ui.widgets.table.columns import shown

_BLOCKS = {Blocks.REGISTRATION: "Inscription", Blocks.BOOKING: "Réservation"}


def counted(count: int, one: str, several: str = "") -> str:
    """« 1 famille », « 1 204 familles »."""
    return f"{shown(count)}{NO_BREAK_SPACE}{(several or f'{one}s') if count > 1 else one}"


def blocks_in_words(blocks: Iterable[Blocks]) -> str:
    return ", ".join(_BLOCKS[each] for each in sorted(blocks) if each in _BLOCKS)


def state_in_words(line: OutstandingLine) -> str:
    """« Provisoire » : a child admitted until its vaccines are shown."""
    return "Provisoire" if line.notice and line.state is ObligationState.WAIVED else line.state.label


def to_know(line: OutstandingLine) -> str:
    """What helps to answer a family that calls about this line."""
    told = line.notice or line.comment
    if not told and line.vaccines:
        told = f"{counted(len(line.vaccines), 'vaccin dû', 'vaccins dus')} à cet âge"
    return told


def to_know_whole(line: OutstandingLine) -> str:
    """The same, with every vaccine that the record must show."""
    due = "\n".join(each.in_french for each in line.vaccines)
    return "\n".join(filter(None, [line.notice or line.comment, due]))


def plan_in_words(plan: ReminderPlan, *, again: bool) -> str:
    """What « Envoyer » will do, before it is pressed."""
    if not plan.drafts:
        return "Personne à relancer."
    said = []
    if plan.mailed:
        said.append(f"{counted(plan.mailed, 'famille recevra', 'familles recevront')} un courriel.")
    if plan.to_print:
        said.append(f"{counted(plan.to_print, 'famille')} sans adresse : courrier à imprimer.")
    if plan.recent and not again:
        said.append(f"{counted(plan.recent, 'famille déjà relancée', 'familles déjà relancées')} "
                    f"depuis moins de {plan.days} jours : laissée{'s' if plan.recent > 1 else ''} de côté.")
    return "\n".join(said)


def reminded_in_words(told: Reminded) -> str:
    """« 12 courriels partent dans une minute ; 3 courriers à imprimer. »"""
    mailed = len(told.letters) - told.to_print
    said = []
    if mailed:
        said.append(f"{counted(mailed, 'courriel part', 'courriels partent')} dans une minute")
    if told.to_print:
        said.append(f"{counted(told.to_print, 'courrier')} à imprimer")
    return f"{' ; '.join(said)}."


def hours_in_words(hours: float | None) -> str:
    """« 3 h », « 26 h » ; under an hour, in minutes."""
    if hours is None:
        return "—"
    if hours < 1:
        return f"{round(hours * 60)}{NO_BREAK_SPACE}min"
    return f"{shown(round(hours))}{NO_BREAK_SPACE}h"


def share_in_words(share: float | None) -> str:
    return "—" if share is None else f"{round(share * 100)}{NO_BREAK_SPACE}%"


def figures_in_words(figures: Figures) -> str:
    """The figures in one sentence, for paper."""
    return (
        f"{counted(figures.received, 'pièce reçue', 'pièces reçues')}, "
        f"{counted(figures.answered, 'réponse')} ({shown(figures.accepted)} validées, {shown(figures.rejected)} "
        f"rejetées), délai médian {hours_in_words(figures.median)}, 9 sur 10 en {hours_in_words(figures.ninth)}, "
        f"en retard {share_in_words(figures.late_share)}"
    )
