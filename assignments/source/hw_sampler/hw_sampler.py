# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Домашнее задание: свой Sampler
#
# На семинаре LSTM рассказывала анекдоты, а следующий токен за неё выбирал класс `Sampler`, в который нельзя было
# заглянуть. Теперь вы напишете его сами: сначала пять маленьких функций, потом соберёте из них `Sampler`, а в конце —
# цикл генерации. После этого анекдоты будут вашими от первого слова до последнего.
#
# | № | что написать | сложность | время | баллы |
# |---|---|---|---|---|
# | 1 | `temperature_probs` — температура | ●○○ легко | 10 мин | 2 |
# | 2 | `top_k_probs` — отсечение top-k | ●●○ средне | 15 мин | 2 |
# | 3 | `nucleus_probs` — отсечение nucleus | ●●● трудно | 30 мин | 3 |
# | 4 | `entropy` — энтропия | ●○○ легко | 10 мин | 1 |
# | 5 | `draw` — случайный выбор токена | ●○○ легко | 10 мин | 2 |
# | 6 | `Sampler` — всё вместе | ●●○ средне | 30 мин | 3 |
# | 7 | `generate` — цикл генерации | ●●○ средне | 30 мин | 2 |
# | 8 | вопрос с развёрнутым ответом | ●●○ средне | 20 мин | 3 |
#
# В конце блокнота есть ещё три задачи без баллов — для тех, кому захочется узнать, что придумали после nucleus.

# %% [markdown]
# ## Как работать
#
# Впишите решение вместо `raise NotImplementedError` и запустите ячейку с проверкой под ним. Сначала каждая проверка
# останавливается с ошибкой `NotImplementedError` — так и должно быть. Если проверка напечатала «✓», идите дальше. Если
# нет, она подскажет, о чём подумать, и там, где есть что сравнить, нарисует ваши числа рядом с ожидаемыми.
#
# Оценка ставится по другим, скрытым примерам, поэтому подгонять ответ под подсказки бессмысленно: лучше понять, почему
# он не сошёлся. Каждая задача оценивается отдельно, и ошибка в одной функции не отнимет баллы за `Sampler`, даже если
# он эту функцию вызывает.
#
# Имена и аргументы функций менять нельзя. Вспомогательные функции добавлять можно — лучше в ту же ячейку, где они нужны.

# %% [markdown]
# ## Обозначения и общие правила
#
# $B$ — размер батча (сколько текстов пишется одновременно), $V$ — размер словаря, $z$ — логиты (logits), то есть числа,
# которые модель выдаёт для каждого токена до softmax. Каждая строка тензора — отдельный текст, и строки друг на друга
# не влияют.
#
# * Вход менять нельзя: он ещё понадобится тому, кто вызвал функцию.
# * Вероятности и энтропии имеют тип `float32`, номера токенов — `int64`. Логиты бывают и половинной точности
#   (`float16`, `bfloat16`): переводите их в `float32` до вычислений.
# * Ответ лежит на том же устройстве, что и вход.
# * Батч из одной строки — тоже батч: ось $B$ не пропадает.

# %%
import math

import torch

from course_lib import checks

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
print("Устройство:", device)

# %% [markdown]
# ## 1. Температура
#
# ●○○ легко · 10 минут · 2 балла
#
# Температура (temperature) $T > 0$ делает распределение острее или ровнее: логиты делят на неё, а потом берут softmax.
#
# $$p_i = \frac{\exp(z_i / T)}{\sum_{j=1}^{V} \exp(z_j / T)}$$
#
# При $T \to 0$ вся вероятность уходит к самому большому логиту, при $T \to \infty$ токены становятся равновероятными.
#
# Функция получает логиты формы $[B, V]$ и число $T$ и возвращает вероятности формы $[B, V]$. Логиты бывают огромными,
# например $\pm 10^4$, но и тогда вероятности должны получиться верными, без NaN. Логит $-\infty$ означает «этот токен
# невозможен»: его вероятность равна 0.


# %% nbgrader={"grade": false, "grade_id": "temperature_probs", "locked": false, "schema_version": 3, "solution": true, "task": false}
def temperature_probs(logits, temp):
    """logits[B, V], temp > 0 -> probs float32[B, V], each row sums to 1."""
    ### BEGIN SOLUTION
    return torch.softmax(logits.float() / temp, dim=-1)  # [B, V]
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_temperature_probs", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
checks.check_temperature_probs(temperature_probs)
### BEGIN HIDDEN TESTS
from grader import cases

