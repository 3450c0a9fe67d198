"""How many words recognizers read right when somebody else has found them, and how fast.

    python benchmarks/words.py ocrkit tesseract rapidocr --data ../shared/data/eval
    python benchmarks/words.py ocrkit tesseract rapidocr --work WORK --train-data ../shared/data/train

Every recognizer gets the same crops, cut by the true boxes and grown by a little paper (`_GROWTH`). Single Word
Accuracy (SWA) is the share of true words that are read right, which is recall too: a crop's text must equal the truth.
Receipts' crops are lines, where words are compared one by one in order (longest common subsequence), case folded.
Precision is the share of the words read that are right. What looks the same is counted the same: typographic twins
are folded, as `ocrkit.recognize.alphabet` does.

The second command draws windows in faces that no net has learnt from, at the hardest settings of the recipe
(`ocrkit.train.synth.HARD`), of one to six words, which are compared one by one as well, with their case.

Speeds are windows a second over all crops of a set, everything included but decoding the pages; one thread a processor.
"""

from __future__ import annotations

import argparse
import itertools
import json
import platform
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path

import attrs
import cv2
import numpy as np
import numpy.typing as npt

from ocrkit.evaluate import Counts
from ocrkit.processors import available_processors
from ocrkit.recognize.alphabet import ALPHABET

Crop = npt.NDArray[np.uint8]  # (H, W, 3), RGB
Recognize = Callable[[Sequence[Crop]], list[str]]

SETS = ("documents", "document_photos", "scanned_docs", "receipts")
DRAWN = "held_out_faces"
LINES = {"receipts", DRAWN}  # their items are of several words
FOLDED = {"receipts"}  # written down in capitals, whatever the print
_GROWTH = 0.12  # of the height, on every side


@attrs.frozen
class Item:
    """A crop and what it says."""

    crop: Crop
    text: str
    where: str


def items_of(folder: Path, most: int) -> list[Item]:
    """Cut crops out of all pages of a set; a random sample if there are more than `most`."""
    items = list(_cut_all(folder))
    return random.Random(2017).sample(items, most) if 0 < most < len(items) else items


def _cut_all(folder: Path) -> Iterator[Item]:
    for line in (folder / "pages.jsonl").read_text(encoding="utf-8").splitlines():
        page = json.loads(line)
        picture = cv2.cvtColor(cv2.imread(str(folder / page["image"])), cv2.COLOR_BGR2RGB)
        for number, item in enumerate(page["items"]):
            crop = cut(picture, np.array(item["quad"], np.float32))
            if crop is not None and item["text"].strip():
                yield Item(crop, item["text"], f"{page['image']}#{number}")


def drawn_items(work: Path, data: Path | None, many: int) -> list[Item]:
    """Draw windows in faces that are held out, at the hardest settings."""
    from ocrkit.train.materials import Materials

    source = Materials(work=work, data=data).synthetic(held_out=True)
    examples = (example for number in itertools.count() for example in source.windows(2017, number) if example.text)
    return [
        Item(cv2.cvtColor(example.window, cv2.COLOR_GRAY2RGB), example.text, f"{example.origin}#{number}")
        for number, example in enumerate(itertools.islice(examples, many))
    ]


def cut(picture: Crop, quad: npt.NDArray[np.float32]) -> Crop | None:
    """Cut a quad out of a page, straightened if it is askew."""
    width = max(np.linalg.norm(quad[1] - quad[0]), np.linalg.norm(quad[2] - quad[3]))
    height = max(np.linalg.norm(quad[3] - quad[0]), np.linalg.norm(quad[2] - quad[1]))
    if width < 2 or height < 4:
        return None
    grown = _GROWTH * height
    size = round(width + 2 * grown), round(height + 2 * grown)
    target = np.array(
        [(grown, grown), (grown + width, grown), (grown + width, grown + height), (grown, grown + height)]
    )
    matrix = cv2.getPerspectiveTransform(quad, target.astype(np.float32))
    return cv2.warpPerspective(picture, matrix, size, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)


def score(item: Item, reading: str, *, lines: bool, folded: bool) -> Counts:
    """Count the words of a crop that were read right."""
    read, true = (spell(text).split() for text in (reading, item.text))
    if folded:
        read, true = ([w.casefold() for w in words] for words in (read, true))
    if lines:
        return Counts(_in_order(read, true), len(read), len(true))
    same = " ".join(read) == " ".join(true)
    return Counts(int(same), len(read) and 1, 1)


def spell(text: str) -> str:
    """Fold typographic twins; characters that our alphabet lacks stay as they are."""
    return "".join(ALPHABET.spell(c) or c for c in text)


def _in_order(read: list[str], true: list[str]) -> int:
    """Length of the longest common subsequence."""
    row = [0] * (len(true) + 1)
    for word in read:
        last = 0
        for at, other in enumerate(true):
            last, row[at + 1] = row[at + 1], last + 1 if word == other else max(row[at + 1], row[at])
    return row[-1]


def ocrkit_recognizer(threads: int, model: Path | None = None) -> Recognize:
    """Ours, with the settings that it has by itself."""
    from ocrkit.recognize import CrnnRecognizer, RecognizerSettings

    recognizer = CrnnRecognizer(RecognizerSettings(threads=threads, model=model))

    def read(crops: Sequence[Crop]) -> list[str]:
        return [r.text for r in recognizer.read([cv2.cvtColor(c, cv2.COLOR_RGB2GRAY) for c in crops])]

    return read


