"""What the recognizer costs: seconds to import and load it, memory, and windows of 32 x 128 a second.

    python benchmarks/footprint.py [--threads 2] [--model FILE] [--rounds 5]

Every round is a process of its own; the least time and memory count, since whatever else the machine does only adds.
Memory is the resident set of the whole process: ``loaded`` with the model, ``read`` after windows of every width, with
both nets and the interpreters that were made at the first. How many windows are doubtful, and looked at again, depends
on the page: the first rate is of windows that no second look is taken at, the other of those that all get one.
"""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import sys
from datetime import date
from pathlib import Path

from ocrkit.processors import available_processors

_WINDOWS = 512

_PROBE = """
import json, sys, time
def resident():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS")) / 1024
started = time.perf_counter()
from ocrkit.recognize import CrnnRecognizer, RecognizerSettings
imported = time.perf_counter()
threads, model = int(sys.argv[1]), sys.argv[2] or None
settings = dict(threads=threads, model=model and __import__("pathlib").Path(model))
recognizer = CrnnRecognizer(RecognizerSettings(**settings, doubt=1.0, doubt_text=1.0))
loaded, memory = time.perf_counter(), resident()
import cv2
import numpy as np
def windows(width, many):
    return [cv2.putText(np.full((32, width), 255, np.uint8), "8512047396", (2, 26), 0, 0.8, 0) for _ in range(many)]
for width in range(recognizer.facts.column, recognizer.facts.widest + 1, recognizer.facts.column):
    recognizer.read(windows(width, 16 * threads))  # enough for all threads, and every window is looked at again
after = resident()
def rate(**look):
    once = CrnnRecognizer(RecognizerSettings(**settings, **look))
    once.read(windows(128, 8 * threads))
    batch = windows(128, int(sys.argv[3]))
    begun = time.perf_counter()
    once.read(batch)
    return len(batch) / (time.perf_counter() - begun)
print(json.dumps({"import s": imported - started, "load s": loaded - imported, "import and load s": loaded - started,
    "loaded MB": memory, "read MB": after, "windows/s": rate(shifts=(), beam=1, wider=1),
    "looked at again, windows/s": rate(doubt=1.0, doubt_text=1.0, beam=1, wider=1)}))
"""


def probe(threads: int, model: Path | None) -> dict[str, float]:
    """Measure one fresh process."""
    command = [sys.executable, "-c", _PROBE, str(threads), str(model or ""), str(_WINDOWS)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    result: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return result


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=available_processors())
    parser.add_argument("--model", type=Path, help="another model than the shipped one")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args(arguments)
    print(f"{date.today()}, {platform.machine()}, {available_processors()} processors, {options.threads} threads")
    rounds = [probe(options.threads, options.model) for _ in range(options.rounds)]
    for name in rounds[0]:
        best = (max if name.endswith("windows/s") else min)(result[name] for result in rounds)
        print(f"{name:28} {best:8.2f}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
