"""What the layer of scores costs: a night after few changes over a full night, in CPU-s.

The layer is every step from `marts` to `scores`: marts, models, recommenders, scores. A
demo lives one night as a whole; the exports of the next day are then cut to one person in
a hundred, everything before the layer is built, and on copies of that warehouse the layer
is built three times, each in a process of its own with one thread:

next      as a home builds it that knows the night before
anew      nothing kept but the models: as `nightpost verify` builds it
full      nothing kept, the models trained: as a first night builds it

Run: python tests/benchmarks/bench_scores.py [--people N] [--days N] [--folder DIR]
     [--ways next full]
"""

import argparse
import functools
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections import defaultdict
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import duckdb
from dbt.cli.main import dbtRunner

from orchestration.building import dbt as project_of_dbt
from orchestration.building.dbt import Project, parse_project
from orchestration.building.stages import run_stage
from orchestration.home.settings import Settings, export_environment, read_settings
from orchestration.predictions.nightly import foretell_night
from orchestration.predictions.recommenders.recommend import recommend_night
from orchestration.steps import STEPS as NIGHT_STEPS
from orchestration.steps import run_steps, tonight_of
from seeds.demo import generate

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.benchmarks.scores_exports import keep_few

LAST_DAY = date(2026, 4, 5)
STEPS = ("marts", "models", "recommenders", "scores")
WAYS = ("next", "anew", "full")
TOP = 15
Costs = dict[str, float]


def cpu() -> float:
    """Return the CPU seconds of this process so far."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


class Meter:
    """CPU seconds by dbt node; with one thread one node runs at a time."""

    def __init__(self) -> None:
        """Start with nothing."""
        self.nodes: Costs = defaultdict(float)
        self.started = 0.0

    def __call__(self, event: Any) -> None:
        """Listen to dbt."""
        if event.info.name == "NodeStart":
            self.started = cpu()
        elif event.info.name == "NodeFinished":
            self.nodes[event.data.node_info.unique_id] += cpu() - self.started


def build_layer(home: Path, night: date) -> None:
    """Build the layer on ``home`` and print what each step and each node cost."""
    meter = Meter()
    settings = read_settings(home)
    export_environment(settings)
    project = parse_project(settings)
    listening = functools.partial(dbtRunner, callbacks=[meter])
    with patch.object(project_of_dbt, "dbtRunner", listening):
        steps = {step: cost_of(step, settings, project, night) for step in STEPS}
    print(json.dumps({"steps": steps, "nodes": meter.nodes}))


def cost_of(step: str, settings: Settings, project: Project, night: date) -> float:
    """Return the CPU seconds of one step."""
    before = cpu()
    if step in ("marts", "scores"):
        run_stage(settings, project, night, step)
    else:
        work = foretell_night if step == "models" else recommend_night
        with duckdb.connect(str(settings.warehouse)) as connection:
            work(settings, connection, night)
    return cpu() - before


def live_two_nights(home: Path, people: int, days: int) -> int:
    """Live a night, and the next one up to the layer; return whose exports the next had."""
    inbox, night = home / "inbox", LAST_DAY - timedelta(days=1)
    generate(inbox, home / "demo_truth", people=people, days=days)
    kept = keep_few(inbox, LAST_DAY.isoformat(), people // 100)
    command = [str(Path(sys.executable).parent / "nightpost"), "run"]
    command += ["--home", str(home), "--date", night.isoformat()]
    # 3: something of the demo is held back, as it should be
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode not in (0, 3):
        sys.exit(done.stdout + done.stderr)
    settings = read_settings(home)
    export_environment(settings)
    names = [step.name for step in NIGHT_STEPS]
    before = NIGHT_STEPS[: names.index("marts")]
    run_steps(tonight_of(settings, LAST_DAY), before)
    return kept


def copy_home(home: Path, copy: Path, way: str) -> None:
    """Make a home that shares all but the warehouse, and knows what ``way`` says."""
    shutil.rmtree(copy, ignore_errors=True)
    (copy / "warehouse").mkdir(parents=True)
    for name in ("raw", "outbox", "published"):
        (copy / name).symlink_to(home / name)
    (copy / "state").mkdir()
    for entry in (home / "state").iterdir():
        if way != "full" or entry.name != "models":
            (copy / "state" / entry.name).symlink_to(entry)
    for file in (home / "warehouse").iterdir():
        if way == "next" or file.name == "nightpost.duckdb":
            shutil.copyfile(file, copy / "warehouse" / file.name)


def measure(home: Path, way: str) -> dict[str, Costs]:
    """Build the layer in one of the ways, in a process of its own."""
    copy = home.parent / "copy"
    copy_home(home, copy, way)
    done = subprocess.run(
        [sys.executable, __file__, "--child", str(copy)],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "NIGHTPOST_THREADS": "1", "OMP_NUM_THREADS": "1"},
    )
    if done.returncode:
        sys.exit(done.stdout + done.stderr)
    found: dict[str, Costs] = json.loads(done.stdout.splitlines()[-1])
    return found


def middle(runs: list[dict[str, Costs]], part: str) -> Costs:
    """Return the median of every figure of one part."""
    names = {name for run in runs for name in run[part]}
    return {n: statistics.median(run[part].get(n, 0.0) for run in runs) for n in names}


def report(found: dict[str, list[dict[str, Costs]]]) -> None:
    """Print the ratios, then the costs by step and the dearest nodes."""
    steps = {way: middle(runs, "steps") for way, runs in found.items()}
    total = {way: sum(costs.values()) for way, costs in steps.items()}
    for way, cost in total.items():
        if way == "next" or "next" not in total:
            continue
        print(
            f"the layer, 1 % changed, over {way}: {total['next'] / cost:.3f} "
            f"({total['next']:.1f} / {cost:.1f} CPU-s)"
        )
    print(f"\n{'CPU-s by step':<44}" + "".join(f"{way:>8}" for way in found))
    for step in STEPS:
        print(f"{step:<44}" + "".join(f"{steps[way][step]:8.2f}" for way in found))
    first = next(iter(found))
    nodes = {way: middle(runs, "nodes") for way, runs in found.items()}
    for kind in ("model", "test"):
        costs = {
            way: sum(c for name, c in nodes[way].items() if name.startswith(kind))
            for way in found
        }
        named = f"  dbt {kind}s"
        print(f"{named:<44}" + "".join(f"{costs[way]:8.2f}" for way in found))
    print(f"\n{f'dearest {TOP} nodes':<44}" + "".join(f"{way:>8}" for way in found))
    for name in sorted(nodes[first], key=lambda one: -nodes[first][one])[:TOP]:
        short = name.split(".")[2][:42]
        costs = {way: nodes[way].get(name, 0.0) for way in found}
        print(f"{short:<44}" + "".join(f"{costs[way]:8.2f}" for way in found))


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--days", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="keep the nights, or take them")
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=WAYS)
    parser.add_argument("--child", type=Path)
    options = parser.parse_args()
    if options.child:
        build_layer(options.child, LAST_DAY)
        return
    with tempfile.TemporaryDirectory() as scratch:
        home = (options.folder or Path(scratch)).absolute() / "home"
        if not home.exists():
            kept = live_two_nights(home, options.people, options.days + 1)
            print(
                f"{options.people:,} people, {options.days} days; on the next day "
                f"{kept:,} people and devices did something",
                flush=True,
            )
        ways = [way for way in WAYS if way in options.ways]
        found: dict[str, list[dict[str, Costs]]] = {way: [] for way in ways}
        for _ in range(options.rounds):
            for way in ways:
                found[way].append(measure(home, way))
        report(found)


if __name__ == "__main__":
    main()
