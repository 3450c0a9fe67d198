import os
import subprocess
import sys
import threading

import pytest

from ocrkit import litert


def test_the_first_use_says_nothing_on_standard_error():
    code = "import numpy as np; from ocrkit.detect.textmap import TextMap; TextMap()(np.zeros((64, 64), np.uint8))"
    assert subprocess.run([sys.executable, "-c", code], check=True, capture_output=True).stderr == b""


def test_what_others_write_meanwhile_is_kept():
    code = """
import os
from ocrkit import litert
with litert._without_notice():
    os.write(2, b"INFO: Created TensorFlow Lite XNNPACK delegate for CPU.\\nsomething else\\n")
os.write(2, b"after\\n")
"""
    assert subprocess.run([sys.executable, "-c", code], check=True, capture_output=True).stderr == (
        b"something else\nafter\n"
    )


def test_an_error_within_leaves_standard_error_as_it_was():
    code = """
import os
from ocrkit import litert
try:
    with litert._without_notice():
        raise KeyError
except KeyError:
    os.write(2, b"here\\n")
"""
    assert subprocess.run([sys.executable, "-c", code], check=True, capture_output=True).stderr == b"here\n"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_child_forked_meanwhile_can_go_on():
    code = """
import os, threading, time
from ocrkit import litert
inside, done = threading.Event(), threading.Event()
def hold():
    with litert._without_notice():
        inside.set(); done.wait(5)
thread = threading.Thread(target=hold); thread.start(); inside.wait(5)
child = os.fork()
if not child:
    with litert._without_notice():
        pass
    os.write(2, b"child\\n"); os._exit(0)
assert os.waitpid(child, 0)[1] == 0
done.set(); thread.join()
"""
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, timeout=20)
    assert (done.returncode, done.stderr) == (0, b"child\n")


def test_interpreters_are_used_again():
    class Pool(litert.Interpreters):
        made = 0

        def _made(self):
            self.made += 1
            return object()

    pool = Pool(b"")
    with pool.borrowed() as one, pool.borrowed() as two:
        assert one is not two
    with pool.borrowed():
        pass
    assert pool.made == 2
    threads = [threading.Thread(target=lambda: pool.borrowed().__enter__()) for _ in range(2)]
    for thread in threads:
        thread.start()
        thread.join()
    assert pool.made == 2
