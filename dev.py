#!/usr/bin/env python3
"""Prepare a working copy and run it, on a machine that has Python 3.11 to 3.13 and nothing else.

Standard library only: this file runs before anything is installed. It keeps two stamps in `.venv`, one for
the libraries and one for the project itself; a stamp is written last, so a half-made `.venv` is never trusted.
"""

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

RUNNING = tuple(sys.version_info[:2])
if not (3, 11) <= RUNNING <= (3, 13):
    sys.exit(
        "Pour lancer Back-office Enfance, installez d'abord Python 3.13 (3.11 et 3.12 conviennent aussi), "
        "puis relancez avec lui : « python3.13 dev.py demo » (sous Windows : « py -3.13 dev.py demo »). "
        f"Celui-ci est un Python {sys.version.split()[0]}."
    )

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
WINDOWS = os.name == "nt"
SCRIPTS = VENV / ("Scripts" if WINDOWS else "bin")
PYTHON = SCRIPTS / ("python.exe" if WINDOWS else "python")
REQUIREMENTS = ROOT / "requirements.txt"

# What Qt opens at run time and a bare Debian lacks: first for any Qt, then for a real window.
DEBIAN_PACKAGES = (
    *("ca-certificates", "libgl1", "libegl1", "libglib2.0-0"),
    *("libfontconfig1", "libdbus-1-3", "libxkbcommon0"),
    *("libxcb-cursor0", "libxcb-icccm4", "libxcb-keysyms1", "libxcb-shape0", "libxkbcommon-x11-0"),
)
CHECKS = (("ruff", "check"), ("mypy",), ("lint-imports",), ("pytest",))
AT_ONCE = ("--numprocesses", "auto", "--dist", "worksteal")  # but for --long: its figures want the whole machine
IN_MEMORY, ROOM_IN_MEMORY = Path("/dev/shm"), 6 << 30  # noqa: S108 - a folder in memory; what tests never fill
LOCK = (
    *("pip", "compile", "pyproject.toml", "--group", "dev", "--universal", "--python-version", "3.11"),
    *("--generate-hashes", "--no-emit-index-url", "--no-emit-find-links", "--no-header", "--quiet"),
    *("--output-file", REQUIREMENTS.name),
)
USAGE = """\
Usage : python3 dev.py COMMANDE [options]        (sous Windows : py dev.py COMMANDE [options])

  demo         prépare tout, puis ouvre la commune de démonstration
  backoffice   prépare tout, puis lance la ligne de commande du logiciel
  test         prépare tout, puis vérifie le code ; les options vont à pytest
  setup        prépare tout, sans rien lancer
  lock         recalcule requirements.txt d'après pyproject.toml (demande uv ; « --upgrade » pour rajeunir)
"""


class SetupError(Exception):
    """What stops the set-up, as a French sentence for the person in front of the screen."""


def missing_debian_packages() -> list[str]:
    """Names of the packages to install; empty where apt does not rule the machine.

    One call lists what is installed, with the names that renamed packages still answer to (`libglib2.0-0t64`
    provides `libglib2.0-0`). An interpreter that is not Debian's brings its own `ensurepip`.
    """
    if not (shutil.which("apt-get") and shutil.which("dpkg-query")):
        return []
    query = ("dpkg-query", "--show", "--showformat=${db:Status-Status}, ${Package}, ${Provides}\n")
    listing = subprocess.run(query, check=True, capture_output=True, text=True).stdout
    present = {
        name.split()[0]
        for line in listing.splitlines()
        if line.startswith("installed,")
        for name in line.split(",")
        if name.strip()
    }
    venv = [] if importlib.util.find_spec("ensurepip") else [f"python{RUNNING[0]}.{RUNNING[1]}-venv"]
    return [*venv, *(package for package in DEBIAN_PACKAGES if package not in present)]


def install_debian_packages(packages: list[str]) -> None:
    """Install `packages` with apt, through sudo when not root.

    Raises SetupError when nobody here may install, or when apt refuses.
    """
    names = " ".join(packages)
    apt = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "--quiet=2"]
    if sys.platform != "win32" and os.geteuid() != 0:
        if shutil.which("sudo") is None:
            raise SetupError(
                "Pour préparer ce poste, demandez d'abord à son administrateur d'installer ces paquets : "
                f"apt-get install --no-install-recommends {names}"
            )
        apt.insert(0, "sudo")
    say(f"Installation des paquets Debian manquants{' (avec sudo)' if apt[0] == 'sudo' else ''} : {names}")
    # One broken source among several must not stop us: what counts is whether the packages can be installed.
    call([*apt, "update"], quiet=True)
    if call([*apt, "install", "--yes", "--no-install-recommends", *packages], quiet=True):
        raise SetupError("Impossible d'installer ces paquets : voyez le message d'apt-get ci-dessus.")


def build_environment() -> None:
    """Make `.venv` anew and fill it with exactly the libraries of requirements.txt, compiled to bytecode."""
    missing = missing_debian_packages()
    if missing:
        install_debian_packages(missing)
    say("Installation des bibliothèques dans .venv (une fois)")
    if call([sys.executable, "-m", "venv", "--clear", VENV]):
        raise SetupError("Impossible de créer le dossier .venv : fermez les programmes qui s'en servent.")
    # The file is complete, hence --no-deps; a source archive would need a compiler, hence only wheels.
    pip_install("--require-hashes", "--only-binary=:all:", "--no-deps", "--requirement", REQUIREMENTS)
    # Without bytecode the window takes twice as long to open; pip would write it on one core only. Some packages
    # carry files that are not meant to compile: the exit code says nothing.
    call([PYTHON, "-m", "compileall", "-qq", "-j", "0", VENV], quiet=True)


