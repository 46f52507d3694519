"""When the window opens by itself."""

from ui.display import has_screen


def test_a_desktop_shows_a_window() -> None:
    assert has_screen({"DISPLAY": ":0"}, "linux")
    assert has_screen({"WAYLAND_DISPLAY": "wayland-0"}, "linux")
    assert has_screen({}, "win32")


def test_no_screen_no_window() -> None:
    assert not has_screen({}, "linux")


def test_a_qt_without_screen_is_obeyed() -> None:
    assert not has_screen({"DISPLAY": ":0", "QT_QPA_PLATFORM": "offscreen"}, "linux")
    assert not has_screen({"QT_QPA_PLATFORM": "offscreen"}, "win32")


def test_a_build_machine_opens_nothing() -> None:
    assert not has_screen({"DISPLAY": ":0", "CI": "true"}, "linux")
