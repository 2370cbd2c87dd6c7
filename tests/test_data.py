"""course_lib.data: every source of texts, and a sentence for everything that can be wrong with it."""

import subprocess
from pathlib import Path

import pytest

from course_lib import data
from tests.tiny import TEXTS, make_tokenizer


def write(path: Path, content: bytes | str) -> str:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return str(path)


@pytest.mark.parametrize(
    "content",
    [
        "<|startoftext|>раз два\n\n<|startoftext|>три\nчетыре\n",
        "раз два\n\n\n\nтри\nчетыре",
        "\ufeff<|startoftext|>раз два\r\n\r\n<|startoftext|>три\r\nчетыре\r\n",
        "<|startoftext|>раз два\n<|startoftext|>три\nчетыре",
        "  раз   два \n \t \nтри\nчетыре\n",
    ],
    ids=["markers", "blank lines", "BOM and CRLF", "markers without blank lines", "spaces"],
)
def test_anek_form(tmp_path, content):
    assert data.load_texts(write(tmp_path / "anek.txt", content)) == ["раз два", "три четыре"]


def test_utf16_is_read(tmp_path):
    assert data.load_texts(write(tmp_path / "a.txt", "раз\n\nдва".encode("utf-16"))) == ["раз", "два"]


def test_cp1251_is_named_and_the_way_out_given(tmp_path):
    with pytest.raises(ValueError, match=r"a\.txt.*not UTF-8.*iconv -f cp1251"):
        data.load_texts(write(tmp_path / "a.txt", "привет".encode("cp1251")))


@pytest.mark.parametrize("content", ["", "\n\n \n", "<|startoftext|>\n\n<|startoftext|>"])
def test_a_file_without_texts(tmp_path, content):
    with pytest.raises(ValueError, match="empty.txt.*holds no texts"):
        data.load_texts(write(tmp_path / "empty.txt", content))


@pytest.mark.parametrize("name", ["no/such/dir/anek.txt", "anek.txt", "./jokes", "/jokes"])
def test_a_file_that_is_not_there(name):
    with pytest.raises(FileNotFoundError, match="there is no corpus file"):
        data.load_texts(name)


def test_an_unknown_dataset_says_where_it_looked(monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(FileNotFoundError, match="nobody/nothing.*Hugging Face hub"):
        data.load_texts("nobody/nothing")


def test_a_dataset_column_of_texts(monkeypatch):
    import datasets

    table = datasets.Dataset.from_dict({"id": [1, 2, 3], "text": ["раз  два", "", "<|startoftext|>три"]})
    monkeypatch.setattr(datasets, "load_dataset", lambda name: datasets.DatasetDict(train=table))
    assert data.load_texts("someone/jokes") == ["раз два", "три"]


def test_fortunes_are_read_once(tmp_path, monkeypatch):
    folder = tmp_path / data.FORTUNES_INSIDE
    folder.mkdir(parents=True)
    write(folder / "one", "Первая\nстрока\n%\nВторая\n%\n")
    write(folder / "two", "%\r\n%\nТретья %\n%\nВторая")
    write(folder / "one.dat", b"\x00\x01\xff")
    (folder / "one.u8").symlink_to("one")
    expected = ["Первая строка", "Вторая", "Третья %"]
    assert data.load_texts(tmp_path) == expected  # a folder that the package was unpacked to
    monkeypatch.setenv("FORTUNES_RU_DIR", str(folder))
    assert data.load_texts("fortunes-ru") == expected


def test_fortunes_not_installed(tmp_path, monkeypatch):
    monkeypatch.setenv("FORTUNES_RU_DIR", str(tmp_path / "nothing"))
    with pytest.raises(FileNotFoundError, match="apt-get install fortunes-ru"):
        data.load_texts("fortunes-ru")


def test_debians_fortunes_unpacked_without_root(tmp_path):
    """The real package: downloaded and unpacked to a folder by the commands that the error message gives."""
    download = subprocess.run(["apt-get", "download", "fortunes-ru"], cwd=tmp_path, capture_output=True)
    if download.returncode:
        pytest.skip("apt-get can't download fortunes-ru here")
    subprocess.run(["dpkg", "-x", next(tmp_path.glob("*.deb")), tmp_path / "unpacked"], check=True)
    texts = data.load_texts(tmp_path / "unpacked")
    assert len(texts) > 15_000
    assert len(set(texts)) == len(texts)
    assert not any(text.startswith("%") and len(text) == 1 for text in texts)


def test_split_is_always_the_same_and_parts_are_disjoint():
    texts = [f"текст {i}" for i in range(50)]
    train, held_out = data.split_texts(texts)
    assert (len(train), len(held_out)) == (45, 5)
    assert sorted(train + held_out) == sorted(texts)
    assert data.split_texts(texts) == (train, held_out)
    with pytest.raises(ValueError, match="at least 2"):
        data.split_texts(["один"])


def test_tokenizer_from_a_folder_keeps_case_and_diacritics(tmp_path):
    tokenizer = make_tokenizer(tmp_path / "t")
    text = TEXTS[1]
    ids = tokenizer(text)["input_ids"]
    assert ids[0] == tokenizer.cls_token_id
    assert ids[-1] == tokenizer.sep_token_id
    assert tokenizer.decode(ids, skip_special_tokens=True) == text
    assert tokenizer.tokenize("чайник") != tokenizer.tokenize("Чайник")


def test_tokenizer_that_cannot_be_had(tmp_path, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    for name in [str(tmp_path), "nobody/nothing"]:
        with pytest.raises(ValueError, match="no tokenizer could be loaded from"):
            data.load_tokenizer(name)


@pytest.mark.parametrize("content", ["{}", '{"version": "1.0", "model"', "[]"])
def test_a_damaged_tokenizer_is_named_and_what_was_wrong_with_it(tmp_path, content):
    make_tokenizer(tmp_path)
    write(tmp_path / "tokenizer.json", content)
    with pytest.raises(ValueError, match=r"no tokenizer could be loaded from '.*\(\w+: ") as caught:
        data.load_tokenizer(tmp_path)
    assert str(tmp_path) in str(caught.value)


def test_a_tokenizer_in_the_home_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    expected = make_tokenizer(tmp_path / "mine")
    assert data.load_tokenizer("~/mine").get_vocab() == expected.get_vocab()
    assert data.load_tokenizer(Path("~/mine")).get_vocab() == expected.get_vocab()


def test_a_name_that_is_no_folder_stays_as_it_is():
    assert data.folder_or_id("~nobody/nothing") == "~nobody/nothing"
    assert data.folder_or_id("owner/name") == "owner/name"


def test_tokenizer_without_start_and_end(tmp_path):
    from tokenizers import Tokenizer, models
    from transformers import PreTrainedTokenizerFast

    bare = Tokenizer(models.WordPiece({"[UNK]": 0, "а": 1}, unk_token="[UNK]"))
    PreTrainedTokenizerFast(tokenizer_object=bare, unk_token="[UNK]").save_pretrained(tmp_path)
    with pytest.raises(ValueError, match="has no cls_token, sep_token, pad_token"):
        data.load_tokenizer(tmp_path)
