"""The command line as a user has it: a process, its exit code, and what it prints where."""

import json
import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path

import click
import numpy as np
import pymupdf
import pytest
from click.testing import CliRunner

import ocrkit
from ocrkit.cli.batch import Input, pages_at_most
from ocrkit.cli.options import Shared, shared_options
from ocrkit.export import json as as_json
from ocrkit.export import pagexml
from ocrkit.image import decode
from tests.conftest import encoded, pdf_of
from tests.pdf.test_writer import encrypted, signed_pdf

OCRKIT = [sys.executable, "-m", "ocrkit"]


def run(*arguments, stdin=None, **environment):
    """Run the command line; a fake engine that needs no Tesseract comes in over a folder on the path."""
    return subprocess.run(
        [*OCRKIT, *map(str, arguments)],
        input=stdin,
        capture_output=True,
        timeout=120,
        check=False,
        env=os.environ | environment,
    )


@pytest.fixture(scope="session")
def plugin(tmp_path_factory):
    """Install fault-injecting engines as a stranger's plugin: an importable folder with an entry point."""
    folder = tmp_path_factory.mktemp("plugin")
    (folder / "faulty_engines.py").write_text(
        "import os, time\n"
        "from ocrkit import EngineEntry, EngineFailedError, EngineTimeoutError\n"
        "from ocrkit.hookspecs import hookimpl\n"
        "from ocrkit.testing import FakeEngine\n"
        "class Faulty:\n"
        "    def __init__(self, fault): self.fault = fault\n"
        "    def read(self, image, /):\n"
        "        if image.index % 2 or self.fault == 'all':\n"
        "            if self.fault == 'bug': raise ZeroDivisionError('a bug')\n"
        "            if self.fault == 'late': raise EngineTimeoutError('late', 1.0)\n"
        "            raise EngineFailedError('faulty', 'as told')\n"
        "        if self.fault == 'slow': time.sleep(float(os.environ.get('SECONDS_A_PAGE', 0)))\n"
        "        return FakeEngine().read(image)\n"
        "@hookimpl\n"
        "def ocrkit_engines():\n"
        "    yield EngineEntry('fake', lambda settings: FakeEngine())\n"
        "    for fault in ('one', 'all', 'late', 'bug', 'slow'):\n"
        "        yield EngineEntry('faulty-' + fault, lambda settings, fault=fault: Faulty(fault))\n"
    )
    information = folder / "faulty_engines-1.dist-info"
    information.mkdir()
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: faulty-engines\nVersion: 1\n")
    (information / "entry_points.txt").write_text("[ocrkit]\nfaulty = faulty_engines\n")
    return {"PYTHONPATH": str(folder)}


@pytest.fixture
def picture(tmp_path, sample):
    path = tmp_path / "scan.png"
    path.write_bytes(encoded(sample, "PNG", dpi=(200, 200)))
    return path


def one_line(done, *parts):
    """Assert that the error is one line with these parts, without a traceback."""
    said = done.stderr.decode()
    assert said.count("\n") == 1, said
    assert said.startswith("ocrkit: ")
    for part in parts:
        assert part in said
    return True


def test_words_and_patterns_are_lines_of_files(tmp_path):
    @click.command()
    @shared_options
    def show(**options):
        settings = Shared(**options).read_settings()
        click.echo(repr((settings.words, settings.patterns)))

    (tmp_path / "words").write_bytes("\ufeffQwxzy\r\n\r\n Rolls-Royce \n".encode())
    (tmp_path / "patterns").write_bytes(b"INV-[0-9]{4}\n")
    files = str(tmp_path / "words"), str(tmp_path / "patterns")
    done = CliRunner().invoke(show, ["--user-words", files[0], "--user-patterns", files[1]], catch_exceptions=False)
    assert done.output.strip() == "(('Qwxzy', 'Rolls-Royce'), ('INV-[0-9]{4}',))"


def test_text_goes_to_standard_output_and_nothing_else(picture):
    done = run("read", picture)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"Invoice 2048\n", b"")


def test_json_reads_back(picture):
    done = run("read", "--format", "json", picture)
    document = as_json.loads(done.stdout)
    assert document.text == "Invoice 2048"
    assert document.engine == "ocrkit"


