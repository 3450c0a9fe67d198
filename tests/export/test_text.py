from ocrkit import Document, Page
from ocrkit.export import text
from ocrkit.testing import FakeEngine, draw_page


def test_lines_end_and_pages_are_kept_apart():
    page = FakeEngine(("one line", "another")).read(draw_page(""))
    blank = Page(size=(10, 10))
    assert text.dumps(Document(pages=[page])) == "one line\nanother\n"
    assert text.dumps(Document(pages=[page, blank, page])) == "one line\nanother\n\f\fone line\nanother\n"
    assert text.dumps(Document(pages=[blank])) == ""