cases.grade_temperature_probs(temperature_probs)
### END HIDDEN TESTS

# %% [markdown]
# ## 2. Top-k
#
# ●●○ средне · 15 минут · 2 балла
#
# Даже маловероятный токен иногда выпадает, а таких токенов в словаре тысячи. Поэтому хвост распределения отрезают:
# оставляют только $k$ токенов с самыми большими логитами и заново делят между ними всю вероятность
# ([Fan et al., 2018](https://arxiv.org/abs/1805.04833)). Пусть $K$ — множество этих $k$ токенов, тогда
#
# $$q_i = \begin{cases} \dfrac{\exp(z_i)}{\sum_{j \in K} \exp(z_j)}, & i \in K, \\[2ex] 0, & i \notin K. \end{cases}$$
#
# У каждой строки своё множество $K$. Если $k$ больше словаря, остаётся весь словарь. Если на границе оказались равные
# логиты, оставляйте любые из них: в проверках такого нет.


# %% nbgrader={"grade": false, "grade_id": "top_k_probs", "locked": false, "schema_version": 3, "solution": true, "task": false}
def top_k_probs(logits, k):
    """logits[B, V], k >= 1 -> probs float32[B, V] with at most k non-zero entries in each row."""
    ### BEGIN SOLUTION
    logits = logits.float()
    best, ids = logits.topk(min(k, logits.shape[-1]), dim=-1)  # [B, k]
    kept = torch.full_like(logits, -math.inf).scatter(-1, ids, best)  # [B, V]
    return torch.softmax(kept, dim=-1)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_top_k_probs", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
checks.check_top_k_probs(top_k_probs)
### BEGIN HIDDEN TESTS
from grader import cases

cases.grade_top_k_probs(top_k_probs)
### END HIDDEN TESTS

# %% [markdown]
# ## 3. Nucleus
#
# ●●● трудно · 30 минут · 3 балла
#
# Top-k всегда оставляет одно и то же число токенов, хотя разумных продолжений иногда два, а иногда двести. Отсечение по
# ядру (nucleus, или top-p, [Holtzman et al., 2020](https://arxiv.org/abs/1904.09751)) смотрит не на число токенов,
# а на их общую вероятность.
#
# Расставим вероятности строки по убыванию: $p_{(1)} \ge p_{(2)} \ge \dots \ge p_{(V)}$. Токен остаётся в ядре $N$,
# если масса (суммарная вероятность) всех токенов строго перед ним меньше порога $p \in (0, 1]$:
#
# $$N = \Big\{ (j) : \sum_{l < j} p_{(l)} < p \Big\}, \qquad
# q_i = \begin{cases} \dfrac{p_i}{\sum_{j \in N} p_j}, & i \in N, \\[2ex] 0, & i \notin N. \end{cases}$$
#
# Значит, токен, на котором накопленная масса переходит через $p$, остаётся в ядре. Пример: для вероятностей
# $(0{,}5;\ 0{,}3;\ 0{,}2)$ и $p = 0{,}7$ в ядро входят первые два токена, хотя вместе они весят $0{,}8$. Самый
# вероятный токен лежит в ядре всегда, а при $p = 1$ не отсекается ничего.
#
# На вход приходят уже готовые вероятности формы $[B, V]$; порядок токенов в строках произвольный.


# %% nbgrader={"grade": false, "grade_id": "nucleus_probs", "locked": false, "schema_version": 3, "solution": true, "task": false}
def nucleus_probs(probs, p):
    """probs[B, V], 0 < p <= 1 -> probs float32[B, V] of the nucleus, each row sums to 1."""
    ### BEGIN SOLUTION
    falling, ids = probs.sort(dim=-1, descending=True)  # [B, V]
    mass_before = falling.cumsum(dim=-1) - falling
    inside = (mass_before < p) | (p == 1)  # p = 1 keeps all, even where rounding has made the mass 1
    kept = torch.zeros_like(probs).scatter(-1, ids, falling * inside)  # back to the order of the vocabulary
    return kept / kept.sum(dim=-1, keepdim=True)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_nucleus_probs", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
checks.check_nucleus_probs(nucleus_probs)
### BEGIN HIDDEN TESTS
from grader import cases

