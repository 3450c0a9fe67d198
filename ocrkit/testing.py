"""For authors of plugins and of programs: a fake engine, and the contract that every engine keeps.

Run the contract on your engine with pytest::

    from ocrkit.testing import EngineContract

    class TestMyEngine(EngineContract):
        def make_engine(self):
            return MyEngine()
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import attrs
import cv2
import numpy as np

from ocrkit.checks import as_names
from ocrkit.document import Document, Line, Page, Word
from ocrkit.export import json as export_json
from ocrkit.geometry import Homography, Quad
from ocrkit.image import PageImage
from ocrkit.spec import OcrEngine


@attrs.frozen
class FakeEngine:
    """Return the same lines for every page, spread evenly down it.

    Parameters
    ----------
    lines : tuple of str
        What to "read". No lines: every page is empty.
    confidence : float
        Of every word.

    Examples
    --------
    >>> image = PageImage(pixels=np.zeros((100, 300), np.uint8))
    >>> FakeEngine(("two words",)).read(image).text
    'two words'
    """

    lines: tuple[str, ...] = attrs.field(default=("fake text",), converter=as_names)
    confidence: float = 1.0

    def read(self, image: PageImage, /) -> Page:
        """Pretend to read; see `ocrkit.spec.OcrEngine.read`."""
        step = image.height / (len(self.lines) + 1)
        lines = [self._line(text, (row + 0.5) * step, step / 2, image) for row, text in enumerate(self.lines)]
        return Page(
            lines=[line.mapped(image.to_caller) for line in lines],
            size=image.caller_size,
            dpi=image.dpi,
            index=image.index,
        )

    def _line(self, text: str, top: float, height: float, image: PageImage) -> Line:
        words = text.split()
        cell = image.width / max(len(text), 1)
        starts = [0]
        for word in words:
            starts.append(starts[-1] + len(word) + 1)
        return Line(
            words=[
                Word(
                    text=word,
                    quad=Quad.from_bounds(start * cell, top, (start + len(word)) * cell, top + height),
                    confidence=self.confidence,
                )
                for word, start in zip(words, starts, strict=False)
            ]
        )


def draw_page(words: str, height: int = 300, width: int = 900) -> PageImage:
    """Draw a line of black print on white, for tests.

    Parameters
    ----------
    words : str
        ASCII text.
    height, width : int
        Size of the page in pixels.

    Returns
    -------
    PageImage
        RGB, said to be 200 dpi.
    """
    pixels = np.full((height, width, 3), 255, np.uint8)
    cv2.putText(pixels, words, (40, height // 2), cv2.FONT_HERSHEY_COMPLEX, 1.6, (0, 0, 0), 3, cv2.LINE_AA)
    return PageImage(pixels=pixels, dpi=(200.0, 200.0))


class EngineContract:
    """What every engine must do. Derive from it in a test module and say how to make yours."""

    sample = "Invoice 2048"
    """A line of print that the engine can read."""

    reads = True
    """Whether the engine really reads; False for doubles."""

    def make_engine(self) -> OcrEngine:
        """Return the engine to test."""
        raise NotImplementedError

    def test_is_an_engine(self) -> None:
        assert isinstance(self.make_engine(), OcrEngine)

    def test_reads_plain_print(self) -> None:
        if self.reads:
            assert self.sample in self.make_engine().read(draw_page(self.sample)).text

    def test_words_lie_where_the_print_is(self) -> None:
        image = draw_page(self.sample)
        rows, columns = np.nonzero(image.pixels.min(axis=2) < 128)
        for word in self.make_engine().read(image).words:
            left, top, right, bottom = word.quad.bounds
            if self.reads:
                assert columns.min() - 20 <= left < right <= columns.max() + 20
                assert rows.min() - 20 <= top < bottom <= rows.max() + 20

    def test_page_has_the_size_resolution_and_index_of_the_image(self) -> None:
        image = attrs.evolve(draw_page(self.sample), index=3)
        page = self.make_engine().read(image)
        assert (page.size, page.dpi, page.index) == (image.caller_size, image.dpi, 3)

    def test_coordinates_are_in_the_callers_picture(self) -> None:
        engine, image = self.make_engine(), draw_page(self.sample)
        double = attrs.evolve(image, to_caller=Homography.scaling(2.0), caller_size=(2 * image.width, 2 * image.height))
        plain, mapped = engine.read(image), engine.read(double)
        assert mapped.size == double.caller_size
        for one, two in zip(plain.words, mapped.words, strict=True):
            np.testing.assert_allclose(np.array(two.quad.points), 2 * np.array(one.quad.points), atol=0.5)

    def test_grey_and_colour_give_the_same_words(self) -> None:
        engine, image = self.make_engine(), draw_page(self.sample)
        grey = attrs.evolve(image, pixels=image.pixels[..., 0])
        assert engine.read(grey).text == engine.read(image).text

    def test_blank_page_has_no_lines(self) -> None:
        if self.reads:
            blank = PageImage(pixels=np.full((300, 900), 255, np.uint8))
            assert self.make_engine().read(blank).lines == ()

    def test_smallest_page_is_read(self) -> None:
        tiny = PageImage(pixels=np.full((1, 1), 255, np.uint8))
        assert self.make_engine().read(tiny).size == (1, 1)

    def test_picture_is_left_alone(self) -> None:
        image = draw_page(self.sample)
        before = image.pixels.copy()
        self.make_engine().read(image)
        np.testing.assert_array_equal(image.pixels, before)

    def test_reading_twice_gives_the_same(self) -> None:
        engine, image = self.make_engine(), draw_page(self.sample)
        assert engine.read(image) == engine.read(image)

    def test_threads_get_their_own_pages(self) -> None:
        engine = self.make_engine()
        images = [attrs.evolve(draw_page(self.sample), index=i) for i in range(4)]
        with ThreadPoolExecutor(4) as pool:
            pages = list(pool.map(engine.read, images))
        assert [page.index for page in pages] == [0, 1, 2, 3]
        assert len({page.text for page in pages}) == 1

    def test_result_survives_json(self) -> None:
        document = Document(pages=[self.make_engine().read(draw_page(self.sample))])
        assert export_json.loads(export_json.dumps(document)) == document
