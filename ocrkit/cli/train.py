"""``ocrkit synth`` and ``ocrkit train``: make windows, nets, models and notebook pages (extra ``train``)."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from ocrkit.cli.exits import say

_NEEDED = ("fontTools", "keras", "tensorflow", "freetype", "uharfbuzz", "mlflow", "matplotlib")
_FONTS = (
    "/usr/share/fonts",
    "/usr/share/consolefonts",
    "/usr/share/texmf/fonts",
    "/usr/share/wine/fonts",
    "/opt/fonts",
)

_work = click.option(
    "--work",
    type=click.Path(path_type=Path, file_okay=False),
    default="work",
    show_default=True,
    help="Folder that `ocrkit train prepare` fills.",
)
_data = click.option(
    "--data",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Folder with text/, textures/, receipts/ and pdfs/.",
)
_SHARE = click.FloatRange(0, 1)
_RATE = click.FloatRange(0, min_open=True)
_net = click.option(
    "--net",
    "shape",
    type=click.Choice(["word", "glance", "deep", "tiny"]),
    default="word",
    show_default=True,
    help="The large net, the smaller one for the first look, the large one with a second LSTM, or a tiny one.",
)


def _check_extra() -> None:
    missing = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
    # PyTorch may stand in for TensorFlow where a net is only trained
    if "tensorflow" in missing and importlib.util.find_spec("torch"):
        missing.remove("tensorflow")
    if missing:
        raise click.UsageError(f"training needs {', '.join(missing)}: pip install '.[train]' in a checkout of ocrkit")


@click.command()
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder to write; must not exist yet.")
@click.option("--count", type=click.IntRange(1), default=1000, show_default=True, help="Windows to draw.")
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed draws the same windows.")
@click.option("--hard", is_flag=True, help="Only faces that no net is trained on, at the hardest settings.")
@_work
@_data
def synth(out: Path, count: int, seed: int, hard: bool, work: Path, data: Path | None) -> None:
    """Draw synthetic windows: pictures, labels and a sheet to look at."""
    _check_extra()
    from ocrkit.train.dataset import write_dataset
    from ocrkit.train.materials import Materials

    source = Materials(work=work, data=data).synthetic(held_out=hard)
    with _progress(count, "windows") as advance:
        write_dataset(source, out, count, seed, advance)
    say(f"{out}: {count} windows, labels.jsonl, sheet.png")


@click.group()
def train() -> None:
    """Make the nets that ocrkit ships."""
    _check_extra()


@train.command()
@click.option("--fonts", type=click.Path(path_type=Path), multiple=True, default=_FONTS, help="Where fonts are.")
@_work
@_data
def prepare(fonts: tuple[Path, ...], work: Path, data: Path | None) -> None:
    """Audit the installed faces and cut real pages into strips."""
    from ocrkit.train.prepare import prepare as fill

    fill(work, data, [Path(folder) for folder in fonts], say)


@train.command()
@click.option("--manuals", type=click.Path(path_type=Path, exists=True, file_okay=False), help="Folder of more PDFs.")
@click.option("--processes", type=click.IntRange(1), default=1, show_default=True)
@_work
@_data
def mine(work: Path, data: Path | None, manuals: Path | None, processes: int) -> None:
    """Cut windows out of whole pages with our own detector, label them, and keep what the net does not read yet."""
    if data is None:
        raise click.UsageError("mining needs --data, the folder with receipts/ and pdfs/")
    from ocrkit.train.materials import MINED, Materials
    from ocrkit.train.mine import mine as fill

    pdfs = sorted(manuals.rglob("*.pdf")) if manuals else []
    count = fill(data, pdfs, Materials(work=work, data=data).banks(), work / f"{MINED}.zip", processes)
    say(f"{work / f'{MINED}.zip'}: {count} windows")


@train.command()
@_work
def vet(work: Path) -> None:
    """Leave out strips and windows whose label cannot be what they show, as the shipped net reads them."""
    from ocrkit.train.vet import vet as leave_out

    leave_out(work, say)


@train.command()
@_work
def commas(work: Path) -> None:
    """Draw decimal commas into mined windows of receipts whose points the shipped net reads; run it after `vet`."""
    from ocrkit.train.commas import draw_commas

    say(f"{draw_commas(work)} windows with commas")


@train.command()
@click.option("--count", type=click.IntRange(1), default=100_000, show_default=True, help="Texts to draw.")
@_work
@_data
def corpus(count: int, work: Path, data: Path | None) -> None:
    """Print how often each character is drawn, in 10,000, before and after rare ones are balanced."""
    import random

    from ocrkit.train.corpus import histogram
    from ocrkit.train.materials import Materials

    drawn, rng = Materials(work=work, data=data).corpus(), random.Random(1)
    before, after = (histogram(draw(rng) for _ in range(count)) for draw in (drawn.plain, drawn.sample))
    for character, _ in after.most_common():
        shares = (10_000 * counts[character] / counts.total() for counts in (before, after))
        click.echo("{:3} {:9.3f} {:9.3f}".format(character, *shares))


@train.command()
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder to write.")
@click.option("--most", type=click.IntRange(1), default=40, show_default=True, help="Megabytes of faces.")
@_work
@_data
def pack(out: Path, most: int, work: Path, data: Path | None) -> None:
    """Pack what training needs into one folder, for another machine: it is its --work and its --data."""
    from ocrkit.train.pack import pack as fill

    try:
        fill(work, data, out, most * 1_000_000, say)
    except FileExistsError as error:
        raise click.UsageError(str(error)) from error


@train.command()
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder of the run; resumed if begun.")
@click.option("--goal", required=True, help="What the run is to find out, for the notebook.")
@click.option("--segments", type=click.IntRange(1), default=40, show_default=True, help="Length of the run.")
@click.option("--batches", type=click.IntRange(1), default=1000, show_default=True, help="Batches in a segment.")
@click.option("--area", type=click.IntRange(512), default=16384, show_default=True, help="Columns of a batch.")
@click.option(
    "--workers",
    type=click.IntRange(1),
    default=1,
    show_default=True,
    help="Processes that draw windows: one for a CPU that also trains, all but one beside a GPU.",
)
@click.option("--rate", type=_RATE, default=1.5e-3, show_default=True, help="Greatest learning rate.")
@click.option("--warmup", type=click.IntRange(1), default=800, show_default=True, help="Batches until it is reached.")
@click.option("--doubt", type=click.FloatRange(0), default=0.0, show_default=True, help="Of labels, in the loss.")
@click.option("--start", type=click.Path(path_type=Path, exists=True), help="Weights to begin with.")
@click.option("--seen-before", type=click.IntRange(0), default=0, help="Windows that those have seen.")
@click.option("--teacher", type=click.Path(path_type=Path, exists=True), help="Weights of a net to learn from.")
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--receipts", type=_SHARE, default=0.10, show_default=True, help="Share of real receipts.")
@click.option("--pdfs", type=_SHARE, default=0.10, show_default=True, help="Share of PDFs.")
@click.option(
    "--mined",
    type=_SHARE,
    default=0.0,
    show_default=True,
    help="Share of windows of `ocrkit train mine`.",
)
@click.option(
    "--rare",
    type=_SHARE,
    default=0.08,
    show_default=True,
    help="Share of texts made around a seldom character.",
)
@click.option(
    "--threads", type=click.IntRange(0), default=0, help="Threads of one operation (default: as the backend likes)."
)
@click.option("--bfloat16", is_flag=True, help="Multiply in bfloat16, where the processor can.")
@_net
@_work
@_data
def recognizer(
    out: Path, goal: str, start: Path | None, teacher: Path | None, work: Path, data: Path | None, **options: Any
) -> None:
    """Train the Word Deep Net, or go on with a run that stopped."""
    from ocrkit.train.backend import limit_threads, use_bfloat16

    if options["threads"]:
        limit_threads(options["threads"])
    if options["bfloat16"]:
        use_bfloat16()
    from ocrkit.recognize.net import NETS
    from ocrkit.train.loop import LoopSettings
    from ocrkit.train.materials import Materials
    from ocrkit.train.run import RunSettings
    from ocrkit.train.run import train as run
    from ocrkit.train.stream import StreamSettings
    from ocrkit.train.synth import Recipe

    try:
        stream = StreamSettings(
            seed=options["seed"], workers=options["workers"], segment=options["batches"], area=options["area"]
        )
    except ValueError as error:
        raise click.UsageError(f"{error}; give a multiple") from error
    settings = RunSettings(
        goal=goal,
        materials=Materials(
            work=work,
            data=data,
            recipe=Recipe(rare=options["rare"]),
            receipts=options["receipts"],
            pdfs=options["pdfs"],
            mined=options["mined"],
        ),
        net=NETS[options["shape"]],
        loop=LoopSettings(**{name: options[name] for name in ("segments", "rate", "warmup", "doubt")}),
        stream=stream,
        start=str(start) if start else None,
        seen_before=options["seen_before"],
        teacher=str(teacher) if teacher else None,
    )
    try:
        settings.materials.check()
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    with _progress(options["segments"] * options["batches"], "batches") as advance:
        number = run(settings, out, say, advance=advance)
    say(f"run {number}: weights in {out / 'average.npz'}; `ocrkit train export` makes a model of them")


@train.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--share",
    "shares",
    type=click.FloatRange(0, min_open=True),
    multiple=True,
    help="Of each file, in their order (default: equal).",
)
@click.option(
    "--newest",
    type=click.IntRange(0),
    default=0,
    metavar="N",
    help="Take the last N characters of the alphabet from the last file alone.",
)
@click.option("--out", type=click.Path(path_type=Path), required=True, help="File of weights to write.")
def blend(files: tuple[Path, ...], shares: tuple[float, ...], newest: int, out: Path) -> None:
    """Average the weights of several runs of one net."""
    from ocrkit.train.loop import blend as mix

    if shares and len(shares) != len(files):
        raise click.UsageError(f"{len(files)} files, {len(shares)} shares: give --share once for each file, or never")
    try:
        mix(files, shares or (1.0,) * len(files), out, newest)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    say(f"{out}: the average of {len(files)} files")


@train.command()
@click.option("--pages", type=click.IntRange(1), default=200, show_default=True)
@_work
@_data
def wordinator(work: Path, data: Path | None, pages: int) -> None:
    """Fit what the lexicon is worth on pages that no net has learnt from."""
    if data is None:
        raise click.UsageError("fitting needs --data, the folder with receipts/ and pdfs/")
    from ocrkit.train.materials import Materials
    from ocrkit.train.weights import FITTED, fit_lexicon

    banks = Materials(work=work, data=data).banks()
    say(f"{FITTED}: {fit_lexicon(data, banks, FITTED, say, pages)}")


@train.command()
@click.option(
    "--development",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    required=True,
    metavar="DIR",
    help="Holds sets of pages whose text is known, as benchmarks/development.py draws them.",
)
def confidence(development: Path) -> None:
    """Fit how sure words are, and which of them are dropped, to whole pages."""
    from ocrkit.train.confidence import fit_confidence
    from ocrkit.train.weights import FITTED

    try:
        say(f"{FITTED}: {fit_confidence(development, FITTED, say)}")
    except ValueError as error:
        raise click.UsageError(str(error)) from error


@train.command()
@click.argument("weights", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Model file to write.")
@click.option("--run", "number", type=int, required=True, help="Number of the run in the notebook.")
@_net
@_work
@_data
def export(weights: Path, out: Path, number: int, shape: str, work: Path, data: Path | None) -> None:
    """Make a LiteRT model of trained weights, its confidence calibrated on windows that no net has seen."""
    from ocrkit.recognize.net import NETS, build_net, load_weights
    from ocrkit.train.calibrate import export_calibrated
    from ocrkit.train.materials import Materials

    net = build_net(NETS[shape])
    load_weights(net, weights)
    report = export_calibrated(net, Materials(work=work, data=data), out, f"run {number}")
    for name, value in report.items():
        say(f"{name}: {value:.4g}")


@train.command()
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder of the run.")
@click.option("--goal", required=True, help="What the run is to find out, for the notebook.")
@click.option("--steps", type=click.IntRange(1), default=6000, show_default=True, help="Batches.")
@click.option("--rate", type=float, default=4e-3, show_default=True, help="Greatest learning rate.")
@click.option("--seed", type=int, default=1, show_default=True)
@click.option(
    "--data",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    required=True,
    help="Folder with textures/, receipts/ and pdfs/.",
)
@click.option("--manuals", type=click.Path(path_type=Path, exists=True, file_okay=False), help="Folder of more PDFs.")
@click.option("--start", type=click.Path(path_type=Path, exists=True), help="Weights to begin with.")
def textmap(out: Path, goal: str, data: Path, manuals: Path | None, start: Path | None, **options: Any) -> None:
    """Train the detector's text map, and make its model."""
    from ocrkit.train.crops import CropSettings
    from ocrkit.train.mapping import train_map

    number = train_map(data, out, goal, CropSettings(**options), say, manuals, start)
    say(f"run {number}: model in {out / 'text.tflite'}")


