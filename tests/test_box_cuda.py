"""`--device cuda` where torch has no GPU: one sentence, before a box is tried."""

import pytest
import torch

from grader.box import preflight
from grader.paths import CourseError


@pytest.mark.parametrize(
    ("version", "words"), [(None, "has no CUDA: install one that has"), ("12.8", "finds no CUDA device here")]
)
@pytest.mark.parametrize("boxed", [True, False])
def test_no_gpu_is_said_in_a_sentence_and_no_box_is_tried(monkeypatch, version, words, boxed):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.version, "cuda", version)
    monkeypatch.setattr(preflight, "findings", lambda *_: pytest.fail("a box was tried"))
    with pytest.raises(CourseError, match=f"--device cuda: .*{words}.*or grade with --device cpu") as caught:
        preflight.require(boxed, device="cuda")
    assert "namespaces" not in str(caught.value)


def test_with_a_gpu_the_box_is_tried(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(preflight.policy, "missing_tools", lambda: [])
    tried = []
    monkeypatch.setattr(preflight, "findings", lambda device, _: tried.append(device) or ())
    preflight.require(device="cuda")
    assert tried == ["cuda"]
