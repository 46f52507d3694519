"""Resources are found from a checkout and from an installed wheel."""

from __future__ import annotations

import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

import backoffice.kernel.resources as resources
from backoffice.kernel.errors import EnvironmentFault


def test_a_shipped_file_is_found_from_a_checkout() -> None:
    assert resources.resource_path("legal", "psu.toml").is_file()


def test_a_shipped_file_is_found_beside_the_installed_package(tmp_path: Path) -> None:
    kernel = tmp_path / "site-packages" / "backoffice" / "kernel"
    kernel.mkdir(parents=True)
    source = Path(resources.__file__).parent
    for name in ("resources.py", "errors.py"):
        (kernel / name).write_bytes((source / name).read_bytes())
    shipped = tmp_path / "site-packages" / "resources" / "legal"
    shipped.mkdir(parents=True)
    (shipped / "psu.toml").write_text("here = true\n", encoding="utf-8")
    code = (
        f"import sys; sys.path.insert(0, {str(kernel.parents[1])!r})\n"
        "from backoffice.kernel.resources import load_toml\n"
        "assert load_toml('legal', 'psu.toml') == {'here': True}"
    )
    subprocess.run([sys.executable, "-I", "-S", "-c", code], check=True, cwd=tmp_path)


def test_a_missing_resource_names_itself() -> None:
    with pytest.raises(EnvironmentFault) as caught:
        resources.load_toml("legal", "moon.toml")
    assert caught.value.code == "resource.missing"
    assert caught.value.params == {"path": "legal/moon.toml"}


@pytest.mark.parametrize("content", [b"a = ", b"a = '\xff'"])
def test_a_damaged_resource_is_told_from_a_missing_one(
    content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "rates.toml").write_bytes(content)
    monkeypatch.setattr(resources, "_ROOT", tmp_path)
    with pytest.raises(EnvironmentFault) as caught:
        resources.load_toml("rates.toml")
    assert caught.value.code == "resource.unreadable"


def test_decimal_numbers_are_read_exactly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "rates.toml").write_text("rate = 0.0610\n", encoding="utf-8")
    monkeypatch.setattr(resources, "_ROOT", tmp_path)
    rate = resources.load_toml("rates.toml")["rate"]
    assert isinstance(rate, Decimal)
    assert str(rate) == "0.0610"
