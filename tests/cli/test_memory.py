"""Memory does not grow with the number of pages."""

import os
import subprocess
import sys

import numpy as np
import pymupdf

from ocrkit.image import read_header
from ocrkit.pdf.embed import pictures_to_pdf
from tests.cli.test_cli import plugin  # noqa: F401 (a fixture)
from tests.conftest import encoded


def scan(pages):
    """Return a PDF of so many scanned pages, each with a picture of its own."""
    pixels = np.random.default_rng(0).integers(200, 255, (1650, 1275), dtype=np.uint8)
    with pymupdf.open() as whole:
        for number in range(pages):
            pixels[:100] = number % 250
            data = encoded(pixels, "JPEG", quality=30, dpi=(150, 150))
            with pymupdf.open(stream=pictures_to_pdf(data, read_header(data), "page")) as one:
                whole.insert_pdf(one)
        return whole.tobytes()


def peak(command, environment):
    """Run a command; return the largest resident size of its process in MiB."""
    code = (
        "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True); "
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *command], capture_output=True, text=True, check=True, env=environment
    )
    return int(done.stdout.split()[-1])


def test_five_hundred_pages_take_the_memory_of_five(tmp_path, plugin):  # noqa: F811
    sizes = {}
    for pages in (5, 50, 500):
        source, target = tmp_path / f"{pages}.pdf", tmp_path / f"{pages}-out.pdf"
        source.write_bytes(scan(pages))
        command = [sys.executable, "-m", "ocrkit", "pdf", "-e", "fake", "-j", "2", str(source), str(target)]
        sizes[pages] = peak(command, os.environ | plugin)
        with pymupdf.open(target) as document:
            assert document.page_count == pages
            assert document[pages - 1].get_text().split() == ["fake", "text"]
    assert max(sizes.values()) <= 1.1 * min(sizes.values()), sizes
    print(sizes)
