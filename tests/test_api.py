import io
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pymupdf
import pytest

import ocrkit
from ocrkit import EngineFailedError, EngineTimeoutError, Page, PageStatus, ReadSettings
from ocrkit.pdf import WriteSettings
from ocrkit.testing import FakeEngine
from tests.conftest import encoded, pdf_of

MARKING = ReadSettings(keep_going=True, cpus=2)


class FailsOn:
    """Read like the fake engine, but fail on some pages."""

    def __init__(self, *indices, error=None):
        self.indices = indices
        self.error = error or EngineFailedError("fails-on", "as told")

    def read(self, image, /):
        if image.index in self.indices:
            raise self.error
        return FakeEngine(("fine",)).read(image)


def test_default_engine_reads_print(sample):
    document = ocrkit.read(sample)
    assert document.text == "Invoice 2048"
    assert document.engine == "ocrkit"
    assert document.pages[0].size == (900, 300)


def test_engine_by_name(fake_engine, sample):
    document = ocrkit.read(sample, "fake")
    assert document.text == "some fake words\nsecond line"
    assert document.engine == "fake"


def test_something_else_than_an_engine_is_refused(sample):
    with pytest.raises(TypeError, match="method read"):
        ocrkit.read(sample, 5)


@pytest.mark.parametrize("cpus", [1, 3])
def test_pages_come_in_order_whoever_is_first(cpus):
    class Slowing:
        def read(self, image, /):
            time.sleep(0.02 * (4 - image.index % 4))
            return FakeEngine().read(image)

    pages = ocrkit.read_iter(pdf_of(*"abcdefgh"), Slowing(), settings=ReadSettings(cpus=cpus, dpi=72))
    assert [page.index for page in pages] == list(range(8))


def test_only_as_many_pages_as_jobs_are_read_at_once():
    running, most, lock = [0], [0], threading.Lock()

    class Counting:
        def read(self, image, /):
            with lock:
                running[0] += 1
                most[0] = max(most[0], running[0])
            time.sleep(0.02)
            with lock:
                running[0] -= 1
            return FakeEngine().read(image)

    ocrkit.read(pdf_of(*"abcdefgh"), Counting(), settings=ReadSettings(cpus=2, dpi=72))
    assert most[0] == 2


def test_pages_are_loaded_only_a_few_ahead():
    loaded = []

    class Watching:
        def read(self, image, /):
            loaded.append(image.index)
            return FakeEngine().read(image)

    pages = ocrkit.read_iter(pdf_of(*"abcdefghij"), Watching(), settings=ReadSettings(cpus=2, dpi=72))
    next(pages)
    assert len(loaded) <= 4
    pages.close()


def test_failure_is_raised_by_default():
    with pytest.raises(EngineFailedError, match="as told"):
        ocrkit.read(pdf_of("a", "b"), FailsOn(1))


def test_failed_page_is_marked_if_asked():
    first, second, third = ocrkit.read(pdf_of("a", "b", "c"), FailsOn(1), settings=MARKING).pages
    assert (first.status, second.status, third.status) == (PageStatus.OK, PageStatus.FAILED, PageStatus.OK)
    assert second.error == "engine 'fails-on' failed: as told"
    assert second.lines == ()
    late = FailsOn(0, error=EngineTimeoutError("fails-on", 1.0))
    assert ocrkit.read(pdf_of("a", "b"), late, settings=MARKING).pages[0].status is PageStatus.TIMEOUT


def test_failure_of_every_page_is_raised_all_the_same():
    with pytest.raises(EngineFailedError):
        ocrkit.read(pdf_of("a", "b"), FailsOn(0, 1), settings=MARKING)


def test_other_errors_of_an_engine_are_never_swallowed(caplog):
    broken = FailsOn(0, error=ZeroDivisionError("oh"))
    with pytest.raises(ZeroDivisionError):
        ocrkit.read(pdf_of("a", "b"), broken)
    with caplog.at_level("DEBUG", "ocrkit"):
        first, second = ocrkit.read(pdf_of("a", "b"), broken, settings=MARKING).pages
    assert (first.status, second.status) == (PageStatus.FAILED, PageStatus.OK)
    assert "ZeroDivisionError: oh" in first.error
    assert caplog.records[0].exc_info[1] is broken.error
    with pytest.raises(EngineFailedError, match="ZeroDivisionError") as caught:
        ocrkit.read(pdf_of("a"), broken, settings=MARKING)
    assert caught.value.__cause__ is broken.error