cases.grade_nucleus_probs(nucleus_probs)
### END HIDDEN TESTS

# %% [markdown]
# ## 4. Энтропия
#
# ●○○ легко · 10 минут · 1 балл
#
# Энтропия (entropy) показывает, насколько непредсказуем следующий токен. Будем измерять её в натах, то есть брать
# натуральный логарифм:
#
# $$H(p) = -\sum_{i=1}^{V} p_i \ln p_i, \qquad 0 \cdot \ln 0 = 0$$
#
# Она равна 0, когда возможен только один токен, и $\ln n$, когда возможны $n$ токенов и все они равновероятны. После
# отсечения в строке много нулей, и они не должны ничего испортить. Функция возвращает по одному числу на строку:
# форма $[B]$.


# %% nbgrader={"grade": false, "grade_id": "entropy", "locked": false, "schema_version": 3, "solution": true, "task": false}
def entropy(probs):
    """probs[B, V] -> entropy float32[B] in nats."""
    ### BEGIN SOLUTION
    return -torch.xlogy(probs, probs).sum(dim=-1)  # xlogy(0, 0) is 0
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_entropy", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
checks.check_entropy(entropy)
### BEGIN HIDDEN TESTS
from grader import cases

cases.grade_entropy(entropy)
### END HIDDEN TESTS

# %% [markdown]
# ## 5. Случайный выбор
#
# ●○○ легко · 10 минут · 2 балла
#
# Для каждой строки $b$ выберите случайный токен так, чтобы
#
# $$P(\text{токен}_b = i) = p_{b, i}$$
#
# Каждая строка тянет свой жребий, и при каждом вызове он новый. Токены с нулевой вероятностью не выпадают никогда.
#
# Случайные числа берите из общего генератора `torch` и не меняйте его зерно (seed): если перед каждым из двух вызовов
# выполнить `torch.manual_seed` с одним и тем же числом, ответы должны совпасть. Функция возвращает номера токенов,
# форма $[B]$.


# %% nbgrader={"grade": false, "grade_id": "draw", "locked": false, "schema_version": 3, "solution": true, "task": false}
def draw(probs):
    """probs[B, V] -> tokens int64[B], one for each row, drawn by probability."""
    ### BEGIN SOLUTION
    return torch.multinomial(probs, num_samples=1).squeeze(-1)  # [B]
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_draw", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
checks.check_draw(draw)
### BEGIN HIDDEN TESTS
from grader import cases

cases.grade_draw(draw)
### END HIDDEN TESTS

# %% [markdown]
# ## 6. Класс Sampler
#
# ●●○ средне · 30 минут · 3 балла
#
# Соберите всё вместе. У `Sampler` две независимые настройки:
#
# * `prob_mode` — из чего выбирать: `"temperature"` — из всех токенов, `"topk"` — из $k$ лучших;
# * `sample_mode` — как выбирать: `"greedy"` — самый вероятный токен (arg max), `"random"` — случайный
#   по вероятностям, `"nucleus"` — случайный из ядра с порогом $p$.
#
# По умолчанию выбор жадный, из всех токенов.

# %% [markdown]
# **Порядок действий** всегда такой:
#
# $$z \;\longrightarrow\; z / T \;\longrightarrow\; \text{top-}k \text{ (если нужно)} \;\longrightarrow\;
# \text{nucleus (если нужно)} \;\longrightarrow\; \text{токен и энтропия}$$
#
# Температура действует в обоих режимах `prob_mode`. Метод `sample` получает логиты формы $[B, V]$ и возвращает пару:
# токены (`int64`, форма $[B]$) и энтропию в натах (`float32`, форма $[B]$). Это энтропия того распределения, из которого
# токен действительно выбирали: после температуры и всех отсечений. В жадном режиме случайности нет, поэтому энтропия
# равна 0.

# %% [markdown]
# **Ошибки.** Если работать нельзя, `Sampler` должен сказать об этом исключением `ValueError`: о настройках — в
# `__init__` или в `sample`, о логитах — в `sample`. Проверка смотрит на класс исключения, а сообщение прочтёт человек:
# назовите в нём аргумент и его значение. Вот все такие случаи:
#
# | что | когда это ошибка |
# |---|---|
# | `temp` | $T \le 0$, бесконечность или NaN |
# | `k` при `prob_mode="topk"` | не задано или $k < 1$ |
# | `p` при `sample_mode="nucleus"` | не задано или не лежит в $(0, 1]$ |
# | `prob_mode`, `sample_mode` | неизвестное значение |
# | `logits` | не двумерный тензор; в какой-то строке есть NaN или $+\infty$ либо нет ни одного конечного числа |
#
# Смело пользуйтесь функциями из задач 1–5: если в какой-то из них осталась ошибка, при оценке этой задачи вместо неё
# будет взята правильная.