@pytest.mark.parametrize(
    ("suffix", "start"),
    [
        (".hocr", b"<?xml"),
        (".alto.xml", b"<?xml"),
        (".page.xml", b"<?xml"),
        (".tsv", b"level\t"),
        (".md", b"Invoice 2048"),
        (".txt", b"Invoice 2048"),
    ],
)
def test_the_suffix_of_the_output_says_the_format(picture, tmp_path, suffix, start):
    target = tmp_path / f"out{suffix}"
    assert run("read", picture, "-o", target).returncode == 0
    assert target.read_bytes().startswith(start)
    assert b"2048" in target.read_bytes()


def test_several_formats_of_one_reading(picture, tmp_path):
    targets = [tmp_path / name for name in ("a.txt", "b.json", "c.alto.xml", "d.page.xml")]
    report = tmp_path / "report.json"
    done = run("read", picture, "--report", report, *(word for target in targets for word in ("-o", target)))
    assert (done.returncode, done.stdout) == (0, b"")
    assert targets[0].read_bytes() == b"Invoice 2048\n"
    assert as_json.loads(targets[1].read_bytes()).text == pagexml.loads(targets[3].read_bytes()).text
    assert b"<fileName>scan.png</fileName>" in targets[2].read_bytes()
    assert json.loads(report.read_text())["files"][0]["destination"] == ", ".join(map(str, targets))


@pytest.mark.parametrize(
    ("outputs", "says"),
    [
        (("a.xml",), "-f alto"),
        (("a.txt", "./a.txt"), "each once"),
        (("-", "-"), "Standard output"),
        (("",), "empty name"),
    ],
)
def test_outputs_that_cannot_be_are_refused(picture, tmp_path, outputs, says):
    names = [f"{tmp_path}/{name}" if name not in ("-", "") else name for name in outputs]
    done = run("read", picture, *(word for name in names for word in ("-o", name)))
    assert done.returncode == 1
    assert one_line(done, says)
    assert list(tmp_path.glob("a*")) == []


def test_page_of_several_pages_is_a_file_each(tmp_path, plugin):
    (tmp_path / "two.pdf").write_bytes(pdf_of("", ""))
    assert run("read", "-e", "fake", tmp_path / "two.pdf", "-o", tmp_path / "out.page.xml", **plugin).returncode == 0
    found = [pagexml.loads(path.read_bytes()) for path in sorted(tmp_path.glob("out-000?.page.xml"))]
    assert [document.pages[0].index for document in found] == [0, 1]
    done = run("read", "-e", "fake", "-f", "page", tmp_path / "two.pdf", **plugin)
    assert (done.returncode, done.stdout) == (1, b"")
    assert one_line(done, "one page a file")


def test_names_that_come_of_pages_never_replace_another_file(tmp_path, plugin):
    (tmp_path / "two.pdf").write_bytes(pdf_of("", ""))
    (tmp_path / "two-0001.pdf").write_bytes(pdf_of(""))
    sources = [tmp_path / "two.pdf", tmp_path / "two-0001.pdf"]
    done = run("read", "-e", "fake", "-f", "page", *sources, "-o", f"{tmp_path}/o/", **plugin)
    assert done.returncode == 20
    assert one_line(done, "written twice")
    for name in ("a.png", "a.bmp"):
        (tmp_path / name).write_bytes(encoded(np.full((50, 50), 255, np.uint8), name[-3:].upper()))
    sources = [tmp_path / "a.png", tmp_path / "a.bmp"]
    done = run("read", "-e", "fake", *sources, "--debug-image", tmp_path / "d", **plugin)
    assert done.returncode == 20
    assert len(list((tmp_path / "d").iterdir())) == 1


def test_debug_images_show_the_words(picture, tmp_path):
    assert run("read", picture, "--debug-image", tmp_path / "boxes", "-o", tmp_path / "a.txt").returncode == 0
    drawn = decode((tmp_path / "boxes" / "scan-0001.boxes.png").read_bytes()).pixels
    plain = decode(picture.read_bytes()).pixels
    assert drawn.shape[:2] == plain.shape[:2]
    red, green, blue = (drawn[..., channel].astype(int) for channel in range(3))
    assert ((green > red + 30) | (red > blue + 30)).sum() > 100  # sure or doubtful
    done = run("read", "-", "--debug-image", tmp_path / "boxes", stdin=picture.read_bytes())
    assert done.stdout == b"Invoice 2048\n"
    assert (tmp_path / "boxes" / "stdin-0001.boxes.png").exists()


