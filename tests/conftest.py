"""Fixtures that several tests share: drawn pictures, small PDFs, and a fake engine under a name."""

from __future__ import annotations

import io

import numpy as np
import pymupdf
import pytest
from hypothesis import settings
from PIL import Image

from ocrkit import plugins
from ocrkit.hookspecs import hookimpl
from ocrkit.spec import EngineEntry
from ocrkit.testing import FakeEngine, draw_page

settings.register_profile("ocrkit", deadline=None)  # timing never decides a test
settings.load_profile("ocrkit")


def encoded(pixels: np.ndarray, form: str, **options) -> bytes:
    """Encode pixels with Pillow, an encoder that is not the library's own."""
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, form, **options)
    return out.getvalue()


def pdf_of(*texts: str, size: tuple[int, int] = (300, 200)) -> bytes:
    """Return a PDF with a page for each text; an empty text gives a page with a drawing alone."""
    with pymupdf.open() as document:
        for text in texts:
            page = document.new_page(width=size[0], height=size[1])
            page.draw_rect((20, 20, 60, 60), fill=(0.5, 0.7, 0.9))
            if text:
                page.insert_text((30, 100), text)
        return document.tobytes()


@pytest.fixture
def sample() -> np.ndarray:
    """Return RGB pixels of a drawn line of print."""
    return draw_page("Invoice 2048").pixels


@pytest.fixture
def fake_engine(monkeypatch):
    """Register a `FakeEngine` as 'fake' for one test; yields the engine."""
    engine = FakeEngine(("some fake words", "second line"))

    class Plugin:
        @staticmethod
        @hookimpl
        def ocrkit_engines():
            return [EngineEntry("fake", lambda settings: engine, "reads what it likes")]

    manager = plugins.manager()
    manager.register(Plugin, "fake-plugin")
    yield engine
    manager.unregister(name="fake-plugin")
