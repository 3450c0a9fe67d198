"""Pages side by side: deadlines, cancelling, and the budget of processors."""

import asyncio
import gc
import io
import os
import subprocess
import sys
import textwrap
import threading
import time
import weakref
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import ocrkit
from ocrkit import EngineFailedError, EngineTimeoutError, PageStatus, ReadCancelledError, ReadSettings
from ocrkit.processors import _quotas, available_processors
from ocrkit.testing import FakeEngine
from tests.conftest import encoded, pdf_of


class HangsOn:
    """Read like the fake engine, but hang on some pages until `release`."""

    def __init__(self, *indices):
        self.indices = indices
        self.release = threading.Event()
        self.tried = []

    def read(self, image, /):
        self.tried.append(image.index)
        if image.index in self.indices:
            self.release.wait(60)
        return FakeEngine(("fine",)).read(image)


@pytest.fixture
def short_grace(monkeypatch):
    monkeypatch.setattr("ocrkit.reading._GRACE", 0.2)


def statuses(document):
    return [page.status.value for page in document.pages]


def test_engine_that_hangs_costs_its_page_alone(short_grace):
    engine = HangsOn(1)
    settings = ReadSettings(page_timeout=0.2, keep_going=True, cpus=2, dpi=72)
    document = ocrkit.read(pdf_of(*"abcd"), engine, settings=settings)
    engine.release.set()
    assert statuses(document) == ["ok", "timeout", "ok", "ok"]
    assert "--page-timeout" in document.pages[1].error
    out = io.BytesIO()
    engine.release.clear()
    report = ocrkit.make_searchable(pdf_of("", "", ""), out, engine, settings=settings)
    engine.release.set()
    assert [page.action for page in report.pages] == ["added", "failed", "added"]


def test_engine_that_always_hangs_ends_the_document(short_grace):
    engine = HangsOn(*range(9))
    settings = ReadSettings(page_timeout=0.2, keep_going=True, cpus=2, dpi=72)
    started = time.monotonic()
    with pytest.raises(EngineFailedError):
        ocrkit.read(pdf_of(*"abcdefghi"), engine, settings=settings)
    assert time.monotonic() - started < 20
    assert len(engine.tried) <= 2 * settings.cpus + 1  # no more threads are lost to it
    engine.release.set()


@pytest.mark.parametrize("cpus", [1, 2])
def test_engine_that_is_slow_now_and_then_costs_those_pages_alone(short_grace, cpus):
    class Slow:
        def read(self, image, /):
            time.sleep(0.8 if image.index in (0, 3) else 0)
            return FakeEngine(("fine",)).read(image)

    settings = ReadSettings(page_timeout=0.2, keep_going=True, cpus=cpus, dpi=72)
    found = statuses(ocrkit.read(pdf_of(*"abcdef"), Slow(), settings=settings))
    assert found == ["timeout", "ok", "ok", "timeout", "ok", "ok"]


def test_failed_pages_leave_no_pixels_behind():
    class Fails:
        def read(self, image, /):
            references.append(weakref.ref(image))
            if image.index:
                raise EngineFailedError("fails", "as told")
            return FakeEngine().read(image)

    references = []
    gc.disable()
    try:
        document = ocrkit.read(pdf_of(*"abcd"), Fails(), settings=ReadSettings(keep_going=True, cpus=1, dpi=72))
        assert statuses(document) == ["ok", "failed", "failed", "failed"]
        assert [reference() for reference in references] == [None] * 4
    finally:
        gc.enable()


def test_engine_that_gives_no_page_costs_that_page_alone():
    class Odd:
        def read(self, image, /):
            return None if image.index == 1 else FakeEngine().read(image)

    document = ocrkit.read(pdf_of(*"abc"), Odd(), settings=ReadSettings(keep_going=True, dpi=72))
    assert statuses(document) == ["ok", "failed", "ok"]
    assert "gives a Page" in document.pages[1].error


def test_page_that_cannot_be_looked_at_is_marked_in_the_searchable_pdf():
    source = (Path(__file__).parent / "fuzz" / "corpus" / "pdf" / "found-fewer-pages").read_bytes()
    report = ocrkit.make_searchable(source, io.BytesIO(), FakeEngine(), settings=ReadSettings(keep_going=True, dpi=72))
    assert [page.action for page in report.pages][:2] == ["added", "failed"]


