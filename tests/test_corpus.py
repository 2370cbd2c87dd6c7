"""The bundled corpus: the template language, Russian agreement, and what the issue of a corpus must satisfy."""

import random
import re

import pytest

from course_lib.data import load_texts, load_tokenizer
from rebuild.corpus.build import all_situations, build_corpus, draw_distinct, fits, one_offs
from rebuild.corpus.grammar import Situation, TemplateError, read_situations, split_alternatives
from rebuild.corpus.inflection import InflectionError, Phrase, euphony, full_stops, sentence_case
from rebuild.pipeline import PER_SITUATION, SEED


@pytest.mark.parametrize(
    ("phrase", "forms"),
    [
        ("кот", "кота коту кота котом коте"),
        ("старый диван", "старого дивана старому дивану старый диван старым диваном старом диване"),
        ("учитель физики", "учителя физики учителю физики учителя физики учителем физики учителе физики"),
        ("морская свинка", "морской свинки морской свинке морскую свинку морской свинкой морской свинке"),
        ("ножницы", "ножниц ножницам ножницы ножницами ножницах"),
        ("Вовочка", "Вовочки Вовочке Вовочку Вовочкой Вовочке"),
        ("пианино", "пианино пианино пианино пианино пианино"),
        ("лев (льва, льву, льва, львом, льве; м)", "льва льву льва львом льве"),
    ],
)
def test_cases_of_a_phrase(phrase, forms):
    parsed = Phrase.parse(phrase)
    assert " ".join(parsed.form(case) for case in ("род", "дат", "вин", "тв", "пр")) == forms


def test_plural_and_gender():
    assert Phrase.parse("аквариумная рыбка").form("род", plural=True) == "аквариумных рыбок"
    genders = {"кот": "м", "черепаха": "ж", "кресло": "с", "очки": "мн", "Дима": "м", "Соня": "ж"}
    assert {word: Phrase.parse(word).gender for word in genders} == genders


@pytest.mark.parametrize("phrase", ["быстро", "лев (льва, льву; м)"])
def test_a_phrase_that_cannot_be_inflected_is_named(phrase):
    with pytest.raises(InflectionError, match=phrase.split()[0]):
        Phrase.parse(phrase).form("род")


@pytest.mark.parametrize(
    ("rough", "smooth"),
    [
        ("в вторник с стажёром о уроке", "во вторник со стажёром об уроке"),
        ("в Вологду с котом о ёжике", "в Вологду с котом о ёжике"),
        ("с щенком и с зонтом", "со щенком и с зонтом"),
    ],
)
def test_euphony(rough, smooth):
    assert euphony(rough) == smooth


@pytest.mark.parametrize(
    ("rough", "mended"),
    [
        ("кот спит. — где? — тут!", "Кот спит. — Где? — Тут!"),
        ("— кто там? — я, — сказал лифт.", "— Кто там? — Я, — сказал лифт."),
        ("записка: «ушёл. не ждите».", "Записка: «Ушёл. Не ждите»."),
    ],
)
def test_capital_letters(rough, mended):
    assert sentence_case(rough) == mended


def test_full_stops_at_a_closing_quote():
    assert (
        full_stops("Пишет: «Ушёл.» Ждём. «Где?». Слово «там «тут»».") == "Пишет: «Ушёл». Ждём. «Где?» Слово «там «тут»."
    )


def situation(tmp_path, body):
    path = tmp_path / "s.txt"
    path.write_text(body, encoding="utf-8")
    return read_situations(path, {"зверь": ["ёж", "сова"]})


def test_a_slot_is_one_thing_in_all_its_forms(tmp_path):
    (only,) = situation(
        tmp_path,
        "# comment\n== two\nwho: @зверь | пёс\nend: {who.дат} [хорошо|плохо]\ntext: {who?пришёл/пришла} {who}, {end}.",
    )
    texts = {only.render(random.Random(i)) for i in range(60)}
    assert texts == {
        f"{verb} {who}, {to} {how}."
        for verb, who, to in [("Пришёл", "ёж", "ежу"), ("Пришла", "сова", "сове"), ("Пришёл", "пёс", "псу")]
        for how in ("хорошо", "плохо")
    }


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("text: а", "a «== id» line must come first"),
        ("== x\nbad line", "expected «name: values»"),
        ("== x\na: 1\na: 2\ntext: {a}", "slot «a» of x is defined twice"),
        ("== x\na: @нет\ntext: {a}", "no shared list «@нет»"),
        ("== x\na: 1", "situation x has no «text:» line"),
    ],
)
def test_a_situation_that_cannot_be_read(tmp_path, body, sentence):
    with pytest.raises(TemplateError, match=re.escape(sentence)):
        situation(tmp_path, body)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("{b}", "slot «b» is not defined"),
        ("{a.творительный}", "unknown case"),
        ("{a?один}", "has no form for «сова»"),
    ],
)
def test_a_text_that_cannot_be_rendered(text, sentence):
    with pytest.raises(TemplateError, match=re.escape(sentence)):
        Situation("x", {"a": ["сова"]}, [text]).render(random.Random(0))


def test_alternatives_split_outside_brackets_only():
    assert split_alternatives("а [б|в] | г {д?е/ё}") == ["а [б|в] ", " г {д?е/ё}"]
    with pytest.raises(TemplateError, match="unbalanced"):
        split_alternatives("а [б|в")


def test_enough_was_written_by_hand():
    situations = all_situations()
    assert len(situations) >= 200
    assert len({s.name for s in situations}) == len(situations)
    assert sum(fits(joke) for joke in one_offs()) >= 300


def test_every_situation_gives_its_texts():
    for each in all_situations():
        assert len(draw_distinct(each, PER_SITUATION, random.Random(1))) == PER_SITUATION, each.name


def test_the_bundled_corpus_is_what_the_situations_give():
    """Built again from the seed, it is the shipped file to the letter."""
    assert load_texts() == build_corpus(PER_SITUATION, SEED)


def test_the_bundled_corpus_is_as_large_and_as_short_as_promised():
    texts, tokenizer = load_texts(), load_tokenizer()
    assert len(set(texts)) == len(texts) >= 20_000
    lengths = [len(ids) for ids in tokenizer(texts, add_special_tokens=False)["input_ids"]]
    assert sum(8 <= length <= 60 for length in lengths) >= 20_000
    assert sum(not 8 <= length <= 60 for length in lengths) < len(texts) / 1000


def test_no_template_shows_in_the_corpus():
    """No brackets, lost spaces, small letters at the start, doubled marks or letters outside Russian."""
    wrong = re.compile(r"[{}\[\]|@/_A-Za-z]|\s[,.!?:;]|  |,,|(?<!\.)\.\.(?!\.)|\?\.|^\W*[а-яё]|»»|[.]»(?<!\.\.\.»)")
    assert [text for text in load_texts() if wrong.search(text)] == []
