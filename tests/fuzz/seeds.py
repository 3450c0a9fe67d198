"""Small files of every kind, to begin with: ``python -m tests.fuzz.seeds FOLDER`` writes a folder for each target."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from pathlib import Path

import attrs
import numpy as np
from PIL import Image

from ocrkit import Document
from ocrkit.export import hocr, json, pagexml
from ocrkit.pdf import WriteSettings, add_text_layer
from ocrkit.testing import FakeEngine, draw_page
from tests.conftest import encoded, pdf_of
from tests.export.documents import two_columns
from tests.test_hostile import page_pdf, shared_forms, stream


def images() -> Iterator[bytes]:
    import pillow_heif

    grey = draw_page("a", width=40, height=24).pixels[..., 0]
    colour = np.dstack([grey, 255 - grey, grey])
    for form in ("PNG", "JPEG", "TIFF", "WEBP", "BMP"):
        yield encoded(grey, form)
        yield encoded(colour, form)
    for mode, form in (("1", "PNG"), ("P", "PNG"), ("LA", "PNG"), ("RGBA", "WEBP"), ("1", "TIFF"), ("CMYK", "JPEG")):
        yield _saved(Image.fromarray(grey).convert(mode), form)
    exif = Image.Exif()
    exif[274] = 6
    yield _saved(Image.fromarray(colour), "JPEG", exif=exif, dpi=(300, 300))
    pages = [Image.fromarray(grey), Image.fromarray(grey[:8])]
    yield _saved(pages[0], "TIFF", save_all=True, append_images=pages[1:])
    for compression in ("group4", "tiff_lzw", "jpeg", "packbits", "tiff_deflate"):
        picture = pages[0].convert("1") if compression == "group4" else pages[0]
        yield _saved(picture, "TIFF", compression=compression)
    pillow_heif.register_heif_opener()
    yield _saved(Image.fromarray(np.kron(colour, np.ones((2, 2, 1), np.uint8))), "HEIF", quality=30)


def _saved(picture: Image.Image, form: str, **options: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, form, **options)
    return out.getvalue()


def pdfs() -> Iterator[bytes]:
    yield pdf_of("text", "")
    yield shared_forms()
    yield page_pdf("/Rotate 90/UserUnit 2/CropBox[10 10 200 100]")
    fonts = "/Resources<</Font<</H<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>"
    for text in (
        "BT 3 Tr /H 12 Tf 20 20 Td [(old) -100 (hid)] TJ ET 1 0 0 rg 50 50 200 100 re f",
        "q BI /W 2 /H 2 /BPC 8 /CS /G ID abcd EI Q BT /H 9 Tf (a\\051\\n) ' <4142> Tj ET",
    ):
        yield page_pdf(f"{fonts}/Contents 4 0 R", stream(text))
    document = FakeEngine().read(draw_page("", 300, 200))
    add_text_layer(pdf_of(""), Document(pages=[document]), out := io.BytesIO(), settings=WriteSettings())
    yield out.getvalue()


def texts() -> dict[str, list[bytes]]:
    document = two_columns()
    one = attrs.evolve(document, pages=document.pages[:1])
    return {
        "hocr": [hocr.dumps(document, image="a.png").encode()],
        "page": [pagexml.dumps(one, image="a.png").encode()],
        "json": [json.dumps(document).encode(), json.dumps(one, indent=1).encode()],
    }


def main(folder: Path) -> None:
    for target, seeds in {"image": images(), "pdf": pdfs(), **texts()}.items():
        (folder / target).mkdir(parents=True, exist_ok=True)
        for number, data in enumerate(seeds):
            (folder / target / f"seed-{number:02}").write_bytes(data)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