def rapidocr_recognizer(threads: int) -> Recognize:
    """RapidOCR's recognizer alone, in batches of its own choice."""
    from rapidocr import RapidOCR
    from rapidocr.ch_ppocr_rec import TextRecInput

    reader = RapidOCR(
        params={
            "Global.log_level": "critical",
            "EngineConfig.onnxruntime.intra_op_num_threads": threads,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        }
    )
    recognize = reader._load_rec_model()  # RapidOCR makes it when it is first needed

    def read(crops: Sequence[Crop]) -> list[str]:
        return list(recognize(TextRecInput(img=[np.ascontiguousarray(c[..., ::-1]) for c in crops])).txts)

    return read


def tesseract_recognizer(threads: int, psm: int) -> Recognize:
    """Tesseract on a list of files, so that it is started once a thread and not once a crop."""

    def read(crops: Sequence[Crop]) -> list[str]:
        with tempfile.TemporaryDirectory() as folder:
            names = []
            for number, crop in enumerate(crops):
                path = Path(folder, f"{number}.png")
                cv2.imwrite(str(path), cv2.cvtColor(crop, cv2.COLOR_RGB2BGR), (cv2.IMWRITE_PNG_COMPRESSION, 1))
                names.append(path)
            running = [_start(folder, part, names[part::threads], psm) for part in range(threads)]
            texts = [""] * len(names)
            for part, process in enumerate(running):
                output, _ = process.communicate()
                pages = output.decode("utf-8", "replace").split("\f")
                texts[part::threads] = [" ".join(page.split()) for page in pages[: len(names[part::threads])]]
        return texts

    return read


def _start(folder: str, part: int, names: list[Path], psm: int) -> subprocess.Popen[bytes]:
    listing = Path(folder, f"list{part}.txt")
    listing.write_text("".join(f"{name}\n" for name in names))
    command = ["tesseract", str(listing), "-", "--psm", str(psm), "--dpi", "150"]
    environment = {"OMP_THREAD_LIMIT": "1", "PATH": "/usr/local/bin:/usr/bin:/bin"}
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment)


def recognizer_of(name: str, threads: int, *, lines: bool, model: Path | None) -> Recognize:
    """Make a recognizer by its name."""
    if name == "ocrkit":
        return ocrkit_recognizer(threads, model)
    if name == "rapidocr":
        return rapidocr_recognizer(threads)
    return tesseract_recognizer(threads, psm=7 if lines else 8)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("recognizers", nargs="+", choices=("ocrkit", "tesseract", "rapidocr"))
    parser.add_argument("--data", type=Path, help="folder with a folder for each set")
    parser.add_argument("--sets", nargs="+", default=SETS)
    parser.add_argument("--work", type=Path, help="folder that `ocrkit train prepare` filled, for faces held out")
    parser.add_argument("--train-data", type=Path, help="folder with text/ and textures/, for the same")
    parser.add_argument("--most", type=int, default=0, help="crops of a set, a fixed sample (default: all; 2000 drawn)")
    parser.add_argument("--model", type=Path, help="another model than the shipped one")
    parser.add_argument("--json", type=Path, help="write the numbers there too")
    parser.add_argument("--mistakes", type=Path, help="write every misread crop there, one JSON object a line")
    options = parser.parse_args(arguments)
    if not (options.data or options.work):
        parser.error("give --data, --work, or both: nothing else says what to read")
    threads = available_processors()
    print(f"{date.today()}, {platform.machine()}, {threads} processors")
    print(f"{'set':16} {'recognizer':12} {'crops':>6} {'SWA':>6} {'prec.':>6} {'windows/s':>9}")
    rows, wrong = [], []
    for name in (*(options.sets if options.data else ()), *((DRAWN,) if options.work else ())):
        if name == DRAWN:
            items = drawn_items(options.work, options.train_data, options.most or 2000)
        else:
            items = items_of(options.data / name, options.most)
        lines, folded = name in LINES, name in FOLDED
        for recognizer in options.recognizers:
            read = recognizer_of(recognizer, threads, lines=lines, model=options.model)
            read([i.crop for i in items[:8]])
            started = time.perf_counter()
            texts = read([i.crop for i in items])
            speed = len(items) / (time.perf_counter() - started)
            counts = [score(item, text, lines=lines, folded=folded) for item, text in zip(items, texts, strict=True)]
            total = sum(counts, Counts())
            rows.append(
                {"set": name, "recognizer": recognizer, "crops": len(items), **attrs.asdict(total), "speed": speed}
            )
            print(
                f"{name:16} {recognizer:12} {len(items):6} {total.recall:6.3f} {total.precision:6.3f} {speed:9.0f}",
                flush=True,
            )
            wrong += [
                {"set": name, "recognizer": recognizer, "where": i.where, "true": i.text, "read": t}
                for i, t, c in zip(items, texts, counts, strict=True)
                if c.matched < c.true
            ]
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1))
    if options.mistakes:
        options.mistakes.write_text("".join(json.dumps(w, ensure_ascii=False) + "\n" for w in wrong), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
