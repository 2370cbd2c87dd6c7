"""Known mistakes of `generate`: loops that do single things wrongly, see `grader.misconceptions.loops`."""

from collections.abc import Callable
from typing import Any

from grader.misconceptions.base import Misconception
from grader.misconceptions.catalogue import Catalogue, forms
from grader.misconceptions.loops import OwnChoice, loop, one_by_one
from grader.misconceptions.tape_calls import comparable, play


def _known(name: str, sentence: str, *imitations: Callable[..., Any]) -> tuple[Misconception, ...]:
    return forms(f"generate-{name}", "generate", sentence, *imitations)


def _variants(names: tuple[str, ...], **changes: Any) -> list[Callable[..., Any]]:
    return [loop(average=name, **changes) for name in names]


MISCONCEPTIONS = (
    *_known(
        "state-lost",
        "На каждом шаге модель начинает с чистого листа и видит один-единственный токен. Где лежит всё прошлое текста, "
        "которое нужно вернуть ей на следующем шаге?",
        *_variants(("tokens", "padding"), carry="none"),
        *_variants(("tokens", "padding"), carry="none", stop="never"),
    ),
    *_known(
        "prefixes",
        "На каждом шаге модель перечитывает весь текст с начала. Рекуррентной сети это не нужно: прошлое уже лежит "
        "в её состоянии, новым для неё будет только последний токен.",
        *_variants(("tokens", "padding"), carry="none", feed="prefix"),
        *_variants(("tokens", "padding"), carry="none", feed="prefix", stop="never"),
    ),
    *_known(
        "prefixes-and-state",
        "Модель получает и состояние, и весь текст с начала, то есть прошлое дважды. Что из текста для неё новое, если "
        "состояние уже есть?",
        *_variants(("tokens", "padding"), feed="prefix"),
        loop(feed="prefix", stop="never"),
    ),
    *_known(  # the model strays in the same way, whatever it was that it did not get
        "wrong-past",
        "Модель теряет нить рассказа. На каждом шаге ей нужны последний токен и оба состояния, h и c, которые она "
        "вернула шагом раньше: проверьте, доходит ли до неё каждое из трёх.",
        *_variants(("tokens", "padding"), carry="h only"),
        *_variants(("tokens", "padding"), carry="h only", stop="never"),
        *_variants(("tokens", "padding"), carry="zeros"),
        *_variants(("tokens", "padding"), feed="start"),
    ),
    *_known(
        "one-by-one",
        "Тексты пишутся по одному, каждый в батче из одной строки. Модель умеет продолжать все тексты сразу: подайте "
        "ей столбец из последних токенов всех строк.",
        one_by_one,
    ),
    *_known(
        "flat-input",
        "Модель ждёт номера токенов формы [B, 1], где 1 — длина куска текста, а получает вектор без этой оси.",
        loop(feed="flat"),
    ),
    *_known(
        "sampler-3d",
        "Sampler получает логиты вместе с осью времени. Ему нужны логиты одного шага, форма [B, V].",
        loop(logits_as=lambda logits: logits),
    ),
    *_known(
        "squeezed",
        "На батче из одной строки пропадает ось B: squeeze убирает все оси длины 1, а не только ось времени.",
        loop(logits_as=lambda logits: logits.squeeze()),
    ),
    *_known(
        "probs-for-logits",
        "Sampler ждёт логиты, а получает вероятности: softmax он берёт сам.",
        loop(logits_as=lambda logits: logits[:, -1].softmax(dim=-1)),
        loop(logits_as=lambda logits: logits[:, -1].log_softmax(dim=-1)),
    ),
    *_known(
        "logits-changed",
        "Sampler получает не те логиты, которые вернула модель. Температура, отсечение и прочее — его дело, а циклу "
        "нужно отдать их как есть.",
        *_variants(("tokens", "padding"), logits_as=lambda logits: logits[:, -1] / 2),
    ),
    *_known(
        "own-choice",
        "Токен выбирает сам цикл, и всегда самый вероятный. Выбор — дело sampler: вместе с энтропией он возвращает "
        "и токены.",
        loop(sampler_as=lambda sampler: OwnChoice(sampler, asks=True)),
        loop(sampler_as=lambda sampler: OwnChoice(sampler, asks=False)),
    ),
    *_known(
        "asks-again",
        "Sampler спрашивают об одном шаге несколько раз, а каждый вопрос — новый жребий. Токен, который записан, "
        "и токен, с которым текст идёт дальше, должны быть из одного ответа.",
        *(
            loop(asks=asks)
            for asks in (
                ("ids", "input end entropy"),
                ("ids entropy", "input end"),
                ("ids end", "input entropy"),
                ("ids end entropy", "input"),
                ("input end", "ids entropy"),
                ("input end entropy", "ids"),
                ("input entropy", "ids end"),
                ("input", "ids end entropy"),
                ("ids input", "end entropy"),
                ("ids input entropy", "end"),
                ("entropy", "ids", "input end"),
                ("entropy", "ids end", "input"),
                ("ids", "input", "end entropy"),
                ("ids", "input", "end", "entropy"),
                ("entropy", "ids", "input", "end"),
            )
        ),
    ),
    *_known(
        "ends-at-start",
        "Текст обрывается и там, где sampler выбрал start_id. Конец у текста один, это end_id, а любой другой токен "
        "стоит в его середине на равных правах.",
        *_variants(("tokens", "padding"), ends_at_start=True),
    ),
    *_known(
        "ids-only",
        "Функция возвращает только токены, а нужна пара: ids и средняя энтропия.",
        loop(pair="ids only"),
    ),
    *_known(
        "pair-swapped",
        "В паре перепутан порядок: сначала ids, потом средняя энтропия.",
        loop(pair="swapped"),
    ),
    *_known("ids-list", "Вместо тензора ids вернулся список списков.", loop(pair="list")),
    *_known(
        "ids-dtype", "Номера токенов имеют тип int64, а у ids другой тип.", *(loop(pair=n) for n in ("int32", "float"))
    ),
    *_known(
        "transposed",
        "Строки и столбцы ids поменялись местами: строка — это один текст, столбец — один шаг.",
        loop(pair="transposed"),
    ),
    *_known(
        "no-start",
        "Первый столбец ids — это start_id, с него начинается каждый текст, а у вас его нет.",
        *(loop(pair="no start", average=name) for name in ("tokens", "padding")),
    ),
    *_known(
        "stops-at-first",
        "Цикл кончается, как только закончился первый из текстов. Остальные ещё не договорили.",
        *_variants(("tokens", "padding"), stop="first"),
    ),
    *_known(
        "no-end",
        "В ids не хватает последнего столбца: токен конца тоже выбрал sampler, и он входит в текст.",
        *_variants(("tokens", "without the end"), unfinished=True),
        *_variants(("tokens", "without the end"), pair="no end"),
    ),
    *_known(
        "one-more",
        "Новых токенов в строке на один больше, чем max_length. Начальный токен новым не считается, он даётся сразу.",
        *_variants(("tokens", "padding"), steps=1),
    ),
    *_known(
        "one-fewer",
        "Новых токенов в строке на один меньше, чем max_length. Начальный токен в счёт не входит: его никто не "
        "порождал.",
        *_variants(("tokens", "padding"), steps=-1),
    ),
    *_known(
        "never-stops",
        "Цикл всегда делает max_length шагов. Если закончились все тексты, продолжать незачем.",
        *_variants(("tokens", "padding"), stop="never"),
    ),
    *_known(
        "stops-late",
        "Цикл делает лишний шаг: все тексты уже закончились, а он замечает это только в следующий раз.",
        *_variants(("tokens", "padding"), stop="late"),
    ),
    *_known(
        "revived",
        "Законченная строка оживает: после токена конца в ней появляются новые токены. Пока остальные договаривают, "
        "в ней должен стоять только end_id.",
        *(
            loop(ended="drawn", stop=stop, average=name)
            for stop in ("all", "never", "together")
            for name in ("tokens", "padding", "before the end")
        ),
    ),
    *_known(
        "other-padding",
        "Законченная строка дополняется не тем: до конца в ней должен стоять end_id.",
        *(loop(ended=filler, average=name) for filler in ("zero", "start") for name in ("tokens", "padding")),
    ),
    *_known(
        "entropy-tensor",
        "Средняя энтропия посчитана верно, но вернулась тензором, а нужно обычное число float.",
        loop(average="tensor"),
    ),
    *_known(
        "entropy-padding",
        "В среднее попали шаги после конца текста. Этих токенов никто не порождал, и их энтропия ничего не значит.",
        loop(average="padding"),
    ),
    *_known(
        "entropy-all-places",
        "Сумма энтропий делится на число всех мест таблицы, а законченные строки в неё ничего не вложили. Сколько "
        "токенов было порождено на самом деле?",
        loop(average="all places"),
    ),
    *_known(
        "entropy-without-end",
        "Токен конца тоже выбирал sampler, и его энтропия входит в среднее.",
        loop(average="before the end"),
    ),
    *_known(
        "entropy-of-rows",
        "Сначала усреднена каждая строка, потом строки между собой, и короткий текст весит столько же, сколько "
        "длинный. По формуле голос есть у каждого токена.",
        loop(average="rows"),
    ),
    *_known(
        "entropy-of-steps",
        "Сначала усреднён каждый шаг, потом шаги между собой. На последних шагах пишущих строк меньше, поэтому их "
        "токены получают больший вес, чем остальные.",
        loop(average="steps"),
    ),
    *_known(
        "entropy-sum",
        "Энтропии сложены, но сумма не поделена на число порождённых токенов, то есть на число слагаемых.",
        *(loop(average=name) for name in ("sum", "sum per row", "sum per step")),
    ),
    *_known(
        "entropy-with-start",
        "В число токенов попал start_id. Его дали готовым, sampler его не выбирал.",
        loop(average="with the start"),
    ),
    *_known(
        "entropy-last-step",
        "Вернулась энтропия одного только последнего шага, а нужна средняя по всем порождённым токенам.",
        loop(average="last step"),
    ),
    *_known(
        "entropy-rows-apart",
        "Вернулось по числу на каждую строку, а нужно одно: среднее по всем порождённым токенам.",
        loop(average="each row"),
    ),
)

CATALOGUE = Catalogue("generate", MISCONCEPTIONS, right=loop(), tolerance=1e-4, play=play, seen=comparable)
