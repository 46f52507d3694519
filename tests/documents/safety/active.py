"""PDF that would do something if they were opened elsewhere, each written where a hurried reader does not look."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, Pdf, Stream, String

from tests.documents.safety.hostile import pdf

_CODE = String("app.alert('bonjour')")


def active_pdfs() -> Iterator[tuple[str, bytes, frozenset[str]]]:
    """Its name, its content, the flags it must carry."""
    for name, change, *flags in _changes():
        for form, saving in (("", {}), (" serre", {"object_stream_mode": pikepdf.ObjectStreamMode.generate})):
            yield f"{name}{form}", pdf(1, change, **saving), frozenset(flags)
    written = pdf(1, lambda pdf: _set(pdf.Root, "/OpenAction", _script(pdf)))
    yield "nom cache", written.replace(b"/JavaScript", b"/J#61vaScrip#74"), frozenset({"script"})


def _changes() -> Iterator[tuple[str, Callable[[Pdf], object], *tuple[str, ...]]]:
    yield "script a l'ouverture", lambda pdf: _set(pdf.Root, "/OpenAction", _script(pdf)), "script", "opening"
    yield ("script direct", lambda pdf: _set(pdf.Root, "/OpenAction", Dictionary(S=Name.JavaScript, JS=_CODE)),
           "script", "opening")
    yield ("script nomme",
           lambda pdf: _set(pdf.Root, "/Names", Dictionary(
               JavaScript=Dictionary(Names=Array([String("a"), Dictionary(S=Name.JavaScript, JS=_CODE)])))), "script")
    yield ("script de page",
           lambda pdf: _set(pdf.pages[0].obj, "/AA", Dictionary(O=Dictionary(S=Name.JavaScript, JS=_CODE))),
           "script", "opening")
    yield "script du pied", lambda pdf: _set(pdf.trailer, "/Piege", Dictionary(S=Name.JavaScript, JS=_CODE)), "script"
    yield ("script profond",
           lambda pdf: _set(pdf.pages[0].obj, "/Piege", _deep(Dictionary(S=Name.JavaScript, JS=_CODE), 40)), "script")
    yield "script en flux", lambda pdf: _set(pdf.Root, "/OpenAction", Dictionary(
        S=Name.JavaScript, JS=Stream(pdf, b"app.alert(1)"))), "script"
    yield "suite de scripts", lambda pdf: _set(pdf.Root, "/OpenAction", Dictionary(
        S=Name.GoTo, Next=Array([Dictionary(S=Name.JavaScript, JS=_CODE)]))), "script"
    yield "lancement", lambda pdf: _annotate(pdf, A=Dictionary(S=Name.Launch, F=String("cmd.exe"))), "launch"
    yield ("lancement windows",
           lambda pdf: _annotate(pdf, A=Dictionary(S=Name.Launch, Win=Dictionary(F=String("cmd.exe")))), "launch")
    yield "piece jointe", _attach, "attachment"
    yield ("piece jointe sans nom",
           lambda pdf: _annotate(pdf, Subtype=Name.FileAttachment, FS=Dictionary(
               F=String("a.exe"), EF=Dictionary(F=Stream(pdf, b"MZ")))), "attachment")
    yield "film", lambda pdf: _annotate(pdf, Subtype=Name.RichMedia), "attachment"
    yield "envoi", lambda pdf: _annotate(pdf, A=Dictionary(S=Name.SubmitForm, F=String("http://a.example"))), "sending"
    yield ("renvoi", lambda pdf: _annotate(pdf, A=Dictionary(
        S=Name.GoToR, F=String("//serveur.example/piege.pdf"), D=Array([0, Name.Fit]))), "elsewhere")
    yield "renvoi joint", lambda pdf: _annotate(pdf, A=Dictionary(S=Name.GoToE, T=Dictionary(R=Name.C))), "elsewhere"
    yield "formulaire", lambda pdf: _set(pdf.Root, "/AcroForm", Dictionary(Fields=Array([]))), "form"
    yield "formulaire xfa", lambda pdf: _set(pdf.Root, "/AcroForm", Dictionary(XFA=Stream(pdf, b"<xdp/>"))), "form"
    yield "ouverture a la page", lambda pdf: _set(pdf.Root, "/OpenAction", Array([pdf.pages[0].obj, Name.Fit]))
    yield "ouverture simple", lambda pdf: _set(pdf.Root, "/OpenAction", Dictionary(S=Name.GoTo))


def _set(where: pikepdf.Object, key: str, value: pikepdf.Object) -> None:
    where[key] = value


def _script(pdf: Pdf) -> pikepdf.Object:
    return pdf.make_indirect(Dictionary(S=Name.JavaScript, JS=_CODE))


def _deep(value: pikepdf.Object, depth: int) -> pikepdf.Object:
    for _ in range(depth):
        value = Dictionary(X=Array([value]))
    return value


def _annotate(pdf: Pdf, **keys: object) -> None:
    wanted: dict[str, Any] = {"Type": Name.Annot, "Subtype": Name.Link, "Rect": Array([0, 0, 9, 9]), **keys}
    pdf.pages[0].obj.Annots = Array([Dictionary(**wanted)])


def _attach(pdf: Pdf) -> None:
    pdf.attachments["a.exe"] = b"MZ"
