"""What every test may ask for."""

import os

# The tests of the window need no screen; who wants to watch them sets another platform.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

pytest_plugins = ["tests.support.postgres", "tests.support.towns", "tests.support.two_services"]