def test_formats_of_one_document_need_a_folder_for_several(picture, tmp_path):
    done = run("read", "-f", "hocr", picture, picture)
    assert done.returncode == 1
    assert one_line(done, "--output")
    other = picture.with_name("other.png")
    other.write_bytes(picture.read_bytes())
    assert run("read", "-f", "hocr", picture, other, "-o", f"{tmp_path}/o/").returncode == 0
    assert sorted(path.name for path in (tmp_path / "o").iterdir()) == ["other.hocr", "scan.hocr"]


def test_standard_input_and_output(picture, plugin):
    done = run("read", "-", stdin=picture.read_bytes())
    assert done.stdout == b"Invoice 2048\n"
    done = run("pdf", "-e", "fake", "-", "-", stdin=picture.read_bytes(), **plugin)
    assert done.returncode == 0
    with pymupdf.open(stream=done.stdout) as document:
        assert document[0].get_text().split() == ["fake", "text"]


def test_pdf_is_searchable(picture, tmp_path):
    target = tmp_path / "out.pdf"
    assert run("pdf", picture, target).returncode == 0
    with pymupdf.open(target) as document:
        assert document[0].search_for("Invoice")


def test_several_sources_and_folders(tmp_path, sample, plugin):
    for name in ("a.png", "sub/b.png", "sub/ignored.txt"):
        path = tmp_path / "in" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(encoded(sample, "PNG"))
    done = run("pdf", "-e", "fake", tmp_path / "in", tmp_path / "out", **plugin)
    assert done.returncode == 0, done.stderr
    assert sorted(str(p.relative_to(tmp_path / "out")) for p in (tmp_path / "out").rglob("*.pdf")) == [
        "a.pdf",
        "sub/b.pdf",
    ]
    done = run("read", "-e", "fake", tmp_path / "in", "-o", tmp_path / "texts", "-f", "json", **plugin)
    assert done.returncode == 0, done.stderr
    assert sorted(str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*.json")) == [
        "texts/a.json",
        "texts/sub/b.json",
    ]
    done = run("read", "-e", "fake", tmp_path / "in", **plugin)
    assert done.stdout == b"fake text\n\ffake text\n"


def test_several_results_go_to_a_folder(tmp_path, sample, plugin):
    for name in ("a.png", "b.png"):
        (tmp_path / name).write_bytes(encoded(sample, "PNG"))
    done = run("read", "-e", "fake", tmp_path / "a.png", tmp_path / "b.png", "-o", tmp_path / "new", **plugin)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "new" / "b.txt").read_text() == "fake text\n"


def test_report_says_what_was_done(tmp_path, plugin):
    source, report = tmp_path / "in.pdf", tmp_path / "report.json"
    source.write_bytes(pdf_of("", "visible", ""))
    assert run("pdf", "-e", "fake", source, tmp_path / "out.pdf", "--report", report, **plugin).returncode == 0
    (file,) = json.loads(report.read_text())["files"]
    assert [(page["page"], page["action"], page["words"]) for page in file["pages"]] == [
        (1, "added", 2),
        (2, "skipped", 0),
        (3, "added", 2),
    ]
    assert (file["exit_code"], file["source"], file["destination"]) == (0, str(source), str(tmp_path / "out.pdf"))
    assert run("read", "-e", "fake", source, "nowhere.png", "--report", report, **plugin).returncode == 20
    good, bad = json.loads(report.read_text())["files"]
    assert (good["exit_code"], bad["exit_code"]) == (0, 2)
    assert "no such file" in bad["error"]


def test_pages_are_chosen(tmp_path, plugin):
    source = tmp_path / "in.pdf"
    source.write_bytes(pdf_of("", "", ""))
    done = run("read", "-e", "fake", "--pages", "2-end", "-f", "json", source, **plugin)
    assert [page.index for page in as_json.loads(done.stdout).pages] == [1, 2]
    run("pdf", "-e", "fake", "--pages", "2", source, tmp_path / "out.pdf", **plugin)
    with pymupdf.open(tmp_path / "out.pdf") as document:
        assert [bool(page.get_text().strip()) for page in document] == [False, True, False]


def test_source_and_destination_may_be_the_same(tmp_path, plugin):
    path = tmp_path / "same.pdf"
    path.write_bytes(pdf_of(""))
    before = path.read_bytes()
    assert run("pdf", "-e", "fake", path, path, **plugin).returncode == 0
    assert path.read_bytes().startswith(before)
    assert len(path.read_bytes()) > len(before)


