"""What families of Valbrume sent and nobody has looked at yet: invented certificates, scanned or photographed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING

from backoffice.catalog.queries import activity_places
from backoffice.documents.adding import AddDocument, add_document
from backoffice.documents.deciding import AcceptDocument, RejectDocument, accept_document, reject_document
from backoffice.documents.form_making import AskedForm, MakeForms, make_forms
from backoffice.documents.forms import FormKind
from backoffice.documents.kinds import Origin
from backoffice.documents.safety.verdict import JudgedFile, NewFile, Verdict
from backoffice.documents.starting import reject_reasons
from backoffice.documents.types import AdoptStartingTypes, adopt_starting_types
from backoffice.kernel.application import Context
from backoffice.kernel.periods import Period, SchoolYear, french_day
from backoffice.kernel.resources import resource_path
from backoffice.kernel.zone import PARIS
from backoffice.letters.saying import unsay
from backoffice.registrations.commands import (
    RegisterChild,
    RequestRegistration,
    register_child,
    request_registration,
)
from backoffice.registrations.provisional import longest_provisional

if TYPE_CHECKING:
    from PIL.Image import Image

_PAGE = (1240, 1754)  # A4 at 150 dots per inch
_REQUESTED = 40
_FORMS = 3
_INK = "#22252b"
_MORE = "Personnes à prévenir, autorisations et remarques."


@dataclass(frozen=True, slots=True)
class Household:
    """A family by its ids: its name, and a child with their birth date."""

    family_id: int
    name: str
    child_id: int
    child: str
    birth_date: date


@dataclass(frozen=True, slots=True)
class _Sent:
    """`hours`: since it came. `lines`: what the page says; `{…}` is filled from the family. `blur`: of a bad photo."""

    code: str
    hours: int
    title: str
    lines: tuple[str, ...]
    about_child: bool = True
    photo: bool = False
    blur: float = 0
    pages: int = 1
    turned: bool = False
    origin: Origin = Origin.PORTAL


_INSURANCE = _Sent(
    "INSURANCE", 150, "ATTESTATION D'ASSURANCE SCOLAIRE",
    ("Mutuelle du Vallon, assurances scolaires et familiales", "", "Nous certifions que l'enfant désigné ci-dessous",
     "est assuré auprès de notre société.", "", "Nom, prénom : {child}", "Né(e) le : {born}",
     "Valable : du {first} au {last}", "", "Activités scolaires obligatoires : OUI", "Trajet domicile-école : OUI",
     "Activités extra-scolaires : NON"),
)
_QUOTIENT = _Sent(
    "QF_CAF", 140, "ATTESTATION DE QUOTIENT FAMILIAL",
    ("Caisse d'allocations familiales", "", "Allocataire : {family}", "Quotient familial : 823",
     "Mois de référence : octobre", "", "Attestation délivrée pour servir et valoir ce que de droit."),
    about_child=False,
)
_HOME = _Sent(
    "ADDRESS", 60, "FACTURE D'ÉLECTRICITÉ",
    ("Énergies du Vallon", "", "Titulaire du contrat : {family}", "Lieu de consommation : Valbrume", "",
     "Montant prélevé le 12 : 74,20 euros"),
    about_child=False, photo=True,
)
_FORM = _Sent(
    "HEALTH_FORM", 40, "FICHE SANITAIRE DE LIAISON",
    ("Enfant : {child}", "Né(e) le : {born}", "", "Vaccinations à jour : oui", "Allergies : aucune déclarée", "",
     "Fait à Valbrume, signature du responsable :"),
    pages=3,
)
_VACCINES = _Sent(
    "VACCINES", 130, "CARNET DE VACCINATION",
    ("Enfant : {child}", "Né(e) le : {born}", "", "DTP : rappel fait", "ROR : deux doses", "Méningocoque : fait"),
    photo=True, blur=4,
)
_RULES = _Sent(
    "RULES_SIGNED", 24, "RÈGLEMENT DE FONCTIONNEMENT",
    ("Lu et approuvé par la famille {family}", "", "Signature :"), about_child=False,
)
_PORTRAIT = _Sent("PHOTO", 24, "PHOTO RÉCENTE", ("{child}",))
_KEPT: Sequence[_Sent] = tuple(
    replace(sent, lines=(*sent.lines, "", "Dossier de l'année"), photo=False, blur=0, pages=1)
    for sent in (_INSURANCE, _VACCINES, _FORM, _QUOTIENT, _RULES, _PORTRAIT)
)
_REASONS = ("unreadable", "expired", "missing_page")
_REGISTERED = 9  # families, of those that send pieces
_SENT: Sequence[_Sent] = (
    _INSURANCE, _VACCINES, _QUOTIENT, _HOME, replace(_INSURANCE, hours=50, photo=True, turned=True), _FORM,
    replace(_HOME, hours=30, blur=5, origin=Origin.EMAIL), replace(_QUOTIENT, hours=26), replace(_INSURANCE, hours=20),
    replace(_VACCINES, hours=9, blur=0), replace(_FORM, hours=5, pages=2, origin=Origin.COUNTER),
    replace(_INSURANCE, hours=2, photo=True),
)  # fmt: skip


def send_pieces(context: Context, families: Sequence[Household]) -> int:
    """Adopt the proposed types, then send a dozen pieces, one of them for the third time; answers how many wait.

    Families of the demonstration are never written to: what the decisions of last year say is taken back at once.
    """
    actor = context.actor
    if not all(actor.may(f"documents.{right}") for right in ("configure", "add", "review")):
        return 0
    adopt_starting_types(AdoptStartingTypes(), context)
    _register(context, families[_REGISTERED + 1:])
    year = SchoolYear.of(context.today)
    before = SchoolYear(year.start_year - 1)
    _decide_last_year(context, families[0], before, year)
    for sent, family in zip(_SENT, families, strict=False):
        _send(context, sent, family, year)
    _live_with_them(context, families, year)
    _make_forms(context, families[len(_SENT):][:_FORMS])
    return len(_SENT)


def _register(context: Context, families: Sequence[Household]) -> None:
    """Some of the children are wanted for this year, so that something is asked of their families."""
    if not context.actor.may("registrations.edit"):
        return
    year = SchoolYear.of(context.today).period
    activities = sorted(place.id for place in activity_places(context.session).values() if place.last_day is None)
    for number, family in enumerate(families[:_REQUESTED]):
        activity = activities[number % len(activities)]
        request_registration(RequestRegistration(family.family_id, family.child_id, activity, year), context)


def _make_forms(context: Context, families: Sequence[Household]) -> None:
    """Forms printed for some children, that nobody has sent back."""
    asked = tuple(AskedForm(each.family_id, each.child_id, kind) for each in families for kind in FormKind)
    make_forms(MakeForms(asked), context)


def _decide_last_year(context: Context, family: Household, before: SchoolYear, year: SchoolYear) -> None:
    old = replace(_INSURANCE, hours=24 * 400, lines=_covered(_INSURANCE.lines))
    _accept(context, old, family, before, before.last_day)
    _reject(context, replace(_INSURANCE, hours=24 * 13, blur=6, photo=True), family, year, "unreadable")


def _live_with_them(context: Context, families: Sequence[Household], year: SchoolYear) -> None:
    """Children registered, some whose documents are missing, some whose soon end; and answers of the last weeks."""
    activity = min(activity_places(context.session))
    today, senders = context.today, families[:_REGISTERED]
    for place, family in enumerate(senders):
        wished = RequestRegistration(family.family_id, family.child_id, activity, Period(year.first_day))
        request_registration(wished, context)
        for number, sent in enumerate(_KEPT):
            hours = 24 * (7 + 5 * place + number)
            if (place + number) % 5 == 3:
                continue  # still missing
            if (place + number) % 7 == 5:
                _reject(context, replace(sent, hours=hours), family, year, _REASONS[place % len(_REASONS)],
                        after=6 + 9 * place)
                continue
            soon = (place + number) % 4 == 1
            until = today + timedelta(days=9 + 2 * place) if soon else year.last_day
            _accept(context, replace(sent, hours=hours), family, year, until, after=2 + 7 * ((place * number) % 12))
    _admit_for_a_while(context, families[_REGISTERED], activity, year)


def _admit_for_a_while(context: Context, family: Household, activity: int, year: SchoolYear) -> None:
    """A child whose vaccines are being completed, three months at most: a few days are left."""
    for sent in _KEPT:
        if sent.code != _VACCINES.code:
            _accept(context, replace(sent, hours=24 * 90), family, year, None, after=20)
    first_day = context.today - timedelta(days=82)
    until = longest_provisional(first_day)
    register_child(RegisterChild(family.family_id, family.child_id, activity, Period(first_day), until), context)


def _accept(
    context: Context, sent: _Sent, family: Household, year: SchoolYear, until: date | None, after: float = 30
) -> None:
    document = _send(context, sent, family, year)
    then = _later(context, sent, after)
    first_day = min(year.first_day, then.today - timedelta(days=100))
    accept_document(AcceptDocument(document, 1, first_day, until), then)
    unsay(then, "document", document)


def _reject(
    context: Context, sent: _Sent, family: Household, year: SchoolYear, reason: str, after: float = 30
) -> None:
    document = _send(context, sent, family, year)
    then = _later(context, sent, after)
    reject_document(RejectDocument(document, 1, reason, reject_reasons()[reason].words), then)
    unsay(then, "document", document)


def _later(context: Context, sent: _Sent, hours: float) -> Context:
    """So many hours after it came, and never after now."""
    moment = min(context.now - timedelta(hours=sent.hours) + timedelta(hours=hours), context.now)
    return replace(context, now=moment, today=moment.astimezone(PARIS).date())


def _covered(lines: Sequence[str]) -> tuple[str, ...]:
    return tuple(line.replace("extra-scolaires : NON", "extra-scolaires : OUI") for line in lines)


@cache
def _made(sent: _Sent, lines: tuple[str, ...]) -> bytes:
    """Drawn once: the same town is built again and again to try the program."""
    return _photo(_drawn(sent, lines), sent) if sent.photo else _pdf(sent, lines)


def certificate(family: Household, year: SchoolYear) -> bytes:
    """A certificate of insurance for the child of a family, as a PDF."""
    return _made(_INSURANCE, _lines(_INSURANCE, family, year))


def photographed(family: Household, year: SchoolYear) -> bytes:
    """A proof of address, as a telephone takes it."""
    return _made(_HOME, _lines(_HOME, family, year))


def _send(context: Context, sent: _Sent, family: Household, year: SchoolYear) -> int:
    content = _made(sent, _lines(sent, family, year))
    name, media_type = ("photo.jpg", "image/jpeg") if sent.photo else (f"{sent.code.lower()}.pdf", "application/pdf")
    verdict = Verdict(accepted=True, media_type=media_type, pages=sent.pages)
    return add_document(
        AddDocument(
            family.family_id, family.child_id if sent.about_child else None, sent.code, sent.origin,
            (JudgedFile(NewFile(name, content), verdict),), context.now - timedelta(hours=sent.hours),
        ),
        context,
    )


def _lines(sent: _Sent, family: Household, year: SchoolYear) -> tuple[str, ...]:
    values = {
        "child": family.child, "born": french_day(family.birth_date), "family": family.name,
        "first": french_day(year.first_day), "last": french_day(year.last_day),
    }
    return tuple(line.format(**values) for line in sent.lines)


def _pdf(sent: _Sent, lines: Sequence[str]) -> bytes:
    from reportlab.pdfgen.canvas import Canvas

    file = BytesIO()
    canvas = Canvas(file, pageCompression=1)
    for number in range(sent.pages):
        canvas.setFont("Helvetica-Bold", 17)
        canvas.drawString(70, 740, sent.title)
        canvas.setFont("Helvetica", 13)
        for place, line in enumerate(lines if number == 0 else (f"Page {number + 1}", "", _MORE)):
            canvas.drawString(70, 690 - 24 * place, line)
        canvas.showPage()
    canvas.save()
    return file.getvalue()


def _drawn(sent: _Sent, lines: Sequence[str]) -> Image:
    from PIL import Image, ImageDraw, ImageFont

    page = Image.new("RGB", _PAGE, "#faf8f2")
    draw = ImageDraw.Draw(page)
    faces = [ImageFont.truetype(str(resource_path("fonts", name)), size)
             for name, size in (("SourceSans3-SemiBold.ttf", 44), ("SourceSans3-Regular.ttf", 34))]
    draw.text((130, 150), sent.title, _INK, faces[0])
    for place, line in enumerate(lines):
        draw.text((130, 280 + 62 * place), line, _INK, faces[1])
    return page


def _photo(page: Image, sent: _Sent) -> bytes:
    """A sheet on a table, as a telephone takes it."""
    from PIL import Image, ImageFilter

    table = Image.new("RGB", (1500, 2000), "#6f6253")
    table.paste(page, (130, 120))
    shot = table.rotate(1.3, Image.Resampling.BILINEAR, fillcolor="#6f6253")
    if sent.blur:
        shot = shot.filter(ImageFilter.GaussianBlur(sent.blur))
    if sent.turned:
        shot = shot.transpose(Image.Transpose.ROTATE_90)
    file = BytesIO()
    shot.save(file, "JPEG", quality=72)
    return file.getvalue()