# %% nbgrader={"grade": false, "grade_id": "Sampler", "locked": false, "schema_version": 3, "solution": true, "task": false}
class Sampler:
    """Chooses the next token of every row from its logits."""

    def __init__(self, prob_mode="temperature", sample_mode="greedy", temp=1.0, k=None, p=None):
        ### BEGIN SOLUTION
        if prob_mode not in ("temperature", "topk"):
            raise ValueError(f'prob_mode={prob_mode!r}: use "temperature" or "topk".')
        if sample_mode not in ("greedy", "random", "nucleus"):
            raise ValueError(f'sample_mode={sample_mode!r}: use "greedy", "random" or "nucleus".')
        if not 0 < temp < math.inf:
            raise ValueError(f"temp={temp} must be a positive finite number.")
        if prob_mode == "topk" and (k is None or k < 1):
            raise ValueError(f"k={k} must be at least 1.")
        if sample_mode == "nucleus" and (p is None or not 0 < p <= 1):
            raise ValueError(f"p={p} must lie in (0, 1].")
        self.prob_mode, self.sample_mode = prob_mode, sample_mode
        self.temp, self.k, self.p = temp, k, p
        ### END SOLUTION

    def sample(self, logits):
        """logits[B, V] -> (tokens int64[B], entropy float32[B] in nats)."""
        ### BEGIN SOLUTION
        if logits.dim() != 2:
            raise ValueError(f"logits of shape {tuple(logits.shape)}: two dimensions [B, V] are needed.")
        logits = logits.float()
        if not logits.amax(dim=-1).isfinite().all():  # the largest of a row with NaN is NaN
            raise ValueError(f"logits={logits}: a row has NaN, +inf or no finite entry.")
        if self.sample_mode == "greedy":
            return logits.argmax(dim=-1), logits.new_zeros(len(logits))
        if self.prob_mode == "topk":
            probs = top_k_probs(logits / self.temp, self.k)
        else:
            probs = temperature_probs(logits, self.temp)
        if self.sample_mode == "nucleus":
            probs = nucleus_probs(probs, self.p)
        return draw(probs), entropy(probs)
        ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_Sampler", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
checks.check_sampler(Sampler)
### BEGIN HIDDEN TESTS
from grader import cases

cases.grade_sampler(Sampler)
### END HIDDEN TESTS

# %% [markdown]
# ## 7. Цикл генерации
#
# ●●○ средне · 30 минут · 2 балла
#
# Рекуррентной сети не нужно перечитывать текст с начала: всё прошлое лежит в её состоянии $(h_t, C_t)$. Поэтому
# на каждом шаге она получает только последний токен:
#
# $$z_t, (h_t, C_t) = \mathrm{LSTM}\big(x_{t-1}, (h_{t-1}, C_{t-1})\big), \qquad x_t, H_t = \mathrm{Sampler}(z_t),
# \qquad x_0 = \mathtt{start\_id}$$
#
# Модель вызывается так: `logits, (h, c) = model(input_ids, init_states=(h, c))`, где `input_ids` имеет форму
# $[B, 1]$, `logits` — $[B, 1, V]$, `h` и `c` — $[B, d]$; число $d$ лежит в `model.hidden_size`. На первом шаге
# состояние нулевое, то же самое даёт `init_states=None`. Токены выбирает `sampler.sample`; объект `sampler` может быть
# любым, не обязательно вашим.

# %% [markdown]
# **Что возвращает `generate`**
#
# * Первый столбец ответа — `start_id`. Как только строка получила `end_id`, текст закончен, и дальше в ней стоит
#   только `end_id`, пока остальные строки договаривают.
# * Остановиться нужно, как только закончились все тексты или число новых токенов в строке достигло `max_length`.
# * Средняя энтропия берётся по всем порождённым токенам, то есть по токенам до первого `end_id` строки, считая и его
#   самого. Если в строке $b$ таких токенов $L_b$, то
#
# $$\bar H = \frac{\sum_{b=1}^{B} \sum_{t=1}^{L_b} H_{b,t}}{\sum_{b=1}^{B} L_b}$$
#
# Ответ — пара: `ids` (`int64`, форма $[B, L + 1]$, где $L = \max_b L_b$ не больше `max_length`) и средняя энтропия,
# обычное число `float`. Работать нужно на том устройстве, где лежит модель: `next(model.parameters()).device`.


