"""What every test may ask for."""

import os
from collections.abc import Callable

import pytest

import backoffice.bootstrap  # noqa: F401 - every table: a test that needs few of them still lays the whole schema

# The tests of the window need no screen; who wants to watch them sets another platform.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

_FIGURE = "figure"

pytest_plugins = ["tests.support.postgres", "tests.support.towns", "tests.support.two_services"]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--long", action="store_true", help="the full figures: every size, every row, every round")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "spoils: breaks its database on purpose: what must hold is not asked after it")
    config.addinivalue_line("markers", "long: only with --long, because the short forms beside it say enough each day")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without --long, the long tests are not chosen: neither run nor skipped."""
    if config.getoption("long"):
        return
    left = [item for item in items if item.get_closest_marker("long")]
    config.hook.pytest_deselected(items=left)
    items[:] = [item for item in items if item not in left]


@pytest.fixture(scope="session")
def long(pytestconfig: pytest.Config) -> bool:
    """Whether the full figures are wanted: a test chooses its sizes by it."""
    return bool(pytestconfig.getoption("long"))


@pytest.fixture
def figure(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    """Tell what was counted: with --long, printed at the end of the session."""
    return lambda words: record_property(_FIGURE, words)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """The figures that the tests told, whichever process ran them."""
    if not config.getoption("long"):
        return
    reports = [report for kind in ("passed", "failed") for report in terminalreporter.getreports(kind)]
    told = [
        (report.nodeid.rpartition("::")[2], words)
        for report in reports
        if report.when == "call"
        for name, words in report.user_properties
        if name == _FIGURE
    ]
    if told:
        terminalreporter.section("figures")
    for test, words in told:
        terminalreporter.write_line(f"{test}: {words}")
