"""Whether files are let in. Their first bytes are looked at here; whatever opens them is a child with limits."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from types import TracebackType
from typing import Any, Self

from backoffice.documents.safety import rules
from backoffice.documents.safety.antivirus import Antivirus, Infected, Unreachable, antivirus_of
from backoffice.documents.safety.inside import Bounds, Seen
from backoffice.documents.safety.verdict import JudgedFile, NewFile, Verdict
from backoffice.kernel.answers import Failure
from backoffice.kernel.children import ChildEnded, LimitedChild
from backoffice.kernel.containing import Limits
from backoffice.kernel.errors import UserError
from backoffice.kernel.messages import sentence
from backoffice.kernel.progress import Progress, silent
from backoffice.kernel.resources import load_toml
from backoffice.kernel.settings import load_settings

_MEGA = 1_000_000
_ENOUGH_TO_NAME = 8192
_ANIMATED = "image/apng"  # a PNG all the same: said better once it is opened


@cache
def _figures() -> dict[str, Any]:
    return load_toml("documents.toml")


class Judge:
    """Judges files one after the other; its child lasts as long as it is open, and is replaced when one ends it.

    `antivirus`: asked about each file that is otherwise let in; None where the town has set none.
    """

    def __init__(self, antivirus: Antivirus | None = None) -> None:
        self._antivirus = antivirus
        files, child = _figures()["files"], _figures()["child"]
        self._most_bytes = files["megabytes"] * 1024 * 1024
        self._bounds = Bounds(files["pages"], files["megapixels"] * _MEGA, files["objects"])
        self._child = LimitedChild(
            "backoffice.documents.safety.inside:look", Seen, again=True,
            limits=Limits(child["memory_mib"], child["cpu_seconds"]), patience=child["seconds"], label="Examen",
        )

    @classmethod
    def as_set_up(cls) -> Self:
        """With the antivirus of this computer's settings. Raises EnvironmentFault `settings.unreadable`."""
        return cls(antivirus_of(load_settings()))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_failure: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._child.close()

    def judge(self, file: NewFile, progress: Progress = silent) -> Verdict:
        """What to think of a file. Raises Cancelled."""
        content = file.content
        kind = rules.media_type(content)
        if code := rules.refusal(content, self._most_bytes):
            return _refused(code, kind)
        if _is_another(content, kind):
            return _refused("judged.unknown", kind)
        try:
            seen = self._child.ask(lambda _fresh: (content, self._bounds), progress)
        except ChildEnded:
            return _refused("judged.too_heavy", kind)
        if not isinstance(seen, Seen):
            ran_out = isinstance(seen, Failure) and seen.kind == "MemoryError"
            return _refused("judged.too_heavy" if ran_out else "judged.damaged", kind)
        if not seen.is_plausible(self._bounds):
            self._child.close()  # it was made to lie
            return _refused("judged.too_heavy", kind)
        flags = {*seen.flags, *self._seen_outside(file)}
        if seen.code:
            return _refused(seen.code, kind, seen.pages, flags)
        if seen.content is not None and len(seen.content) > self._most_bytes:
            return _refused("judged.too_large", kind, seen.pages, flags)
        if self._antivirus is not None:
            try:
                self._antivirus.scan(content)
            except Infected:
                return _refused("judged.infected", kind, seen.pages, flags)
            except Unreachable:
                flags.add(rules.QUARANTINE)
        kept = kind if seen.content is None else rules.PDF
        return Verdict(True, kept, seen.pages, tuple(sorted(flags)), content=seen.content)

    @staticmethod
    def _seen_outside(file: NewFile) -> list[str]:
        found = {
            "tail": rules.has_tail(file.content) or rules.is_zip_too(file.content),
            "name": rules.disagrees(file.content, file.name),
        }
        return [flag for flag, noticed in found.items() if noticed]


def _is_another(content: bytes, kind: str) -> bool:
    """Whether a second opinion names another type under the same first bytes: raw photos, AVIF."""
    import filetype

    other = filetype.guess_mime(content[:_ENOUGH_TO_NAME])
    return other not in {None, kind, _ANIMATED}


def _refused(code: str, kind: str, pages: int = 0, flags: Iterable[str] = ()) -> Verdict:
    figures = _figures()["files"]
    told = sentence(UserError(code, **{name: figures[name] for name in ("megabytes", "pages", "megapixels")}))
    return Verdict(False, kind, pages, tuple(sorted(flags)), code, told)


def judge(files: Iterable[NewFile], progress: Progress = silent) -> tuple[Verdict, ...]:
    """What to think of each file, in the same order. Raises Cancelled."""
    wanted = tuple(files)
    done = []
    with Judge.as_set_up() as open_judge:
        for number, file in enumerate(wanted):
            progress(number, len(wanted), "Examen des fichiers")
            done.append(open_judge.judge(file, _turning(progress, number, len(wanted))))
    return tuple(done)


def judged(files: Iterable[NewFile], progress: Progress = silent) -> tuple[JudgedFile, ...]:
    """Each file with what to think of it. Raises Cancelled."""
    wanted = tuple(files)
    return tuple(JudgedFile(file, verdict) for file, verdict in zip(wanted, judge(wanted, progress), strict=True))


def _turning(progress: Progress, place: int, count: int) -> Progress:
    """The same progress while one file is looked at."""
    def turn(done: int, total: int, what: str) -> None:  # noqa: ARG001 - the child does not know how far we are
        progress(place, count, what)

    return turn