# %% nbgrader={"grade": false, "grade_id": "generate", "locked": false, "schema_version": 3, "solution": true, "task": false}
@torch.no_grad()
def generate(model, sampler, n_samples, start_id, end_id, max_length):
    """-> (ids int64[n_samples, L + 1], mean entropy of a generated token in nats); L <= max_length."""
    ### BEGIN SOLUTION
    model.eval()
    tokens = torch.full((n_samples,), start_id, device=next(model.parameters()).device)  # [B]
    alive = torch.ones_like(tokens, dtype=torch.bool)
    states = None
    ids, entropies = [tokens], []
    for _ in range(max_length):
        logits, states = model(tokens.unsqueeze(1), init_states=states)  # [B, 1, V]
        tokens, step_entropy = sampler.sample(logits[:, -1])
        entropies.append(step_entropy[alive])
        tokens = tokens.where(alive, end_id)
        ids.append(tokens)
        alive = alive & (tokens != end_id)
        if not alive.any():
            break
    return torch.stack(ids, dim=1), torch.cat(entropies).mean().item()
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_generate", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
checks.check_generate(generate)
### BEGIN HIDDEN TESTS
from grader import cases

cases.grade_generate(generate)
### END HIDDEN TESTS

# %% [markdown]
# ## Премьера
#
# Дадим вашему `Sampler` и вашему `generate` ту самую LSTM с семинара. Настройки можно менять и добавлять свои: эта ячейка
# не оценивается.

# %%
from course_lib.data import load_tokenizer
from course_lib.model import load_weights

tokenizer = load_tokenizer()
lstm = load_weights().to(device)

settings = {
    "жадно": {"sample_mode": "greedy"},
    "T = 0.5": {"sample_mode": "random", "temp": 0.5},
    "T = 1": {"sample_mode": "random", "temp": 1.0},
    "T = 1.5": {"sample_mode": "random", "temp": 1.5},
    "top-k, k = 50": {"prob_mode": "topk", "sample_mode": "random", "k": 50},
    "nucleus, p = 0.95": {"sample_mode": "nucleus", "p": 0.95},
    "nucleus, p = 0.7": {"sample_mode": "nucleus", "p": 0.7},
}
torch.manual_seed(4)
for title, numbers in settings.items():
    ids, mean_entropy = generate(lstm, Sampler(**numbers), 32, tokenizer.cls_token_id, tokenizer.sep_token_id, 60)
    print(f"{title}: средняя энтропия {mean_entropy:.2f}")
    for text in tokenizer.batch_decode(ids[:5], skip_special_tokens=True):
        print("   ", text)
    print("    разных текстов:", len(set(map(tuple, ids.tolist()))), "из", len(ids))

# %% [markdown]
# ## 8. Вопрос
#
# ●●○ средне · 20 минут · 3 балла, проверяет преподаватель
#
# Ответьте на три вопроса, на каждый — абзацем в два–четыре предложения. За каждый ответ — до одного балла.
#
# 1. На одном шаге модель почти уверена: у одного токена вероятность 0,98, остальные 0,02 делят тысячи других.
#    На другом шаге у неё тысяча продолжений, все с вероятностью 0,001. Сколько токенов оставят в каждом случае top-k
#    при $k = 50$ и nucleus при $p = 0{,}95$? Чем плох на этих шагах top-k?
# 2. Пусть при $T = 1$ вероятности равны $(0{,}5;\ 0{,}3;\ 0{,}2)$, а настройки такие: $T = 2$, $p = 0{,}75$.
#    Найдите распределение, из которого будет выбираться токен, если применить температуру до отсечения ядром и если
#    после него. Чем отличается смысл порога $p$ в этих двух случаях? Почему в нашем `Sampler` температура стоит до
#    отсечения?
# 3. Посмотрите на тексты и энтропии из «Премьеры». Какую настройку вы взяли бы для анекдотов? Чего о текстах нельзя
#    узнать по одной только средней энтропии?
#
# Дважды щёлкните по ячейке ниже и пишите.

