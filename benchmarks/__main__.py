"""The command: measure, print the table, write the JSON, draw the picture."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from benchmarks import picture, sizes, table
from benchmarks.measure import Row, Target, machine

ROOT = Path(__file__).parent.parent
SECTIONS = ("sampling", "generation", "lstm", "judging", "seminar", "growth", "startup", "checks")


def main(arguments: Sequence[str] | None = None) -> int:
    options = parse(arguments)
    results = options.out / "results.json"
    if options.from_json:
        described, rows = load(results)
    else:
        described = machine()
        rows = kept(results, options, described)
        for name in options.only:
            rows = sorted(rows + measure(name, options.sizes), key=lambda row: SECTIONS.index(row.section))
            save(results, described, rows)
    print(f"\n{table.title(described)}\n\n{table.markdown(rows)}\n")
    promised = [row for row in rows if row.target is not None]
    print(f"{sum(row.met for row in promised)} of {len(promised)} targets met. Numbers: {results}")
    picture.draw(described, rows, options.out / "benchmarks.png")
    print(f"Picture: {options.out / 'benchmarks.png'}")
    if options.readme:
        picture.draw(described, rows, ROOT / "docs" / "pictures" / "benchmarks.png")
        table.write_readme(ROOT / "README.md", described, rows)
        print("README.md and docs/pictures/benchmarks.png are written.")
    return 0


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="The kit beside its peers.")
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--quick", action="store_const", dest="sizes", const=sizes.QUICK, help="in under a minute")
    size.add_argument("--tiny", action="store_const", dest="sizes", const=sizes.TINY, help="only to see that it runs")
    parser.add_argument("--only", nargs="+", choices=SECTIONS, default=SECTIONS, help="these sections")
    parser.add_argument("--add", action="store_true", help="keep the other sections of results.json as they are")
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "benchmarks", help="where results.json goes")
    parser.add_argument("--from-json", action="store_true", help="measure nothing: table and picture of results.json")
    parser.add_argument("--readme", action="store_true", help="write the table and the picture into the README")
    parser.set_defaults(sizes=sizes.FULL)
    return parser.parse_args(arguments)


def kept(results: Path, options: argparse.Namespace, described: dict) -> list[Row]:
    """With ``--add`` the rows of an earlier run whose sections are not measured now.

    Raises SystemExit if another machine measured them.
    """
    if not options.add or not results.is_file():
        return []
    before, rows = load(results)
    for what in ("cpu", "cores", "gpu", "torch"):
        if before[what] != described[what]:
            raise SystemExit(
                f"{results} was measured with {what} {before[what]}, and here it is {described[what]}: measure all "
                "sections anew, without --add."
            )
    return [row for row in rows if row.section not in options.only]


def measure(name: str, how_much: sizes.Sizes) -> list[Row]:
    """The rows of one section, each told as soon as it is there."""
    start, rows = time.monotonic(), []
    for row in import_module(f"benchmarks.{name}").rows(how_much):
        rows.append(row)
        print(" · ".join(cell for cell in table.cells(row) if cell), file=sys.stderr, flush=True)
    print(f"{name}: {time.monotonic() - start:.0f} s", file=sys.stderr, flush=True)
    return rows


def save(path: Path, described: dict, rows: Sequence[Row]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {"machine": described, "rows": [row.as_json() for row in rows]}
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def load(path: Path) -> tuple[dict, list[Row]]:
    content = json.loads(path.read_text(encoding="utf-8"))
    return content["machine"], [_row(entry) for entry in content["rows"]]


def _row(entry: dict) -> Row:
    target = entry["target"] and Target("at_least" in entry["target"], *entry["target"].values())
    names = ("section", "what", "setting", "ours", "unit", "kind")
    return Row(**{name: entry[name] for name in names}, peer=entry["peer"] or [], target=target or None)


if __name__ == "__main__":
    sys.exit(main())
