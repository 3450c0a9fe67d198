import shutil
import subprocess
import sys
import textwrap

import pytest

PROGRAM = """
    import io, socket, sys
    from pathlib import Path
    assert [name for _, name in socket.if_nameindex()] == ["lo"]
    def refuse(event, arguments):
        if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname"):
            raise AssertionError((event, arguments))
    sys.addaudithook(refuse)
    import ocrkit
    from ocrkit.testing import draw_page
    pixels = draw_page("Invoice 2048").pixels
    assert ocrkit.read(pixels).text == "Invoice 2048"
    ocrkit.make_searchable(pixels, io.BytesIO())
    assert ocrkit.read(pixels, "tesseract").text == "Invoice 2048"
"""


def test_everything_works_without_a_network(tmp_path):
    """In a network namespace without interfaces, and with a home that holds nothing."""
    unshare = [shutil.which("unshare") or "unshare", "--net", "--map-root-user"]
    if subprocess.run([*unshare, "true"], check=False, capture_output=True).returncode:
        pytest.skip("this system allows no network namespaces")
    command = [*unshare, sys.executable, "-c", textwrap.dedent(PROGRAM)]
    environment = {"HOME": str(tmp_path), "PATH": "/usr/local/bin:/usr/bin:/bin"}
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=120, env=environment)
    assert done.returncode == 0, done.stderr
    assert list(tmp_path.iterdir()) == []