def install_project() -> None:
    """Install this project in place, without a network, so that `.venv` has the command `backoffice`."""
    pip_install("--no-deps", "--no-build-isolation", "--no-index", "--editable", ROOT)


def pip_install(*arguments: str | Path) -> None:
    """Run pip inside `.venv`; raises SetupError when it fails. Away from a terminal only its errors show."""
    quiet = [] if sys.stdout.isatty() else ["-qq"]
    options = ["--disable-pip-version-check", "--no-input", "--no-compile", *quiet]
    if call([PYTHON, "-m", "pip", "install", *options, *arguments]):
        raise SetupError("Impossible d'installer les bibliothèques : voyez le message de pip ci-dessus.")


def prepare() -> None:
    """Bring `.venv` up to date; about 0.1 s when nothing has changed. Raises SetupError."""
    # A moved folder or another Python leaves dead paths behind: both are part of what the stamp vouches for.
    machine = "\n".join((str(RUNNING), sys.base_prefix, str(VENV), *DEBIAN_PACKAGES))
    once("libraries", machine.encode() + REQUIREMENTS.read_bytes(), build_environment)
    once("project", (ROOT / "pyproject.toml").read_bytes(), install_project)


def once(name: str, inputs: bytes, work: Callable[[], None]) -> None:
    """Do `work` unless the stamp `name` in `.venv` vouches that it was finished with these same `inputs`."""
    stamp = VENV / f".{name}.sha256"
    digest = hashlib.sha256(inputs).hexdigest()
    if PYTHON.exists() and stamp.is_file() and stamp.read_text(encoding="ascii") == digest:
        return
    stamp.unlink(missing_ok=True)
    work()
    stamp.write_text(digest, encoding="ascii")


def backoffice(arguments: list[str]) -> int:
    """Run the program's command line in place of this one, or wait for it; returns its exit code."""
    prepare()
    # Before 3.13, Windows reads .pth files in its own code page and loses a folder named « Hélène ».
    search = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    environment = {**os.environ, "PYTHONPATH": search}
    command = [str(SCRIPTS / "backoffice"), *arguments]
    if not WINDOWS:
        sys.stdout.flush()
        os.execve(command[0], command, environment)  # noqa: S606 — no shell is what we want
    return call(command, environment)


def demo(arguments: list[str]) -> int:
    """Run `backoffice demo`."""
    return backoffice(["demo", *arguments])


def test(arguments: list[str]) -> int:
    """Run every check, `arguments` going to pytest; returns the exit code of the first that fails, or 0."""
    prepare()
    os.chdir(ROOT)
    environment = {"QT_QPA_PLATFORM": "offscreen", **scratch(), **os.environ}
    for number, check in enumerate(CHECKS, start=1):
        tool, *options = check
        if check == CHECKS[-1]:
            options = [*(() if "--long" in arguments else AT_ONCE), *arguments]
        say(f"[{number}/{len(CHECKS)}] {' '.join([tool, *options])}")
        code = call([SCRIPTS / tool, *options], environment)
        if code:
            return code
    return 0


def scratch() -> dict[str, str]:
    """Where the tests write: in memory where there is room, because they make and drop a thousand databases."""
    if IN_MEMORY.is_dir() and os.access(IN_MEMORY, os.W_OK) and shutil.disk_usage(IN_MEMORY).free > ROOM_IN_MEMORY:
        return {"TMPDIR": str(IN_MEMORY)}
    return {}


def setup(arguments: list[str]) -> int:
    """Prepare everything and say so."""
    if arguments:
        raise SetupError("La commande « setup » ne prend pas d'option.")
    prepare()
    say(f"Prêt. Le logiciel se lance par : {SCRIPTS / 'backoffice'}")
    return 0


def lock(arguments: list[str]) -> int:
    """Compute requirements.txt from pyproject.toml: hashes, markers for every platform, no address."""
    uv = shutil.which("uv")
    if uv is None:
        raise SetupError("Pour recalculer requirements.txt, installez d'abord uv, qui ne sert qu'à cela.")
    os.chdir(ROOT)
    return call([uv, *LOCK, *arguments])


def call(command: Sequence[str | Path], environment: dict[str, str] | None = None, quiet: bool = False) -> int:
    """Run `command`; returns its exit code. `quiet` hides its output but not its errors.

    On Ctrl+C it waits: the command hears it too and tidies up, where subprocess.call would kill it.
    """
    output = subprocess.DEVNULL if quiet else None
    with subprocess.Popen(command, env=environment, stdout=output) as child:
        try:
            return child.wait()
        except KeyboardInterrupt:
            child.wait()
            raise


def say(sentence: str) -> None:
    """Show a line of progress at once, before what the next tool prints."""
    print(sentence, flush=True)


COMMANDS = {"demo": demo, "backoffice": backoffice, "test": test, "setup": setup, "lock": lock}


def main(arguments: list[str]) -> int:
    """Run the command named first; returns its exit code (2: no such command, 130: Ctrl+C)."""
    command, *rest = arguments or ["--help"]
    if command not in COMMANDS:
        print(USAGE, end="")
        return 0 if command in {"-h", "--help", "help"} else 2
    try:
        return COMMANDS[command](rest)
    except SetupError as refusal:
        print(refusal, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