def test_wrong_settings_are_refused():
    for wrong in ({"dpi": 1}, {"cpus": 0}, {"page_timeout": 0}, {"languages": ()}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            ReadSettings(**wrong)
    with pytest.raises(ValueError, match="regular expression"):
        ReadSettings(patterns=["["])
    with pytest.raises(TypeError, match="words"):
        ReadSettings(words=[1])


def test_our_engine_is_told_the_users_words_and_patterns():
    own = ReadSettings(words=["Qwxzy"], patterns=["INV-[0-9]{4}"])
    lexicon = ocrkit.load_engine("ocrkit", own.for_engine()).pipeline.wordinator.lexicon
    assert lexicon.owns("qwxzy,")
    assert lexicon.owns("INV-2041")


def test_picture_becomes_a_searchable_pdf(tmp_path, sample):
    source, target = tmp_path / "in.png", tmp_path / "out.pdf"
    source.write_bytes(encoded(sample, "PNG", dpi=(200, 200)))
    report = ocrkit.make_searchable(source, target)
    assert [page.words for page in report.pages] == [2]
    with pymupdf.open(target) as document:
        assert document[0].get_text().split() == ["Invoice", "2048"]
        assert document[0].rect.width == pytest.approx(900 / 200 * 72, abs=0.1)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.png", "out.pdf"]


def test_make_searchable_reports_every_page_as_it_is_read():
    seen = []
    out = io.BytesIO()
    ocrkit.make_searchable(
        pdf_of("", "", "text", ""), out, FakeEngine(), on_page=lambda page, count: seen.append((page.index, count))
    )
    assert seen == [(0, 3), (1, 3), (3, 3)]


def test_failed_pages_stay_as_they_are_and_are_reported():
    out = io.BytesIO()
    report = ocrkit.make_searchable(pdf_of("", "", ""), out, FailsOn(1), settings=MARKING)
    assert [page.action for page in report.pages] == ["added", "failed", "added"]
    assert "as told" in report.pages[1].error
    with pymupdf.open(stream=out.getvalue()) as document:
        assert [page.get_text().strip() for page in document] == ["fine", "", "fine"]


def test_destination_is_untouched_by_a_failure(tmp_path):
    target = tmp_path / "out.pdf"
    target.write_bytes(b"precious")
    for engine, error in ((FailsOn(0), EngineFailedError), (FailsOn(0, error=KeyboardInterrupt()), KeyboardInterrupt)):
        with pytest.raises(error):
            ocrkit.make_searchable(pdf_of("", ""), target, engine)
    assert target.read_bytes() == b"precious"
    assert [path.name for path in tmp_path.iterdir()] == ["out.pdf"]


def test_source_may_be_the_destination(tmp_path):
    path = tmp_path / "same.pdf"
    path.write_bytes(pdf_of(""))
    before = path.read_bytes()
    ocrkit.make_searchable(path, path, FakeEngine())
    assert path.read_bytes().startswith(before)
    assert len(path.read_bytes()) > len(before)


def test_password_of_reading_serves_for_writing():
    with pymupdf.open(stream=pdf_of("")) as document:
        locked = document.tobytes(encryption=pymupdf.PDF_ENCRYPT_AES_256, user_pw="user", owner_pw="owner")
    out = io.BytesIO()
    ocrkit.make_searchable(locked, out, FakeEngine(), settings=ReadSettings(password="owner"))
    with pymupdf.open(stream=out.getvalue()) as document:
        assert document.needs_pass
        assert document.authenticate("user")
        assert document[0].get_text().split() == ["fake", "text"]
    with pytest.raises(ocrkit.EncryptedPdfError, match="owner's password"):
        ocrkit.make_searchable(readable_only(), io.BytesIO(), FakeEngine(), writing=WriteSettings(password="user"))


def readable_only():
    with pymupdf.open(stream=pdf_of("")) as document:
        return document.tobytes(
            encryption=pymupdf.PDF_ENCRYPT_AES_256, user_pw="user", owner_pw="owner", permissions=pymupdf.PDF_PERM_PRINT
        )


def test_page_of_the_fake_engine_lies_in_the_callers_picture():
    page = ocrkit.read(np.zeros((100, 200), np.uint8), FakeEngine()).pages[0]
    assert isinstance(page, Page)
    assert all(0 <= v <= 200 for word in page.words for v in word.quad.bounds)


def test_arrays_and_lists_become_one_searchable_pdf(tmp_path, sample):
    out = io.BytesIO()
    ocrkit.make_searchable(sample, out, FakeEngine())
    with pymupdf.open(stream=out.getvalue()) as document:
        assert document[0].get_text().split() == ["fake", "text"]
    path, out = tmp_path / "two.pdf", io.BytesIO()
    path.write_bytes(pdf_of("", "visible"))
    report = ocrkit.make_searchable([sample, path, encoded(sample, "PNG")], out, FakeEngine())
    assert [page.action for page in report.pages] == ["added", "added", "skipped", "added"]
    with pymupdf.open(stream=out.getvalue()) as document:
        assert document[2].get_text().split() == ["visible"]


def test_on_page_is_called_with_the_number_of_pages(sample):
    seen = []
    ocrkit.read([sample] * 3, FakeEngine(), "2-", on_page=lambda page, count: seen.append((page.index, count)))
    assert seen == [(1, 2), (2, 2)]


def test_many_threads_may_read_and_write_pdfs_at_once():
    source = pdf_of("", "visible", "")

    def work(_):
        out = io.BytesIO()
        ocrkit.make_searchable(source, out, FakeEngine(), settings=ReadSettings(dpi=50))
        pages = ocrkit.read(out.getvalue(), FakeEngine(), settings=ReadSettings(dpi=50)).pages
        with pymupdf.open(stream=out.getvalue()) as document:
            return len(pages), [page.get_text().split() for page in document]

    with ThreadPoolExecutor(6) as pool:
        results = list(pool.map(work, range(24)))
    assert all(result == (3, [["fake", "text"], ["visible"], ["fake", "text"]]) for result in results)


@pytest.mark.parametrize(
    ("cpus", "pages", "threads"), [(3, 1, 3), (8, 1, 4), (8, 3, 2), (8, 8, 1), (2, 100, 1), (8, None, 1), (4, 0, 1)]
)
def test_processors_that_have_no_page_of_their_own_help_with_the_others(cpus, pages, threads):
    assert ReadSettings(cpus=cpus).for_engine(pages).threads == threads