def test_closing_a_cancelled_reading_is_silent():
    token = threading.Event()
    pages = ocrkit.read_iter(pdf_of(*"abcd"), FakeEngine(), settings=ReadSettings(cancel=token, cpus=1, dpi=72))
    next(pages)
    token.set()
    pages.close()


@pytest.mark.parametrize("wrong", [True, threading.Event().is_set])
def test_token_that_cannot_be_asked_is_refused(wrong):
    with pytest.raises(TypeError, match="is_set"):
        ReadSettings(cancel=wrong)


def test_hanging_is_an_error_unless_pages_are_marked(short_grace):
    engine = HangsOn(0)
    with pytest.raises(EngineTimeoutError):
        ocrkit.read(pdf_of("a"), engine, settings=ReadSettings(page_timeout=0.2))
    engine.release.set()


def test_python_ends_though_an_engine_hangs():
    program = """
        import time, ocrkit
        from tests.conftest import pdf_of
        class Hangs:
            def read(self, image, /):
                time.sleep(300)
        try:
            ocrkit.read(pdf_of("a"), Hangs(), settings=ocrkit.ReadSettings(page_timeout=0.1))
        except ocrkit.EngineTimeoutError:
            print("late")
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(program)], capture_output=True, timeout=60, check=True)
    assert done.stdout == b"late\n"


def test_page_that_cannot_be_loaded_costs_itself_alone(monkeypatch):
    from ocrkit.pdf.pages import PdfPages

    load = PdfPages.load

    def breaks(self, index):
        if index == 1:
            raise ocrkit.UnreadablePdfError("it", "page 2 cannot be drawn")
        return load(self, index)

    monkeypatch.setattr(PdfPages, "load", breaks)
    settings = ReadSettings(keep_going=True, dpi=72)
    document = ocrkit.read(pdf_of(*"abc"), FakeEngine(), settings=settings)
    assert statuses(document) == ["ok", "failed", "ok"]
    assert [page.index for page in document.pages] == [0, 1, 2]
    with pytest.raises(ocrkit.UnreadablePdfError):
        ocrkit.read(pdf_of(*"abc"), FakeEngine(), settings=ReadSettings(dpi=72))


def test_cancelling_ends_reading_and_writes_nothing(tmp_path):
    engine, token = HangsOn(2), threading.Event()
    settings = ReadSettings(cancel=token, cpus=1, dpi=72, keep_going=True)
    seen = []

    def on_page(page, count):
        seen.append(page.index)
        if page.index == 1:
            threading.Timer(0.1, token.set).start()

    target = tmp_path / "out.pdf"
    with pytest.raises(ReadCancelledError, match="again"):
        ocrkit.make_searchable(pdf_of(*[""] * 5), target, engine, settings=settings, on_page=on_page)
    engine.release.set()
    assert seen == [0, 1]
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(ReadCancelledError):
        ocrkit.read(pdf_of("a"), FakeEngine(), settings=settings)


def test_async_reading_lets_the_loop_go_on(sample):
    async def work():
        ticks, seen = 0, []
        reading = asyncio.create_task(ocrkit.aread(sample, on_page=lambda page, count: seen.append((page, count))))
        while not reading.done():
            ticks += 1
            await asyncio.sleep(0.001)
        return await reading, ticks, seen

    document, ticks, seen = asyncio.run(work())
    assert document.text == "Invoice 2048"
    assert ticks > 3
    assert seen == [(document.pages[0], 1)]


def test_async_reading_can_be_cancelled():
    engine = HangsOn(1)

    async def work():
        reading = asyncio.create_task(
            ocrkit.aread(pdf_of(*"abcdef"), engine, settings=ReadSettings(cpus=1, dpi=72, cancel=threading.Event()))
        )
        while 1 not in engine.tried:
            await asyncio.sleep(0.01)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading
        engine.release.set()

    asyncio.run(work())  # which waits for its threads
    assert engine.tried == [0, 1]


@pytest.mark.parametrize(("cpus", "pages", "most"), [(1, 12, 1), (3, 12, 3), (1, 1, 1), (3, 1, 4)])
def test_no_more_threads_read_than_the_budget_allows(cpus, pages, most):
    """Count the threads of a process of its own, LiteRT's too. A page's helpers have one that waits for them."""
    program = f"""
        import os, threading, cv2, numpy as np, ocrkit
        from ocrkit.testing import draw_page
        cv2.setNumThreads(1)
        page = draw_page("Invoice 2048").pixels
        settings = ocrkit.ReadSettings(cpus={cpus})
        before, most, over = len(os.listdir("/proc/self/task")), 0, threading.Event()
        def watch():
            global most
            while not over.wait(0.001):
                most = max(most, len(os.listdir("/proc/self/task")) - 1)
        watcher = threading.Thread(target=watch)
        watcher.start()
        ocrkit.read([page] * {pages}, settings=settings)
        over.set()
        watcher.join()
        print(most - before)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(program)], capture_output=True, timeout=120, check=True
    )
    assert 1 <= int(done.stdout) <= most