# %% [markdown] nbgrader={"grade": true, "grade_id": "analysis", "locked": false, "points": 3, "schema_version": 3, "solution": true, "task": false}
# 1. Уверенный шаг: top-k оставит 50 токенов, nucleus — один, потому что масса перед вторым токеном уже 0,98.
#    Неуверенный шаг: top-k снова оставит 50, а nucleus — 950. Число $k$ от уверенности модели не зависит, поэтому
#    на первом шаге top-k пускает 49 лишних токенов из хвоста, а на втором выбрасывает 950 продолжений, которые
#    ничем не хуже оставленных. Размер ядра подстраивается под распределение сам.
# 2. До отсечения: температура 2 — это корень из вероятностей с нормировкой, получится примерно (0,42; 0,32; 0,26).
#    Масса перед третьим токеном 0,74 < 0,75, поэтому остаются все три токена. После отсечения: ядро исходного
#    распределения — два токена, перед третьим уже 0,8; корни от оставшихся дают примерно (0,56; 0,44). Порог $p$
#    означает долю массы того распределения, из которого на самом деле выбирают, поэтому сначала температура, потом
#    отсечение. Иначе высокая температура уже не вернёт отрезанные токены, сколько её ни увеличивай.
# 3. Я взял бы nucleus с $p = 0{,}95$ или температуру чуть ниже единицы: тексты ещё разные, но редких токенов
#    не к месту почти нет. Энтропия говорит, насколько модель колебалась при выборе, а не насколько хорош текст.
#    Низкая бывает и у связного анекдота, и у бесконечного повтора одной фразы, высокая — и у разнообразных текстов,
#    и у бессмыслицы. Нужны другие меры: доля уникальных слов, ошибка судьи, глаза читателя.

# %% [markdown]
# ## Перед сдачей
#
# Выберите *Kernel → Restart Kernel and Run All Cells* и убедитесь, что все семь проверок напечатали «✓». Имя файла
# не меняйте. Команда `course submit hw_sampler.ipynb` в терминале проверит блокнот и соберёт архив для преподавателя.

# %% [markdown]
# # Без баллов: что придумали после nucleus
#
# Эти три задачи ни на что не влияют: их можно не решать, и ошибка в них ничего не стоит. Правила те же, что и раньше,
# проверки тоже есть. Пока решения нет, проверка просто сообщает об этом.

# %% [markdown]
# ## Min-p
#
# ●○○ легко · 10 минут · без баллов
#
# Ядро копит массу, а min-p ([Nguyen et al., 2024](https://arxiv.org/abs/2407.01082)) сравнивает каждый токен с самым
# вероятным: остаются те, чья вероятность составляет от неё хотя бы долю $p_{\min} \in (0, 1]$. Если модель уверена, планка
# высока; если сомневается — низка.
#
# $$M = \Big\{ i : p_i \ge p_{\min} \cdot \max_j p_j \Big\}, \qquad
# q_i = \begin{cases} \dfrac{p_i}{\sum_{j \in M} p_j}, & i \in M, \\[2ex] 0, & i \notin M. \end{cases}$$


# %% nbgrader={"grade": false, "grade_id": "min_p_probs", "locked": false, "schema_version": 3, "solution": true, "task": false}
def min_p_probs(probs, min_p):
    """probs[B, V], 0 < min_p <= 1 -> probs float32[B, V], each row sums to 1."""
    ### BEGIN SOLUTION
    bar = min_p * probs.amax(dim=-1, keepdim=True)  # [B, 1]
    likely = probs * (probs >= bar)
    return likely / likely.sum(dim=-1, keepdim=True)
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "check_min_p_probs", "locked": true, "schema_version": 3, "solution": false, "task": false}
checks.check_min_p_probs(min_p_probs)

# %% [markdown]
# ## Локально типичный выбор
#
# ●●● трудно · 30 минут · без баллов
#
# Люди редко говорят самое предсказуемое. Неожиданность (surprisal) токена — это $-\ln p_i$, а энтропия — её среднее.
# Локально типичный выбор (locally typical sampling, [Meister et al., 2022](https://arxiv.org/abs/2202.00666)) оставляет
# токены, чья неожиданность ближе всего к средней:
#
# $$\varepsilon_i = \big| -\ln p_i - H(p) \big|$$
#
# Расставим токены строки по возрастанию $\varepsilon_i$. Дальше всё как в ядре: токен остаётся, если масса всех токенов
# строго перед ним меньше порога $\tau \in (0, 1]$, а вероятности оставшихся делят на их сумму. Самого вероятного токена среди
# оставшихся может и не быть. У невозможного токена неожиданность бесконечна, но энтропия строки от этого не портится.


