"""What the README and the tutorial show is what happens."""

import contextlib
import io
import re
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture
def in_a_folder(tmp_path, monkeypatch):
    (tmp_path / "examples").mkdir()
    shutil.copy(ROOT / "examples" / "receipt.jpg", tmp_path / "examples")
    monkeypatch.chdir(tmp_path)


def python_of(page):
    return "\n".join(re.findall(r"```python\n(.*?)```", (ROOT / page).read_text("utf-8"), re.DOTALL))


def test_example_of_the_readme_runs_and_prints_what_it_says(in_a_folder):
    text = (ROOT / "README.md").read_text("utf-8")
    stated = re.search(r"```text\n(.*?)```", text, re.DOTALL)[1].splitlines()
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(python_of("README.md"), {})
    got = printed.getvalue().splitlines()
    assert len(got) == len(stated)
    # Another processor may round otherwise; what does not depend on it must be equal.
    assert got[0].split(")")[0] == stated[0].split(")")[0]
    assert got[1] == stated[1]
    assert float(got[2].split()[1]) == pytest.approx(float(stated[2].split()[1]), abs=0.03)
    assert got[3].split()[0] == stated[3].split()[0]
    assert Path("receipt.pdf").read_bytes().startswith(b"%PDF")


def test_tutorial_runs(in_a_folder, capsys):
    exec(python_of("docs/tutorial/first-page.md"), {})
    assert "(835, 1600)" in capsys.readouterr().out


def test_reading_from_python_runs(in_a_folder, capsys):
    exec(python_of("docs/howto/read-from-python.md"), {})
    assert re.search(r"\n\d+ sure, \d+ for somebody to look at\n", capsys.readouterr().out)


def test_moving_over_runs(in_a_folder, capsys):
    exec(python_of("docs/howto/move-over.md"), {})
    assert "RESTAURANT" in capsys.readouterr().out


def test_example_is_about_ten_lines():
    code = re.search(r"```python\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)[1]
    assert len(code.splitlines()) <= 12


def test_every_exported_error_and_exit_code_is_documented():
    from ocrkit.cli import exits

    page = (ROOT / "docs" / "reference" / "exit-codes.md").read_text("utf-8")
    for name, code in vars(exits).items():
        if name.isupper() and isinstance(code, int):
            assert re.search(rf"^\| (\d+, )?{code}\b", page, re.MULTILINE), (name, code)


def test_every_feature_has_the_test_that_its_page_names():
    page = (ROOT / "docs" / "reference" / "features.md").read_text("utf-8")
    links = re.findall(r"`(tests/[^`:]+)(?:::(\w+))?`", page)
    assert len(links) > 60
    for path, name in links:
        source = (ROOT / path).read_text("utf-8")
        assert not name or f"def {name}(" in source, name


def test_every_language_is_documented():
    from ocrkit.engines.crnn import LANGUAGES

    page = (ROOT / "docs" / "reference" / "limits.md").read_text("utf-8")
    listed = re.search(r"Languages, as `-l` takes them: `(.*?)`", page, re.DOTALL)[1]
    assert sorted(listed.split()) == sorted(LANGUAGES)