def test_budget_heeds_affinity():
    program = "import os; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))}); import ocrkit; "
    program += "print(ocrkit.ReadSettings().budget)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, timeout=60, check=True)
    assert done.stdout == b"1\n"
    assert available_processors() <= os.cpu_count()


@pytest.mark.parametrize(
    ("files", "membership", "quotas"),
    [
        ({"a/b/cpu.max": "150000 100000\n", "a/cpu.max": "400000 100000"}, "0::/a/b\n", [1.5, 4]),
        ({"cpu.max": "200000 100000"}, "0::/not/here\n", [2]),
        ({"a/cpu.max": "max 100000"}, "0::/a\n", []),
        ({"cpu/d/cpu.cfs_quota_us": "50000", "cpu/d/cpu.cfs_period_us": "100000"}, "4:cpu,cpuacct:/d\n", [0.5]),
        ({"cpu/cpu.cfs_quota_us": "-1", "cpu/cpu.cfs_period_us": "100000"}, "4:cpu:/\n3:memory:/\n", []),
        ({"cpu.max": "nonsense"}, "0::/\n\nnonsense\n", []),
        ({}, None, []),
    ],
)
def test_budget_heeds_control_groups(tmp_path, files, membership, quotas):
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    if membership is not None:
        (tmp_path / "membership").write_text(membership)
    assert list(_quotas(tmp_path, tmp_path / "membership")) == quotas


def test_host_process_stays_as_it_was(tmp_path):
    (tmp_path / "page.pdf").write_bytes(pdf_of("", ""))
    program = f"""
        import io, locale, logging, os, signal, threading, warnings
        import cv2
        from PIL import Image
        def state():
            return (
                dict(os.environ), os.getcwd(), os.umask(os.umask(0o22)), locale.setlocale(locale.LC_ALL),
                logging.root.level, list(logging.root.handlers), logging.raiseExceptions,
                cv2.getNumThreads(), cv2.useOptimized(), cv2.utils.logging.getLogLevel(),
                Image.MAX_IMAGE_PIXELS, warnings.filters[:], signal.getsignal(signal.SIGTERM),
            )
        before = state()
        import ocrkit
        for engine in (None, "tesseract"):
            ocrkit.read({str(tmp_path / "page.pdf")!r}, engine)
            ocrkit.make_searchable({str(tmp_path / "page.pdf")!r}, io.BytesIO(), engine)
        assert state() == before
        assert threading.active_count() == 1, threading.enumerate()
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(program)], timeout=120, check=True)


def test_many_threads_read_at_once(sample):
    picture, pdf = encoded(sample, "PNG"), pdf_of("", "some text", "")
    engine = ocrkit.load_engine("ocrkit")
    settings = ReadSettings(cpus=1, dpi=100)

    def work(number):
        if number % 3 == 0:
            return ocrkit.read(picture, engine, settings=settings).text
        if number % 3 == 1:
            return ocrkit.read(pdf, engine, settings=settings).text
        out = io.BytesIO()
        ocrkit.make_searchable(pdf, out, engine, settings=settings)
        return len(out.getvalue())

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(work, range(30)))
    for kind in range(3):
        assert len({*results[kind::3]}) == 1
    assert results[0] == "Invoice 2048"


def test_marked_pages_are_of_the_pictures_size(short_grace):
    engine = HangsOn(0)
    settings = ReadSettings(page_timeout=0.2, keep_going=True, dpi=72)
    page = ocrkit.read(pdf_of("a", "b"), engine, settings=settings).pages[0]
    engine.release.set()
    assert (page.size, page.dpi, page.status) == ((300, 200), (72, 72), PageStatus.TIMEOUT)
