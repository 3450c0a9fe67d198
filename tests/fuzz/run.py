"""Fuzz one target: ``python -m tests.fuzz.run TARGET [libFuzzer's options]``; see ``docs/howto/fuzz.md``.

The corpus grows in ``.fuzz/TARGET``; what breaks something is written to ``.fuzz/`` as ``TARGET-crash-...``.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

KEPT = Path(__file__).parent / "corpus"
GROWING = Path(".fuzz")
WORDS = {
    "hocr": "ocr_page ocr_line ocrx_word bbox baseline poly x_wconf title= class= <span </span>",
    "page": "TextRegion TextLine Word Coords points= Baseline TextEquiv conf= Unicode <!DOCTYPE regionRef= custom=",
    "json": '"pages": "lines": "words": "quad": "cuts": "rotation": 1e999 NaN null [[ true',
    "pdf": "/Rotate /Contents /Kids /Parent /Resources BT ET Tr Tj TJ Do BI ID EI endobj stream",
    "image": "IHDR PLTE IDAT acTL VP8X VP8L Exif ftypheic ispe II* MM JFIF",
}


def main() -> None:
    import atheris  # not there where tests are merely collected
    import cv2

    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)

    with atheris.instrument_imports(include=["ocrkit"]):
        from tests.fuzz.targets import TARGETS
    name, *options = sys.argv[1:]
    GROWING.mkdir(exist_ok=True)
    (GROWING / name).mkdir(exist_ok=True)
    words = GROWING / f"{name}.words"
    words.write_text("".join(json.dumps(word) + "\n" for word in WORDS[name].split()))
    usual = [
        f"-dict={words}",
        f"-artifact_prefix={GROWING}/{name}-",
        "-timeout=30",
        "-rss_limit_mb=4096",
        "-close_fd_mask=1",
    ]
    atheris.Setup([sys.argv[0], *usual, *options, str(GROWING / name), str(KEPT / name)], TARGETS[name])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