def test_modes_for_text_that_is_there(tmp_path, plugin):
    source, target = tmp_path / "in.pdf", tmp_path / "out.pdf"
    source.write_bytes(pdf_of("visible"))
    done = run("pdf", "-e", "fake", source, target, **plugin)
    assert (done.returncode, target.read_bytes()) == (0, source.read_bytes())
    assert one_line(done, "--redo")
    assert run("pdf", "-e", "fake", "--force", source, target, **plugin).returncode == 0
    with pymupdf.open(target) as document:
        assert sorted(document[0].get_text().split()) == ["fake", "text", "visible"]


CASES = {
    "no destination": (["pdf", "x.pdf"], 1, "destination"),
    "redo and force": (["pdf", "--redo", "--force", "x", "y"], 1, "Choose one"),
    "unknown option": (["read", "--nope", "x"], 1, "--nope"),
    "unknown command": (["nope"], 1, "nope"),
    "unknown engine": (["read", "-e", "nope", "{picture}"], 1, "installed: "),
    "wrong pages": (["read", "--pages", "3-1", "{picture}"], 1, "write them like"),
    "missing page": (["read", "--pages", "9", "{picture}"], 1, "page 9"),
    "wrong jobs": (["read", "-j", "0", "{picture}"], 1, "--jobs"),
    "empty folder": (["read", "{folder}"], 1, "no pictures"),
    "stdin twice": (["read", "-", "-"], 1, "only once"),
    "two into a file": (["pdf", "{picture}", "{picture}", "{text}"], 1, "need a folder"),
    "one place for two": (["pdf", "{picture}", "{picture}", "{folder}"], 1, "both become"),
    "missing file": (["read", "nowhere.png"], 2, "no such file"),
    "not a picture": (["read", "{text}"], 2, "convert it"),
    "damaged pdf": (["pdf", "{damaged}", "{out}"], 2, "damaged"),
    "signed": (["pdf", "{signed}", "{out}"], 2, "--invalidate-digital-signatures"),
    "no archive": (["pdf", "--output-type", "pdfa", "{signable}", "{out}"], 10, "form fields or notes"),
    "no pattern": (["read", "--user-patterns", "{pattern}", "{picture}"], 1, "'[' is not a regular expression"),
    "words of other bytes": (["read", "--user-words", "{latin}", "{picture}"], 1, "UTF-8"),
    "other letters": (["read", "-l", "eng+jpn", "{picture}"], 3, "the engine tesseract"),
    "missing language": (["read", "-e", "tesseract", "-l", "xyz", "{picture}"], 3, "tesseract-ocr-xyz"),
    "no such folder": (["pdf", "{picture}", "nowhere/out.pdf"], 5, "make it first"),
    "password": (["pdf", "{locked}", "{out}"], 8, "password"),
    "wrong password": (["pdf", "--password", "x", "{locked}", "{out}"], 8, "does not open"),
    "not the owner's": (["pdf", "--password", "user", "{locked}", "{out}"], 8, "owner's"),
    "two passwords": (["pdf", "--password", "x", "--password-file", "{text}", "{locked}", "{out}"], 1, "not both"),
    "no source": (["read", ""], 1, "empty name"),
    "no destination name": (["pdf", "{picture}", ""], 1, "empty name"),
    "text over its picture": (["read", "{picture}", "-o", "{picture}"], 1, "would replace"),
    "report over the result": (["pdf", "{picture}", "{out}", "--report", "{out}"], 1, "of its own"),
    "report over the source": (["pdf", "{picture}", "{out}", "--report", "{picture}"], 1, "of its own"),
    "report on standard output": (["read", "{picture}", "--report", "-"], 1, "of its own"),
    "report nowhere": (["read", "{picture}", "--report", "nowhere/r.json"], 5, "make it first"),
    "text nowhere": (["read", "{picture}", "-o", "nowhere/out.txt"], 5, "make it first"),
    "folder result over a file": (["read", "{picture}", "{three}", "-o", "{text}"], 1, "need a folder"),
    "timeout is no number": (["read", "--page-timeout", "nan", "{picture}"], 1, "--page-timeout"),
    "timeout without end": (["read", "--page-timeout", "inf", "{picture}"], 1, "--page-timeout"),
    "dpi is no number": (["read", "--dpi", "nan", "{three}"], 1, "--dpi"),
    "image dpi without end": (["pdf", "--image-dpi", "inf", "{picture}", "{out}"], 1, "--image-dpi"),
    "endless pages": (["read", "--pages", "9" * 5000, "{three}"], 1, "cannot be understood"),
    "immense limit": (["read", "--max-bytes", "9" * 24, "{picture}"], 1, "--max-bytes"),
    "password file of other bytes": (["pdf", "--password-file", "{latin}", "{locked}", "{out}"], 1, "UTF-8"),
    "endless device": (["read", "--max-bytes", "1000", "/dev/zero"], 21, "--max-bytes"),
    "half a pdf": (["pdf", "{half}", "{out}"], 2, "save it anew"),
    "half a png": (["read", "{png}"], 2, "cut short"),
    "half a jpeg": (["pdf", "{jpeg}", "{out}"], 2, "save it again"),
    "too many pixels": (["pdf", "--max-pixels", "5", "{picture}", "{out}"], 21, "--max-pixels"),
    "too many pages": (["pdf", "--max-pages", "1", "{three}", "{out}"], 21, "--max-pages"),
    "too many bytes": (["pdf", "--max-bytes", "5", "{three}", "{out}"], 21, "--max-bytes"),
    "timeout": (["pdf", "--page-timeout", "0.01", "{picture}", "{out}"], 22, "--page-timeout"),
    "engine fails": (["pdf", "-e", "faulty-all", "{three}", "{out}"], 7, "as told"),
    "bug on every page": (
        ["pdf", "-e", "faulty-bug", "--pages", "2", "{three}", "{out}"],
        7,
        "ZeroDivisionError: a bug",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_error_is_one_line_with_its_remedy_and_code_and_leaves_the_destination(case, tmp_path, picture, plugin):
    arguments, code, part = CASES[case]
    files = {
        "damaged": b"%PDF-1.7\nnothing",
        "signed": signed_pdf(filled=True),
        "signable": signed_pdf(filled=False),
        "locked": encrypted(user_pw="user", owner_pw="owner", permissions=pymupdf.PDF_PERM_PRINT),
        "three": pdf_of("", "", ""),
        "text": b"plain text",
        "latin": b"p\xe4ss",
        "pattern": b"[\n",
        "half": b"%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 9 0 R>>endobj\n",
        "png": encoded(np.random.default_rng(0).integers(0, 255, (90, 90), np.uint8), "PNG")[:4000],
        "jpeg": encoded(np.full((90, 90), 128, np.uint8), "JPEG")[:300],
        "out": b"precious",
    }
    paths = {"picture": picture, "folder": tmp_path / "folder"}
    paths["folder"].mkdir()
    for name, content in files.items():
        paths[name] = tmp_path / f"{name}.file"
        paths[name].write_bytes(content)
    before = sorted(path.name for path in tmp_path.rglob("*"))
    done = run(*(argument.format(**paths) for argument in arguments), **plugin)
    assert one_line(done, part)
    assert done.returncode == code
    assert done.stdout == b""
    assert paths["out"].read_bytes() == b"precious"
    assert sorted(path.name for path in tmp_path.rglob("*")) == before


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_destination_that_cannot_be_written_is_a_file_access_error(tmp_path, picture):
    tmp_path.chmod(0o500)
    done = run("pdf", picture, tmp_path / "out.pdf")
    assert done.returncode == 5


def test_no_arguments_show_the_help_and_are_wrong():
    done = run()
    assert done.returncode == 1
    assert b"Usage: ocrkit" in done.stderr + done.stdout


def test_verbose_shows_where_an_error_came_from():
    done = run("read", "--verbose", "nowhere.png")
    assert b"Traceback" in done.stderr


def test_partial_result_has_its_own_code(tmp_path, plugin):
    source, target = tmp_path / "in.pdf", tmp_path / "out.pdf"
    source.write_bytes(pdf_of("", "", ""))
    for engine, reason in (("faulty-one", "as told"), ("faulty-late", "no result within 1 s")):
        done = run("pdf", "-e", engine, source, target, **plugin)
        assert done.returncode == 20
        assert one_line(done, "page 2", reason)
        with pymupdf.open(target) as document:
            assert [bool(page.get_text().strip()) for page in document] == [True, False, True]
        assert run("read", "-e", engine, source, **plugin).stdout == b"fake text\n\f\ffake text\n"


def test_password_from_a_file(tmp_path, plugin):
    source, secret = tmp_path / "in.pdf", tmp_path / "secret"
    source.write_bytes(encrypted(user_pw="user", owner_pw="owner"))
    secret.write_text("owner\n")
    done = run("pdf", "-e", "fake", "--password-file", secret, source, tmp_path / "out.pdf", **plugin)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_interruption_leaves_no_partial_file(tmp_path, sent, plugin):
    source, target = tmp_path / "in.pdf", tmp_path / "out.pdf"
    source.write_bytes(pdf_of("", ""))
    target.write_bytes(b"precious")
    # A page that takes long: Tesseract itself cannot be made to, so the engine is a double.
    process = subprocess.Popen(
        [*OCRKIT, "pdf", "-e", "faulty-slow", str(source), str(target)],
        env=os.environ | plugin | {"SECONDS_A_PAGE": "300"},
        stderr=subprocess.PIPE,
        start_new_session=True,
        # A shell's background job ignores interrupts and hands that down; these tests may run in one.
        preexec_fn=lambda: signal.signal(sent, signal.SIG_DFL),
    )
    deadline = time.monotonic() + 60
    while not any(path.suffix == ".part" for path in tmp_path.iterdir()) and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(0.3)
    process.send_signal(sent)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 128 + sent
    assert b"Traceback" not in said
    assert target.read_bytes() == b"precious"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.pdf", "out.pdf"]


def test_progress_bar_is_shown_on_a_terminal_alone(tmp_path, plugin):
    source = tmp_path / "in.pdf"
    source.write_bytes(pdf_of("", "", ""))
    ours, theirs = pty.openpty()
    done = subprocess.run(
        [*OCRKIT, "read", "-e", "fake", str(source)],
        stdout=subprocess.PIPE,
        stderr=theirs,
        env=os.environ | plugin | {"TERM": "xterm"},
        timeout=60,
        check=True,
    )
    os.close(theirs)
    shown = os.read(ours, 65536)
    os.close(ours)
    assert b"in.pdf" in shown
    assert done.stdout == b"fake text\n\ffake text\n\ffake text\n"


@pytest.mark.parametrize(
    "arguments", [["read", "-e", "fake", "{source}"], ["pdf", "-e", "fake", "{source}", "-"], ["engines"]]
)
def test_reader_that_goes_away_is_no_error(arguments, tmp_path, plugin):
    source = tmp_path / "in.pdf"
    source.write_bytes(pdf_of("", ""))
    process = subprocess.Popen(
        [*OCRKIT, *(argument.format(source=source) for argument in arguments)],
        env=os.environ | plugin,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    process.stdout.close()
    said = process.stderr.read()
    process.stderr.close()
    assert (process.wait(60), said) == (0, b"")


def test_closed_standard_output_is_said(picture):
    done = subprocess.run(
        ["sh", "-c", '"$@" >&-', "sh", *OCRKIT, "read", str(picture)], stderr=subprocess.PIPE, check=False, timeout=60
    )
    assert done.returncode == 5
    assert one_line(done, "standard output is closed")


@pytest.mark.parametrize(
    ("script", "code", "out"),
    [
        ('"$@" read -e fake "$PICTURE" 2>&-', 0, b"fake text\n"),
        ('"$@" read -e fake nowhere.png 2>&-', 2, b""),
        ('"$@" read -e fake - <&-', 5, b""),
        ('ulimit -f 1; "$@" pdf -e fake "$PICTURE" "$FOLDER/out.pdf"', 5, b""),
        ('ulimit -f 3; "$@" pdf -e fake "$DAMAGED" "$FOLDER/out.pdf"', 5, b""),
    ],
)
def test_closed_descriptors_and_full_disks(script, code, out, tmp_path, picture, plugin):
    folder, damaged = tmp_path / "folder", tmp_path / "damaged.pdf"
    folder.mkdir()
    whole = pdf_of("", "", "")
    damaged.write_bytes(whole[: whole.rindex(b"xref", 0, whole.rindex(b"startxref"))] + b"startxref\n5\n%%EOF\n")
    # Coverage keeps a file of its own, which the limit would hit too.
    plain = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE")}
    done = subprocess.run(
        ["bash", "-c", script, "bash", *OCRKIT],
        capture_output=True,
        env=plain | plugin | {"PICTURE": str(picture), "FOLDER": str(folder), "DAMAGED": str(damaged)},
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (code, out), done.stderr
    assert done.stderr.count(b"\n") <= 1
    assert list(folder.iterdir()) == []


def test_nohup_still_protects(tmp_path, plugin):
    source, target = tmp_path / "in.pdf", tmp_path / "out.pdf"
    source.write_bytes(pdf_of(""))
    process = subprocess.Popen(
        [*OCRKIT, "pdf", "-e", "faulty-slow", str(source), str(target)],
        env=os.environ | plugin | {"SECONDS_A_PAGE": "3"},
        stderr=subprocess.PIPE,
        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN),
    )
    deadline = time.monotonic() + 60
    while not any(path.suffix == ".part" for path in tmp_path.iterdir()) and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGHUP)
    process.communicate(timeout=60)
    assert process.returncode == 0
    assert target.exists()


def test_pipes_as_sources_and_destinations(picture, plugin):
    script = '"$@" read -e fake <(cat "$PICTURE"); "$@" pdf -e fake "$PICTURE" /dev/stdout | head -c 5'
    done = subprocess.run(
        ["bash", "-c", script, "bash", *OCRKIT],
        capture_output=True,
        env=os.environ | plugin | {"PICTURE": str(picture)},
        check=False,
        timeout=60,
    )
    assert done.stdout == b"fake text\n%PDF-"
    assert done.stderr == b""


def test_folder_with_one_file_still_gives_a_folder(tmp_path, picture, plugin):
    (tmp_path / "in").mkdir()
    picture.rename(tmp_path / "in" / "scan.png")
    assert run("pdf", "-e", "fake", tmp_path / "in", tmp_path / "out", **plugin).returncode == 0
    assert run("read", "-e", "fake", tmp_path / "in", "-o", tmp_path / "out", **plugin).returncode == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["scan.pdf", "scan.txt"]


def test_destination_with_a_slash_at_its_end_is_a_folder(tmp_path, picture, plugin):
    assert run("pdf", "-e", "fake", picture, f"{tmp_path}/new/", **plugin).returncode == 0
    assert (tmp_path / "new" / "scan.pdf").exists()


def test_first_text_has_no_form_feed_when_an_earlier_file_failed(picture, plugin):
    done = run("read", "-e", "fake", "nowhere.png", picture, picture, **plugin)
    assert (done.returncode, done.stdout) == (20, b"fake text\n\ffake text\n")


def test_output_is_utf8_whatever_the_locale(tmp_path, sample):
    path = tmp_path / "prüfung.png"
    path.write_bytes(encoded(sample, "PNG"))
    done = run("read", "-f", "json", path, "nö.png", PYTHONIOENCODING="ascii")
    assert as_json.loads(done.stdout).text == "Invoice 2048"
    assert b"nowhere" not in done.stderr


def test_name_with_a_line_break_stays_one_line(tmp_path):
    assert one_line(run("read", tmp_path / "a\nb.png"), "no such file")


def test_engines_are_listed_with_the_default_marked(plugin):
    lines = run("engines", **plugin).stdout.decode().splitlines()
    assert any(line.startswith("* ocrkit") for line in lines)
    assert any("fake" in line for line in lines)


def test_doctor_tries_the_engines(plugin):
    done = run("doctor", **plugin)
    said = done.stdout.decode()
    assert done.returncode == 0
    assert f"ocrkit {ocrkit.__version__}" in said
    assert "engine tesseract: works" in said
    assert "engine ocrkit: works" in said
    assert "engine fake:  runs, but" in said or "engine fake: runs, but" in said


def test_doctor_says_what_to_install(tmp_path):
    done = run("doctor", PATH=str(tmp_path))
    assert done.returncode == 0  # our own engine needs nothing else
    assert b"apt-get install tesseract-ocr" in done.stdout or b"brew" in done.stdout


def test_settings_may_come_from_the_environment(picture, plugin):
    assert run("read", picture, OCRKIT_READ_ENGINE="fake", **plugin).stdout == b"fake text\n"


def test_version():
    assert run("--version").stdout.decode().split()[-1] == ocrkit.__version__


@pytest.mark.parametrize(
    ("names", "pages"),
    [(["a.JPG", "b.png"], 1), (["a.jpg", "b.pdf"], None), (["a.tiff"], None), (["-"], None), (["a"], None)],
)
def test_names_tell_whether_all_inputs_have_one_page(names, pages):
    assert pages_at_most([Input(None if name == "-" else Path(name), Path("x")) for name in names]) == pages