@train.command()
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder of the run.")
@click.option("--goal", required=True, help="What the run is to find out, for the notebook.")
@click.option("--steps", type=click.IntRange(1), default=6000, show_default=True, help="Batches.")
@click.option("--rate", type=float, default=4e-3, show_default=True, help="Greatest learning rate.")
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--manuals", type=click.Path(path_type=Path, exists=True, file_okay=False), help="Folder of more PDFs.")
@click.option("--start", type=click.Path(path_type=Path, exists=True), help="Weights to begin with.")
@_work
@_data
def orienter(
    out: Path, goal: str, manuals: Path | None, start: Path | None, work: Path, data: Path | None, **options: Any
) -> None:
    """Train the orienter, and make its model."""
    from ocrkit.train.crops import CropSettings
    from ocrkit.train.materials import Materials
    from ocrkit.train.orienting import train_orienter

    number = train_orienter(Materials(work=work, data=data), out, goal, CropSettings(**options), say, manuals, start)
    say(f"run {number}: model in {out / 'upright.tflite'}")


@train.command()
def notebook() -> None:
    """Write the pages of all runs in the store to docs/notebook."""
    from ocrkit.train.notebook import render

    try:
        for path in render():
            say(str(path))
    except LookupError as error:
        raise click.UsageError(str(error)) from error


@train.command()
@click.argument("number", type=int)
@click.argument("text")
@click.option("--words", type=click.Path(path_type=Path, exists=True), help="What `benchmarks/words.py --json` wrote.")
def verdict(number: int, text: str, words: Path | None) -> None:
    """Write down what run NUMBER showed."""
    from ocrkit.train.notebook import judge, results_of

    try:
        judge(number, text, results_of(words) if words else None)
    except LookupError as error:
        raise click.UsageError(str(error)) from error


@train.command()
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True, help="Folder for the sheets.")
@click.option("--model", type=click.Path(path_type=Path, exists=True), help="Model whose mistakes are shown.")
@_work
@_data
def sheets(out: Path, model: Path | None, work: Path, data: Path | None) -> None:
    """Draw sheets to look at: faces, synthetic windows, real windows, the worst mistakes."""
    from ocrkit.train.materials import Materials
    from ocrkit.train.sheets import write_sheets

    for path in write_sheets(Materials(work=work, data=data), out, model):
        say(str(path))


@contextmanager
def _progress(total: int, what: str) -> Iterator[Callable[[int], None]]:
    """Show a bar on a terminal's standard error, and nothing elsewhere."""
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=total)
        yield lambda count: bar.update(task, advance=count)