# %% nbgrader={"grade": false, "grade_id": "typical_probs", "locked": false, "schema_version": 3, "solution": true, "task": false}
def typical_probs(probs, tau):
    """probs[B, V], 0 < tau <= 1 -> probs float32[B, V] of the typical tokens, each row sums to 1."""
    ### BEGIN SOLUTION
    spread = -torch.xlogy(probs, probs).sum(dim=-1, keepdim=True)  # [B, 1]
    nearest = (-probs.log() - spread).abs().argsort(dim=-1)  # [B, V]
    ordered = probs.gather(-1, nearest)
    reached = ordered.cumsum(dim=-1) - ordered
    typical = torch.zeros_like(probs).scatter(-1, nearest, ordered * ((reached < tau) | (tau == 1)))
    return typical / typical.sum(dim=-1, keepdim=True)
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "check_typical_probs", "locked": true, "schema_version": 3, "solution": false, "task": false}
checks.check_typical_probs(typical_probs)

# %% [markdown]
# ## Штраф за повторы
#
# ●●○ средне · 20 минут · без баллов
#
# Модель любит повторяться. Штраф (repetition penalty, [Keskar et al., 2019](https://arxiv.org/abs/1909.05858)) меняет
# логиты токенов, которые в этом тексте уже были: при $\theta > 1$ они становятся менее вероятными. Если $G$ — множество
# токенов, встретившихся в строке, то
#
# $$z'_i = \begin{cases} z_i / \theta, & i \in G,\ z_i > 0, \\ z_i \cdot \theta, & i \in G,\ z_i \le 0, \\
# z_i, & i \notin G. \end{cases}$$
#
# В статье на $\theta$ делят всегда, но отрицательный логит от деления вырос бы, поэтому теперь его умножают. Сколько раз
# токен встретился, неважно: штраф один.
#
# Функция получает логиты формы $[B, V]$, тексты `ids` (`int64`, форма $[B, L]$) и число $\theta$ и возвращает новые логиты
# (`float32`) — вероятности посчитает тот, кто будет выбирать токен.


# %% nbgrader={"grade": false, "grade_id": "repetition_penalty", "locked": false, "schema_version": 3, "solution": true, "task": false}
def repetition_penalty(logits, ids, penalty):
    """logits[B, V], ids int64[B, L], penalty >= 1 -> logits float32[B, V]; those of tokens in ids are lowered."""
    ### BEGIN SOLUTION
    logits = logits.float()
    spoken = logits.gather(-1, ids)  # [B, L]
    lowered = torch.where(spoken > 0, spoken / penalty, spoken * penalty)
    return logits.scatter(-1, ids, lowered)
    ### END SOLUTION


# %% nbgrader={"grade": false, "grade_id": "check_repetition_penalty", "locked": true, "schema_version": 3, "solution": false, "task": false}
checks.check_repetition_penalty(repetition_penalty)

# %% [markdown]
# # Что почитать
#
# * Sepp Hochreiter, Jürgen Schmidhuber. [Long Short-Term Memory](https://doi.org/10.1162/neco.1997.9.8.1735), 1997 —
#   откуда взялись $h$ и $C$.
# * Angela Fan et al. [Hierarchical Neural Story Generation](https://arxiv.org/abs/1805.04833), 2018 — top-k.
# * Nitish Keskar et al. [CTRL: A Conditional Transformer Language Model for Controllable
#   Generation](https://arxiv.org/abs/1909.05858), 2019 — штраф за повторы.
# * Ari Holtzman et al. [The Curious Case of Neural Text Degeneration](https://arxiv.org/abs/1904.09751), 2019, на
#   конференции в 2020 — nucleus; самая нужная статья из этого списка.
# * Clara Meister et al. [Locally Typical Sampling](https://arxiv.org/abs/2202.00666), 2022 — локально типичный выбор.
# * Minh Nguyen et al. [Turning Up the Heat: Min-p Sampling for Creative and Coherent LLM
#   Outputs](https://arxiv.org/abs/2407.01082), 2024 — min-p.
