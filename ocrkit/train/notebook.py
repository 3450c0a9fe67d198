"""The lab notebook: every run logged with MLflow, every run a page in ``docs/notebook``.

Runs go to the store that ``MLFLOW_TRACKING_URI`` names, or to a SQLite file in the current folder. `render` writes a
page and a picture of the curves for every run in the store, leaves the pages of runs that are elsewhere as they are,
and lists all of them, the newest first.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
import subprocess
import textwrap
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone
from importlib.metadata import version
from pathlib import Path, PurePosixPath
from typing import Any

import attrs

from ocrkit.processors import available_processors

STORE = "sqlite:///notebook.db"
EXPERIMENT = "word-deep-net"
PAGES = Path("docs/notebook")
_TITLE = re.compile(r"^# Run (\d+): (.*)$", re.MULTILINE)
_VERDICT = "Verdict: "


@attrs.frozen
class Entry:
    """A run as the notebook shows it.

    Parameters
    ----------
    number : int
    goal : str
    verdict : str
    started : str
        ISO date and time, UTC.
    parameters, tags : dict
    curves : dict of str to list of (int, float)
        By name, over windows seen.
    """

    number: int
    goal: str
    verdict: str
    started: str
    parameters: dict[str, str]
    tags: dict[str, str]
    curves: dict[str, list[tuple[int, float]]]


def _client() -> Any:
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    os.environ.setdefault("DO_NOT_TRACK", "true")
    from mlflow import MlflowClient

    return MlflowClient(os.environ.get("MLFLOW_TRACKING_URI", STORE))


class Logger:
    """Log one run.

    Parameters
    ----------
    goal : str
        What the run is to find out.
    configuration : mapping
        Everything that the run depends on, nested.
    pages : Path
        Of the notebook, where earlier numbers are found.
    """

    def __init__(self, goal: str, configuration: Mapping[str, Any], pages: Path = PAGES) -> None:
        self._client = _client()
        experiment = self._client.get_experiment_by_name(EXPERIMENT)
        self._experiment = experiment.experiment_id if experiment else self._client.create_experiment(EXPERIMENT)
        self.number = _next_number(self._client, self._experiment, pages)
        tags = {"number": str(self.number), "goal": goal, **_environment()}
        run = self._client.create_run(self._experiment, tags=tags, run_name=f"{self.number:04d}")
        self.id: str = run.info.run_id
        for name, value in _flat(configuration):
            self._client.log_param(self.id, name, str(value)[:500])

    def log(self, results: Mapping[str, float], seen: int) -> None:
        """Add a point to every curve, after so many windows."""
        for name, value in results.items():
            self._client.log_metric(self.id, name, float(value), step=seen)

    def close(self, status: str = "FINISHED") -> None:
        """End the run."""
        self._client.set_terminated(self.id, status)


def resume(number: int, segments: int) -> Logger:
    """Go on logging an earlier run, and write down with which code, and how long it is to be now.

    Raises
    ------
    LookupError
        If the store has none of this number.
    """
    logger = Logger.__new__(Logger)
    logger._client = _client()
    logger.number = number
    run = _find(logger._client, number)
    logger.id = run.info.run_id
    now, code = datetime.now(timezone.utc).strftime("%Y-%m-%d %H:%M"), _environment()
    again = f"{now} UTC, {segments} segments, commit {code['commit']}, dirty {code['dirty']}, {code['machine']}"
    before = run.data.tags.get("resumed")
    logger._client.set_tag(logger.id, "resumed", f"{before}; {again}" if before else again)
    return logger


def judge(number: int, verdict: str, results: Mapping[str, float] | None = None) -> None:
    """Write a run's verdict down, and results that were measured after it.

    Raises
    ------
    LookupError
        If the store has no run of this number.
    """
    client = _client()
    run = _find(client, number)
    client.set_tag(run.info.run_id, "verdict", verdict)
    for name, value in (results or {}).items():
        client.log_metric(run.info.run_id, f"result/{name}", float(value))


def _find(client: Any, number: int) -> Any:
    experiment = client.get_experiment_by_name(EXPERIMENT)
    runs = client.search_runs([experiment.experiment_id], f"tags.number = '{number}'") if experiment else []
    if not runs:
        raise LookupError(f"the store holds no run {number}; set MLFLOW_TRACKING_URI to the one that does")
    return runs[0]


def _next_number(client: Any, experiment: str, pages: Path) -> int:
    logged = [int(run.data.tags.get("number", 0)) for run in client.search_runs([experiment], max_results=5000)]
    written = [int(path.stem) for path in pages.glob("[0-9]*.md")]
    return max(logged + written, default=0) + 1


def _environment() -> dict[str, str]:
    """Name the code and the machine."""
    commit = _git("rev-parse", "--short=12", "HEAD")
    dirty = str(bool(_git("status", "--porcelain"))) if commit else "unknown"
    packages = ("keras", "tensorflow-cpu", "torch", "numpy", "opencv-python-headless")
    return {
        "commit": commit or "unknown",
        "dirty": dirty,
        "code": _code(),
        "python": platform.python_version(),
        "machine": f"{_processor()}, {available_processors()} processors",
        "packages": ", ".join(f"{name} {found}" for name in packages if (found := _version(name))),
    }


def _code() -> str:
    """Give a checksum of all that draws windows and learns from them, committed or not."""
    files = sorted(path for path in Path(__file__).parent.iterdir() if path.suffix in (".py", ".json", ".csv", ".tsv"))
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:12]


def _version(package: str) -> str:
    try:
        return version(package)
    except ModuleNotFoundError:
        return ""


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    names = re.findall(r"model name\s*: (.*)", cpuinfo.read_text()) if cpuinfo.exists() else []
    return names[0] if names else platform.processor()


def _git(*arguments: str) -> str:
    # of ocrkit's code, wherever it is called from
    result = subprocess.run(
        ["git", "-C", str(Path(__file__).parent), *arguments], capture_output=True, text=True, check=False
    )
    return result.stdout.strip() if result.returncode == 0 else ""


def _flat(configuration: Mapping[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    flat = []
    for name, value in configuration.items():
        flat += _flat(value, f"{prefix}{name}.") if isinstance(value, Mapping) else [(f"{prefix}{name}", value)]
    return flat


def entries() -> list[Entry]:
    """Read all runs of the store.

    Raises
    ------
    LookupError
        If it holds none.
    """
    client = _client()
    experiment = client.get_experiment_by_name(EXPERIMENT)
    if experiment is None:
        raise LookupError("the store holds no runs; set MLFLOW_TRACKING_URI to the one that does")
    runs = client.search_runs([experiment.experiment_id], max_results=5000)
    return [_entry(client, run) for run in runs]


def _entry(client: Any, run: Any) -> Entry:
    tags = {name: value for name, value in run.data.tags.items() if not name.startswith("mlflow.")}
    curves = {
        name: [(point.step, point.value) for point in client.get_metric_history(run.info.run_id, name)]
        for name in sorted(run.data.metrics)
    }
    started = datetime.fromtimestamp(run.info.start_time / 1000, timezone.utc).strftime("%Y-%m-%d %H:%M")
    number, goal, verdict = int(tags.pop("number")), tags.pop("goal"), tags.pop("verdict", "none yet")
    return Entry(number, goal, verdict, started, dict(run.data.params), tags, curves)


def render(pages: Path = PAGES) -> list[Path]:
    """Write the pages of all runs in the store, and the list of all pages.

    Returns
    -------
    list of Path
        The pages written.
    """
    pages.mkdir(parents=True, exist_ok=True)
    written = []
    for entry in entries():
        path = pages / f"{entry.number:04d}.md"
        picture = _draw(entry, pages / f"{entry.number:04d}.svg")
        path.write_text(_page(entry, picture), encoding="utf-8")
        written.append(path)
    (pages / "index.md").write_text(_index(sorted(pages.glob("[0-9]*.md"), reverse=True)), encoding="utf-8")
    return written


def _page(entry: Entry, picture: Path | None) -> str:
    last = {name: points[-1][1] for name, points in entry.curves.items() if points}
    seen = max((step for points in entry.curves.values() for step, _ in points), default=0)
    parts = [
        f"# Run {entry.number}: {entry.goal}",
        f"Started {entry.started} UTC, {seen:,} windows seen.",
        _VERDICT + entry.verdict,
    ]
    if picture:
        parts.append(f"![Curves of run {entry.number}]({picture.name})")
    results = {name.removeprefix("result/"): value for name, value in last.items() if name.startswith("result/")}
    curves = {name: value for name, value in last.items() if not name.startswith("result/")}
    if results:
        parts += ["## Results", _table(("what", "value"), [(n, f"{v:.4g}") for n, v in results.items()])]
    parts += ["## Last point of each curve", _table(("curve", "value"), [(n, f"{v:.4g}") for n, v in curves.items()])]
    parameters = [(name, _without_place(value)) for name, value in sorted(entry.parameters.items())]
    parts += ["## Configuration", _table(("name", "value"), parameters)]
    parts += ["## Environment", _table(("name", "value"), sorted(entry.tags.items()))]
    return "\n\n".join(parts) + "\n"


def _without_place(value: str) -> str:
    """Shorten an absolute path: where a machine keeps its files says nothing about a run."""
    path = PurePosixPath(value)
    return "/".join(path.parts[2:][-2:]) if path.is_absolute() else value


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(str(cell).replace("|", "\\|") for cell in line) + " |" for line in lines)


def _index(pages: Sequence[Path]) -> str:
    rows = []
    for path in pages:
        text = path.read_text(encoding="utf-8")
        title = _TITLE.search(text)
        verdict = re.search(rf"^{_VERDICT}(.*)$", text, re.MULTILINE)
        if title:
            rows.append((f"[{title[1]}]({path.name})", title[2], verdict[1] if verdict else ""))
    listed = "\n".join(path.stem for path in pages)
    intro = textwrap.dedent(
        """\
        # Lab notebook

        Every training run, the newest first, losers too. Pages are written by `ocrkit train notebook` out of the MLflow
        store; one says that it was not.
        """
    )
    table = _table(("run", "goal", "verdict"), rows)
    return f"{intro}\n{table}\n\n```{{toctree}}\n:hidden:\n\n{listed}\n```\n"


def _draw(entry: Entry, path: Path) -> Path | None:
    """Draw the loss, and the accuracies, over windows seen."""
    loss = entry.curves.get("loss", [])
    rest = {n: p for n, p in entry.curves.items() if n.startswith("accuracy/") and len(p) > 1}
    if len(loss) < 2:
        return None
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams["svg.hashsalt"] = "ocrkit"  # the same curves give the same file
    from matplotlib import pyplot

    figure, (left, right) = pyplot.subplots(1, 2, figsize=(9, 3.2), layout="constrained")
    left.plot(*zip(*loss, strict=True))
    left.set(title="loss", xlabel="windows seen", yscale="log")
    for name, points in rest.items():
        right.plot(*zip(*points, strict=True), label=name.removeprefix("accuracy/"))
    right.set(title="windows read without fault", xlabel="windows seen", ylim=(0, 1))
    if rest:
        right.legend()
    figure.savefig(path, metadata={"Date": None})
    pyplot.close(figure)
    return path


def results_of(words: Path) -> dict[str, float]:
    """Read what ``benchmarks/words.py --json`` wrote, as results of a run."""
    rows = json.loads(words.read_text(encoding="utf-8"))
    results = {}
    for row in rows:
        name = f"{row['set']} {row['recognizer']}"
        results[f"{name} SWA"] = row["matched"] / row["true"]
        results[f"{name} precision"] = row["matched"] / max(row["read"], 1)
    return results
