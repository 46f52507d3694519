"""An antivirus that is there, that finds something, that errs, that is silent: only a plain yes lets a file in."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from backoffice.cli.checks import computer_checks
from backoffice.documents.safety import judging
from backoffice.documents.safety.antivirus import Antivirus, Infected, Unreachable, antivirus_of
from backoffice.documents.safety.judging import Judge
from backoffice.documents.safety.verdict import NewFile, Verdict
from backoffice.kernel.errors import EnvironmentFault
from backoffice.kernel.settings import Settings
from tests.documents.safety.hostile import pdf
from tests.support.clamd import HARMFUL, Clamd, clamd, closed_port


@pytest.fixture
def daemon() -> Iterator[Clamd]:
    with clamd() as made:
        yield made


@pytest.fixture
def antivirus(daemon: Clamd) -> Antivirus:
    return Antivirus("127.0.0.1", daemon.port)


def test_the_whole_file_is_shown_to_it(daemon: Clamd, antivirus: Antivirus) -> None:
    content = bytes(range(256)) * 1000  # several pieces
    for each in (content, b"", b"x" * 65_536):
        antivirus.scan(each)
    assert daemon.received == [content, b"", b"x" * 65_536]


def test_what_it_finds_is_told(antivirus: Antivirus) -> None:
    with pytest.raises(Infected):
        antivirus.scan(b"a" + HARMFUL)


@pytest.mark.parametrize(
    "answer", [b"INSTREAM: ERROR\0", b"", b"stream: ", b"OK\0", b"\0", b"stream: OK", b"x" * 9_000]
)
def test_anything_but_a_plain_yes_is_not_one(daemon: Clamd, antivirus: Antivirus, answer: bytes) -> None:
    daemon.answer = answer
    with pytest.raises(Unreachable):
        antivirus.scan(b"x")


def test_a_file_it_finds_too_long_does_not_silence_it(daemon: Clamd, antivirus: Antivirus) -> None:
    daemon.most_bytes = 100_000
    with pytest.raises(Unreachable):
        antivirus.scan(bytes(5_000_000))
    antivirus.scan(b"x")
    assert daemon.received == [b"x"]


def test_one_that_never_answers_is_not_waited_for_twice() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        antivirus = Antivirus("127.0.0.1", int(silent.getsockname()[1]), seconds=0.2)
        for _ in range(2):
            with pytest.raises(Unreachable):
                antivirus.scan(b"x")
        silent.setblocking(False)
        visit, _ = silent.accept()
        visit.close()
        with pytest.raises(BlockingIOError):
            silent.accept()


@pytest.mark.parametrize("server", ["127.0.0.1", "x" * 80, "antivirus.invalid", "é" * 70, "a..b"])
def test_one_that_is_not_there_is_said(server: str) -> None:
    with pytest.raises(Unreachable):
        Antivirus(server, closed_port()).scan(b"x")
    with pytest.raises(EnvironmentFault, match=r"antivirus\.unreachable"):
        Antivirus(server, closed_port()).check()


def _judged(antivirus: Antivirus | None, content: bytes) -> Verdict:
    with Judge(antivirus) as judge:
        return judge.judge(NewFile("a.pdf", content))


def test_a_file_that_it_lets_in_is_let_in_and_one_it_knows_is_refused(daemon: Clamd, antivirus: Antivirus) -> None:
    clean, infected = _judged(antivirus, pdf()), _judged(antivirus, pdf() + b"% " + HARMFUL + b"\n%%EOF")
    assert (clean.accepted, clean.flags) == (True, ())
    assert (infected.accepted, infected.code) == (False, "judged.infected")
    assert "antivirus" in infected.sentence
    assert len(daemon.received) == 2


def test_what_is_refused_already_is_not_shown_to_it(daemon: Clamd, antivirus: Antivirus) -> None:
    _judged(antivirus, b"MZ")
    assert daemon.received == []


def test_without_an_answer_the_file_is_in_quarantine(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(antivirus_server="127.0.0.1", antivirus_port=str(closed_port()))
    monkeypatch.setattr(judging, "load_settings", lambda: settings)
    (verdict,) = judging.judge([NewFile("a.pdf", pdf())])
    assert (verdict.accepted, verdict.flags) == (True, ("quarantine",))


def test_where_none_is_set_up_none_is_asked() -> None:
    assert antivirus_of(Settings(antivirus_port="3310")) is None
    assert _judged(None, pdf()).flags == ()


def test_doctor_says_whether_it_answers(daemon: Clamd, monkeypatch: pytest.MonkeyPatch) -> None:
    said = {}
    for server, port in (("", 0), ("127.0.0.1", daemon.port), ("127.0.0.1", closed_port())):
        settings = Settings(antivirus_server=server, antivirus_port=str(port))
        monkeypatch.setattr("backoffice.cli.checks.load_settings", lambda settings=settings: settings)
        (check,) = (check for check in computer_checks() if check.what == "Antivirus")
        said[server, port == daemon.port] = check.well
        if not check.well:
            assert "ne répond pas" in check.detail
    assert said == {("", False): True, ("127.0.0.1", True): True, ("127.0.0.1", False): False}
