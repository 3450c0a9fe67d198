"""Documents to write out, drawn by hypothesis, and one read from a page."""

from hypothesis import strategies as st

from ocrkit import Document, Line, Page, Quad, Rotation, Word

TEXTS = st.text(min_size=1, max_size=12).filter(lambda t: t.split() == [t]).filter(lambda t: t.isprintable())


def word(text, left, top, right, bottom, confidence=0.875):
    return Word(text=text, quad=Quad.from_bounds(left, top, right, bottom), confidence=confidence)


def two_columns():
    """Two columns of two lines, the second column smaller; a page without text."""
    left = [Line(words=[word("Dear", 10, y, 60, y + 20), word("<&>", 70, y, 110, y + 20)]) for y in (10, 40)]
    right = [Line(words=[word('"b"', 300, y, 350, y + 12)]) for y in (10, 28)]
    page = Page(lines=[*left, *right], size=(400, 300), dpi=(300, 300), rotation=Rotation(confidence=0.5))
    return Document(pages=[page, Page(size=(200, 100), index=4)], engine="my-engine")


@st.composite
def documents(draw):
    pages = []
    for _ in range(draw(st.integers(1, 3))):
        lines = []
        for _ in range(draw(st.integers(0, 4))):
            x, y = draw(st.integers(0, 500)), draw(st.integers(0, 700))
            texts = draw(st.lists(TEXTS, min_size=1, max_size=4))
            boxes = [
                (text, x + 40 * n, y, x + 40 * n + 30, y + draw(st.integers(5, 30))) for n, text in enumerate(texts)
            ]
            lines.append(Line(words=[word(*box, confidence=draw(st.integers(0, 100)) / 100) for box in boxes]))
        pages.append(Page(lines=lines, size=(800, 1000), index=draw(st.integers(0, 99))))
    return Document(pages=pages, engine=draw(st.sampled_from(["", "ocrkit", "tesseract"])))
