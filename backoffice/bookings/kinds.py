"""The closed lists of reservations, with the words agents and families read."""

from __future__ import annotations

from enum import StrEnum


class RuleKind(StrEnum):
    """What a town decides for an activity, with its day: each kind has its shape of value in `rules/`."""

    NOTICE = "notice"
    WINDOW = "window"
    COMBINATIONS = "combinations"
    CAPACITY = "capacity"
    SUPERVISION = "supervision"
    SEASON = "season"
    PACKAGE = "package"
    PAYMENT = "payment"
    ABSENCE = "absence"

    @property
    def label(self) -> str:
        return _RULES[self]


_RULES = {
    RuleKind.NOTICE: "Délai de prévenance",
    RuleKind.WINDOW: "Ouverture des réservations",
    RuleKind.COMBINATIONS: "Choix des temps d'accueil",
    RuleKind.CAPACITY: "Capacité",
    RuleKind.SUPERVISION: "Encadrement",
    RuleKind.SEASON: "Période d'ouverture",
    RuleKind.PACKAGE: "Forfait",
    RuleKind.PAYMENT: "Paiement à la réservation",
    RuleKind.ABSENCE: "Absences déductibles",
}


class Channel(StrEnum):
    """How a wish reached the town."""

    PORTAL = "portal"
    DESK = "desk"
    PHONE = "phone"
    MAIL = "mail"
    OFFICE = "office"

    @property
    def label(self) -> str:
        return _CHANNELS[self]


_CHANNELS = {
    Channel.PORTAL: "Portail",
    Channel.DESK: "Guichet",
    Channel.PHONE: "Téléphone",
    Channel.MAIL: "Courriel",
    Channel.OFFICE: "Service",
}


class Wish(StrEnum):
    """What a family asks for a slot on a day."""

    BOOK = "book"
    CANCEL = "cancel"

    @property
    def label(self) -> str:
        return "Réservation" if self is Wish.BOOK else "Annulation"


class Answer(StrEnum):
    """What became of it."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"

    @property
    def label(self) -> str:
        return _ANSWERS[self]


_ANSWERS = {
    Answer.PENDING: "En attente de validation",
    Answer.ACCEPTED: "Acceptée",
    Answer.REFUSED: "Refusée",
    Answer.WITHDRAWN: "Retirée",
}
