"""Metrics and generation under the one name that the seminar imports."""

from course_lib.generation import clear_text, generate, generate_n_texts
from course_lib.judge import GPTLoss
from course_lib.metrics import perplexity, unique_words_rate

__all__ = ["GPTLoss", "clear_text", "generate", "generate_n_texts", "perplexity", "unique_words_rate"]
