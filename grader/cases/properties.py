"""What each task's points are given for. This table is the place to change them.

A property counts only where the one that it needs holds: an answer whose probabilities are wrong has not earned points
for getting some extreme input right by accident.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Part:
    """A share of a task's points: `title` is for the student, `needs` names a property that must hold."""

    name: str
    points: float
    title: str
    needs: str | None = None


PROPERTIES: dict[str, tuple[Part, ...]] = {
    "temperature_probs": (
        Part("probs", 1.0, "вероятности верны"),
        Part("extremes", 0.5, "огромные логиты, −inf и половинная точность", needs="probs"),
        Part("interface", 0.5, "батч из одной строки, float32, вход не изменён", needs="probs"),
    ),
    "top_k_probs": (
        Part("support", 0.5, "остаются нужные токены"),
        Part("probs", 0.5, "вероятности оставшихся верны", needs="support"),
        Part("edges", 0.5, "k больше словаря, равные и бесконечные логиты, половинная точность", needs="probs"),
        Part("interface", 0.5, "батч из одной строки, float32, вход не изменён", needs="probs"),
    ),
    "nucleus_probs": (
        Part("support", 1.0, "остаются нужные токены"),
        Part("probs", 1.0, "вероятности оставшихся верны", needs="support"),
        Part("edges", 0.5, "очень малое p, p = 1, нули среди вероятностей", needs="probs"),
        Part("interface", 0.5, "батч из одной строки, float32, вход не изменён", needs="probs"),
    ),
    "entropy": (
        Part("values", 0.5, "значения верны"),
        Part("zeros", 0.25, "нулевые вероятности", needs="values"),
        Part("interface", 0.25, "батч из одной строки, float32, вход не изменён", needs="values"),
    ),
    "draw": (
        Part("frequencies", 1.0, "токены выпадают так часто, как велят вероятности"),
        Part("independence", 0.5, "у каждой строки и каждого вызова свой жребий", needs="frequencies"),
        Part("interface", 0.5, "форма, int64, повтор после torch.manual_seed", needs="frequencies"),
    ),
    "Sampler": (
        Part("greedy", 0.5, "жадный выбор и его энтропия"),
        Part("entropies", 0.75, "энтропия того распределения, из которого выбирали"),
        Part("draws", 0.75, "токены выпадают с нужными частотами"),
        Part("extremes", 0.5, "огромные логиты, −inf, половинная точность, одна строка, типы", needs="entropies"),
        Part("errors", 0.5, "ValueError там, где работать нельзя", needs="greedy"),
    ),
    "generate": (
        Part("tokens", 0.5, "токены те, что выбрал sampler"),
        Part("calls", 0.5, "модель получает один токен и своё состояние", needs="tokens"),
        Part("endings", 0.5, "законченные тексты молчат, цикл останавливается вовремя", needs="tokens"),
        Part("entropy", 0.5, "средняя энтропия порождённых токенов", needs="tokens"),
    ),
}
