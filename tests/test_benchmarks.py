"""The benchmarks run, in their smallest size, and what they print and write is what they measured."""

import json

import pytest
import torch

from benchmarks import __main__ as command
from benchmarks import table
from benchmarks.measure import Row, at_least, at_most, peak_extra_bytes
from benchmarks.peers import PlainLSTM, TorchLSTM, WarperSampler, plain_generate
from course_lib.sampler import Sampler
from tests.tiny import make_lstm, make_tokenizer

MACHINE = {
    "cpu": "a CPU",
    "cores": 2,
    "capability": "AVX2",
    "gpu": None,
    "torch": "2",
    "transformers": "5",
    "date": "d",
}


def test_every_section_but_the_seminar_runs_and_is_written_down(tmp_path, capsys):
    sections = [name for name in command.SECTIONS if name != "seminar"]
    assert command.main(["--tiny", "--out", str(tmp_path), "--only", *sections]) == 0
    told = capsys.readouterr().out
    written = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))
    assert {row["section"] for row in written["rows"]} == set(sections)
    assert (tmp_path / "benchmarks.png").stat().st_size > 10_000
    for row in written["rows"]:
        assert row["what"] in told
        assert row["figure"]["low"] <= row["figure"]["median"] <= row["figure"]["high"]
        assert row["met"] in ([None] if row["target"] is None else [True, False])
    assert command.main(["--from-json", "--out", str(tmp_path)]) == 0
    assert capsys.readouterr().out == told


def test_sections_may_be_measured_one_by_one(tmp_path):
    for arguments in (["--only", "startup"], ["--only", "lstm", "--add"]):
        assert command.main(["--tiny", "--out", str(tmp_path), *arguments]) == 0
    written = json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))["rows"]
    assert list(dict.fromkeys(row["section"] for row in written)) == ["lstm", "startup"]


def test_sections_of_another_machine_are_not_added(tmp_path):
    assert command.main(["--tiny", "--out", str(tmp_path), "--only", "startup"]) == 0
    path = tmp_path / "results.json"
    path.write_text(path.read_text("utf-8").replace('"torch": "', '"torch": "0.'), encoding="utf-8")
    before = path.read_bytes()
    with pytest.raises(SystemExit, match="torch 0.*without --add"):
        command.main(["--tiny", "--out", str(tmp_path), "--only", "lstm", "--add"])
    assert path.read_bytes() == before


def test_a_figure_is_the_median_of_the_ratios_of_runs():
    row = Row("s", "w", "x", [1.0, 2.0, 4.0], [10.0, 40.0, 40.0], target=at_least(12.0))
    assert (row.figures, row.figure, row.met) == ([10.0, 20.0, 10.0], 10.0, False)
    assert Row("s", "w", "x", [2.0], [1.0], kind="times", target=at_most(2.0)).met


def test_the_readme_keeps_what_stands_around_the_table(tmp_path):
    readme = tmp_path / "README.md"
    rows = [Row("s", "what", "x", [1.0], [20.0], target=at_least(15.0)), Row("s", "untold", "x", [1.0], kind="value")]
    readme.write_text(f"# Title\n\n{table.BEGIN}\n{table.END}\n\n## Development\n", encoding="utf-8")
    for _ in range(2):
        table.write_readme(readme, MACHINE, rows)
        text = readme.read_text(encoding="utf-8")
        assert text.startswith(f"# Title\n\n{table.BEGIN}\n\n")
        assert text.endswith(f"\n\n{table.END}\n\n## Development\n")
        assert text.count("| s: what") == text.count(table.BEGIN) == 1
        assert "untold" not in text


def test_a_readme_without_the_marks_is_left_alone(tmp_path):
    readme = tmp_path / "README.md"
    readme.write_text(f"{table.END} {table.BEGIN}", encoding="utf-8")
    with pytest.raises(ValueError, match="no place for the figures"):
        table.write_readme(readme, MACHINE, [])
    assert readme.read_text(encoding="utf-8") == f"{table.END} {table.BEGIN}"


def test_growth_is_told_by_size():
    rows = [
        Row("growth", "texts: time", "500", [1000.0], kind="value"),
        Row("growth", "texts: peak memory", "500", [7.0], unit="MB", kind="value"),
        Row("growth", "texts: time", "5,000", [9000.0], kind="value"),
        Row("growth", "texts: cost of a unit, times", "500 → 5,000", [0.9, 0.8], [], "×", "value", at_most(0.7)),
    ]
    assert table.growth(rows).splitlines()[2:] == [
        "| texts | 500 | 1,000 ms | 7 MB |  |  |  |",
        "| texts | 5,000 | 9,000 ms |  | 0.85× (0.8–0.9) of what it was with 500 | ≤ 0.7× | NO |",
    ]


def test_memory_at_its_peak_is_seen():
    assert peak_extra_bytes(lambda: torch.zeros(1000).add(1).sum()) >= 8000
    assert peak_extra_bytes(lambda: None) == 0


@pytest.mark.parametrize(
    "setting",
    [
        {"sample_mode": "greedy"},
        {"sample_mode": "random", "temp": 0.7},
        {"prob_mode": "topk", "sample_mode": "random", "k": 500},
        {"sample_mode": "nucleus", "p": 0.95},
        {"sample_mode": "min_p", "min_p": 0.1},
        {"sample_mode": "typical", "typical_p": 0.9},
    ],
)
@pytest.mark.parametrize("flat", [True, False])
def test_a_sampler_takes_no_more_memory_than_twice_its_logits(setting, flat):
    logits = torch.zeros(250, 8000) if flat else torch.randn(250, 8000)
    assert peak_extra_bytes(lambda: Sampler(**setting).sample(logits)) <= 2 * logits.nbytes


@torch.no_grad()
def test_the_peers_compute_what_ours_does(tmp_path):
    """A peer that did less work would make a ratio worthless."""
    tokenizer = make_tokenizer(tmp_path)
    model = make_lstm(len(tokenizer))
    ids = torch.randint(len(tokenizer), (3, 5))
    state = (torch.zeros(3, model.hidden_size), torch.zeros(3, model.hidden_size))
    expected = model(ids)[0]
    torch.testing.assert_close(PlainLSTM(model)(ids, state)[0], expected, atol=1e-4, rtol=0)
    torch.testing.assert_close(TorchLSTM(model)(ids)[0], expected, atol=1e-4, rtol=0)
    logits = expected[:, 0]
    for ours, peer in [
        (Sampler(sample_mode="random", temp=0.7), WarperSampler(temp=0.7)),
        (Sampler("topk", "random", k=5), WarperSampler(k=5)),
        (Sampler(sample_mode="nucleus", p=0.8), WarperSampler(p=0.8)),
    ]:
        torch.testing.assert_close(peer.draw(logits)[1], ours.probs(logits), atol=1e-5, rtol=0)
    texts, _ = plain_generate(PlainLSTM(model), WarperSampler(k=1), tokenizer, 2, max_length=6)
    assert texts[0] == texts[1]
    assert texts[0].startswith("[CLS]")


def test_a_section_that_is_not_there_is_refused(capsys):
    with pytest.raises(SystemExit):
        command.main(["--only", "nothing"])
    assert "invalid choice" in capsys.readouterr().err
