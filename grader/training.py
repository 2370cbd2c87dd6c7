"""Models for another corpus than the bundled one: trained once, found again while the corpus has the same texts."""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

from grader.paths import CourseError, repo_root
from grader.seminar import Value, parse_value


@contextlib.contextmanager
def at_work() -> Iterator[None]:
    """A block that trains: in the kit's folder (models go to its build/), and a bad corpus is the user's mistake."""
    with contextlib.chdir(repo_root()):
        try:
            yield
        except (FileNotFoundError, ValueError) as error:
            raise CourseError(str(error)) from error


def train(corpus: str, out: Path | None, minutes: float) -> dict:
    """Train tokenizer, LSTM and judge on a corpus; returns the trainer's report.

    Args:
        corpus: a file, a Hugging Face dataset id, or `fortunes-ru`.
        out: where the models go; None is the place where `course seminar` looks for them.
        minutes: for all the training.

    Raises:
        CourseError: the corpus cannot be read.
    """
    from rebuild.pipeline import train_corpus

    corpus, out = parse_value("CORPUS", corpus), out and out.resolve()
    with at_work():
        return train_corpus(corpus, out, minutes)


def rebuild(minutes: float, only_judge: bool = False) -> dict:
    """Make everything that is bundled anew, or its judge, training so many minutes; returns the trainer's report."""
    from rebuild.pipeline import rebuild_all, rebuild_judge

    with at_work():
        return rebuild_judge(minutes) if only_judge else rebuild_all(minutes)


def with_trained_weights(parameters: dict[str, Value], say: Callable[[str], None]) -> dict[str, Value]:
    """Add tokenizer, weights and judge that fit another corpus, where the user named a corpus and no weights.

    They are taken from `build/models/`; if the corpus as it is was never trained on, it is trained on now.

    Args:
        parameters: as given by the user; what is given is kept.
        say: is told in a sentence what is going to happen.

    Raises:
        CourseError: the corpus cannot be read, or a tokenizer is given without its weights.
    """
    corpus = parameters.get("CORPUS")
    if corpus is None or parameters.get("WEIGHTS") is not None:
        return parameters
    if parameters.get("TOKENIZER") is not None:
        raise CourseError(
            "-p TOKENIZER needs -p WEIGHTS that were trained with it; leave TOKENIZER out to use the corpus's own."
        )
    from course_lib.data import load_texts
    from rebuild import pipeline

    with at_work():
        found = pipeline.trained(corpus)
        if found is None:
            load_texts(corpus)  # a corpus that cannot be read is known of before so long a work is announced
            say(f"There are no weights for {corpus} as it is, so an LSTM is trained on it first (up to 20 minutes).")
            pipeline.train_corpus(corpus)
            found = pipeline.trained(corpus)
        found = {name: str(Path(path).resolve()) for name, path in found.items()}
    say(f"Weights for {corpus}: {found['WEIGHTS']}")
    return found | {name: value for name, value in parameters.items() if value is not None}
