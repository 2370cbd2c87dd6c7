"""The session: what goes in and comes out, what is told about exceptions, and that lies from inside are no harm."""

import math
import sys

import pytest
import torch
from box_sessions import LIMITS, warm_boxes

from grader.box import policy
from grader.box.outcomes import BoxError, Fault, Model, Sampler, StudentError
from grader.box.session import Session
from grader.box.wire import Handle, Opaque, TensorValue

pytestmark = pytest.mark.skipif(bool(policy.missing_tools()), reason=f"not installed: {policy.missing_tools()}")

NOTEBOOK = """
from course_lib import checks
import numpy as np
checks.check_entropy(1, 2)

def echo(*args):
    return args

def same(value):
    return value

def make(name):
    return {
        "np": np.float32(1.5), "array": np.zeros(3), "dict": {}, "big": 10**40, "long": "x" * 5000,
        "parameter": torch.nn.Parameter(torch.arange(2.0)), "complex": torch.zeros(2, dtype=torch.complex64),
        "many": [0] * 5000, "sparse": torch.eye(2).to_sparse(), "grad": torch.ones(2, requires_grad=True),
        "view": torch.arange(6).reshape(2, 3).T, "nan": math.nan, "npint": np.int64(3), "bool": np.bool_(True),
        "module": math, "liar": Liar(),
    }[name]

class Liar(float):
    def __eq__(self, other):
        return True

def change(a, b, c):
    b[0] = 7
    c.unsqueeze_(0)

def nan_stays(a):
    return a.isnan().any().item()

def three(x):
    return x.exp().log() + 1

class Keeper:
    def __init__(self, start=1, *, step=2):
        if step < 0:
            raise ValueError(f"step={step}")
        self.value, self.step = start, step

    def next(self, x):
        self.value += self.step
        return x * self.value

def generate(model, sampler, batch):
    model.eval()
    place = next(model.parameters()).device
    ids = torch.zeros(batch, 1, dtype=torch.long, device=place)
    logits, (h, c) = model(ids)
    logits, (h, c) = model(ids, init_states=(h, c))
    tokens, entropy = sampler.sample(logits[:, -1])
    return tokens, entropy, model.hidden_size, model.vocab_size

def bad_generate(model, sampler, batch):
    return sampler.sample("logits")

def caught_generate(model, sampler, batch):
    try:
        sampler.sample(torch.zeros(1))
    except ValueError as error:
        return str(error)
"""


@pytest.fixture(scope="module")
def boxes():
    yield from warm_boxes()


@pytest.fixture(scope="module")
def box():
    with Session(LIMITS) as session:
        session.define("notebook", NOTEBOOK)
        yield session


@pytest.mark.parametrize("value", [None, True, False, 0, -5, 2**62, 1.5, math.inf, "привет", ""])
def test_plain_values_come_back(box, value):
    assert box.call("same", value).value == value
    assert type(box.call("same", value).value) is type(value)


@pytest.mark.parametrize(
    "dtype",
    [
        torch.float16, torch.bfloat16, torch.float32, torch.float64, torch.uint8,
        torch.int8, torch.int16, torch.int32, torch.int64, torch.bool,
    ],
)  # fmt: skip
@pytest.mark.parametrize("shape", [(), (0,), (1,), (3, 4), (2, 0, 3), (2, 3, 4)])
def test_tensors_come_back(box, dtype, shape):
    tensor = (torch.randn(shape) * 5).to(dtype)
    value = box.call("same", tensor).value
    assert type(value) is TensorValue and value.device == "cpu"
    assert value.tensor.dtype == dtype and value.tensor.shape == tensor.shape and torch.equal(value.tensor, tensor)


@pytest.mark.parametrize(
    "name, expected",
    [
        ("np", 1.5), ("array", Opaque("ndarray")), ("dict", Opaque("dict")), ("big", Opaque("int")),
        ("long", "x" * 1000),
        ("complex", Opaque("Tensor")), ("many", Opaque("list")),
        ("sparse", Opaque("Tensor")),
        ("npint", Opaque("int64")), ("bool", Opaque("bool")), ("module", Opaque("module")), ("liar", Opaque("Liar")),
    ],
)  # fmt: skip
def test_other_values(box, name, expected):
    assert box.call("make", name).value == expected


def test_nan_views_and_gradients(box):
    assert math.isnan(box.call("make", "nan").value)
    assert box.call("make", "view").value.tensor.tolist() == [[0, 3], [1, 4], [2, 5]]
    for name, numbers in (("grad", [1, 1]), ("parameter", [0, 1])):
        value = box.call("make", name).value.tensor
        assert value.tolist() == numbers and not value.requires_grad


STRANGE_VIEWS = {
    "a column of a batch of one": ("x[:1, 2]", [2.0]),
    "a slice with a gap": ("x[::2, 1::2]", [[1.0, 3.0], [9.0, 11.0]]),
    "the sign as a flag": ("torch._neg_view(x[0])", [0.0, -1.0, -2.0, -3.0]),
    "the imaginary part of a conjugate": ("torch.complex(x[0], x[1]).conj().imag", [-4.0, -5.0, -6.0, -7.0]),
    "an expanded number": ("x[0, 1].expand(3)", [1.0] * 3),
    "no numbers": ("x[:0]", []),
}


@pytest.mark.parametrize("view", STRANGE_VIEWS)
def test_tensors_that_lie_oddly_in_memory_come_back(box, view):
    code, numbers = STRANGE_VIEWS[view]
    box.define("view", f"def view(x):\n    return {code}")
    assert box.call("view", torch.arange(12.0).reshape(3, 4)).value.tensor.tolist() == numbers


def test_a_tensor_that_cannot_be_read_is_an_error_and_no_crash(boxes):
    box = boxes("def odd():\n    torch.Tensor.detach = None\n    return torch.ones(2)\ndef f():\n    return 1")
    with pytest.raises(StudentError) as caught:
        box.call("odd")
    assert caught.value.type_name == "TypeError"
    assert box.call("f").value == 1


def test_tuples_and_lists_keep_their_kind(box):
    value = box.call("echo", (1, 2), torch.ones(1), None).value
    assert value[0] == (1, 2) and type(value) is tuple and value[1].tensor.item() == 1
    assert box.call("same", [1, [2]]).value == [1, [2]]


OWN_CLASSES = """
from typing import NamedTuple
asked = []

class Pair(NamedTuple):
    tokens: object
    entropy: object = 0.5

def lying(kind):
    def lie(*_):
        asked.append(kind)
        return 1
    return type("Lying", (kind,), dict.fromkeys(("__len__", "__iter__", "__getitem__", "__class__"), lie))

class Own(torch.nn.Parameter):
    pass

class OwnTensor(torch.Tensor):
    pass

def make(name):
    return {
        "pair": lambda: Pair([Pair(1)]), "maximum": lambda: torch.eye(2).max(dim=1),
        "size": lambda: torch.zeros(2, 3).shape,
        "tuple": lambda: lying(tuple)([1, 2]), "list": lambda: lying(list)([1, 2]),
        "long tuple": lambda: lying(tuple)(range(1001)), "long list": lambda: lying(list)(range(1001)),
        "own": lambda: Own(torch.ones(2)), "own tensor": lambda: torch.ones(2).as_subclass(OwnTensor),
    }[name]()
"""


def test_what_a_class_of_theirs_adds_to_a_tuple_or_list_is_left_inside(boxes):
    box = boxes(OWN_CLASSES)
    expected = {"pair": ([(1, 0.5)], 0.5), "size": (2, 3), "tuple": (1, 2), "list": [1, 2]}
    for name, plain in expected.items():
        value = box.call("make", name).value
        assert value == plain and type(value) is type(plain)
    numbers, places = box.call("make", "maximum").value
    assert (numbers.tensor.tolist(), places.tensor.tolist()) == ([1, 1], [0, 1])
    for name in ("long tuple", "long list"):
        assert box.call("make", name).value == Opaque("Lying")
    box.define("asked", "def were_asked():\n    return asked")
    assert box.call("were_asked").value == []


def test_only_torchs_own_parameter_is_a_tensor(boxes):
    box = boxes(OWN_CLASSES)
    assert box.call("make", "own").value == Opaque("Own")
    assert box.call("make", "own tensor").value == Opaque("OwnTensor")
    box.define(
        "patch",
        """
def lie(*_, **__):
    return 7
torch.nn.Parameter.__torch_function__ = classmethod(lie)
torch.nn.Parameter.detach = torch.nn.Parameter.numpy = torch.nn.Parameter.cpu = lie
def parameter():
    return torch.nn.Parameter(torch.arange(2.0))
""",
    )
    assert box.call("parameter").value.tensor.tolist() == [0, 1]
    box.define("replace", "torch.nn.Parameter = Own\ndef another():\n    return Own(torch.ones(2))")
    assert box.call("another").value == Opaque("Own")


def test_changed_arguments_are_told(box):
    tensors = [torch.zeros(2), torch.zeros(2), torch.zeros(2)]
    assert box.call("change", *tensors).changed == (1, 2)
    assert all(tensor.tolist() == [0, 0] for tensor in tensors)
    reply = box.call("nan_stays", torch.tensor([math.nan]))
    assert reply.value is True and reply.changed == ()


CHANGES = {
    "its numbers": "x[0, 0] = 5",
    "its shape": "x.t_()",
    "its memory": "x.data = torch.ones(2, 3)",
    "its size": "x.resize_(0)",
    "nothing": "pass",
}
DISGUISES = {
    "none": "",
    "comparisons": "torch.equal = torch.allclose = lambda *_: True",
    "methods": "for name in ('view', 'contiguous', 'detach', 'numpy', 'cpu'): setattr(torch.Tensor, name, None)",
    "attributes": "torch.Tensor.shape = torch.Tensor.dtype = property(lambda self: 0)",
    "built-in functions": "import builtins; builtins.isinstance = lambda *_: False",
    "a mode over all functions": """
from torch.overrides import TorchFunctionMode
class Mode(TorchFunctionMode):
    def __torch_function__(self, function, types, args=(), settings=None):
        return True if function in (torch.equal, torch.Tensor.data_ptr) else function(*args, **(settings or {}))
Mode().__enter__()""",
    "a mode over all operations": """
from torch.utils._python_dispatch import TorchDispatchMode
class Mode(TorchDispatchMode):
    def __torch_dispatch__(self, function, types, args=(), settings=None):
        value = function(*args, **(settings or {}))
        return value.clone() if isinstance(value, torch.Tensor) and "view" in str(function) else value
Mode().__enter__()""",
}  # fmt: skip


@pytest.mark.parametrize("disguise", DISGUISES)
@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_argument_cannot_be_hidden(boxes, change, disguise):
    box = boxes(f"def f(x):\n    {CHANGES[change]}\n    return 1")
    box.define("disguise", DISGUISES[disguise])
    assert box.call("f", torch.zeros(2, 3)).changed == (() if change == "nothing" else (0,))


def test_operations_are_counted(box):
    few, many = (box.call("three", torch.ones(n), count_ops=True).ops for n in (1, 1000))
    assert few == many and few >= 3
    assert box.call("three", torch.ones(1)).ops is None


def test_objects_stay_inside(box):
    handle = box.create("Keeper", start=10, step=5)
    assert type(handle) is Handle
    assert box.method(handle, "next", torch.ones(1)).value.tensor.item() == 15
    assert box.method(handle, "next", 1).value == 20
    with pytest.raises(StudentError) as caught:
        box.create("Keeper", step=-1)
    assert (caught.value.kind, caught.value.message) == ("ValueError", "step=-1")


def test_has_and_missing_names(box):
    assert box.has("echo") and not box.has("nothing")
    with pytest.raises(StudentError):
        box.call("nothing")


def test_seeds_repeat(box):
    box.define(
        "draws", "import random\ndef draws():\n    return torch.rand(1).item(), np.random.rand(), random.random()"
    )
    box.seed(5)
    first = box.call("draws").value
    assert box.call("draws").value != first
    box.seed(5)
    assert box.call("draws").value == first


class TwoStep:
    hidden_size, vocab_size = 3, 5

    def __init__(self):
        self.calls = []

    def forward(self, input_ids, init_states):
        self.calls.append((input_ids.shape, init_states))
        batch = len(input_ids)
        return torch.zeros(batch, 1, 5), (torch.ones(batch, 3), torch.ones(batch, 3))


class Picker:
    def sample(self, logits):
        if not isinstance(logits, torch.Tensor) or logits.dim() != 2:
            raise ValueError("форма не та")
        return torch.ones(len(logits), dtype=torch.long), torch.full((len(logits),), 0.5)


def test_a_model_and_a_sampler_answer_from_outside(box):
    model = TwoStep()
    tokens, entropy, hidden, vocabulary = box.call("generate", Model(model), Sampler(Picker()), 4).value
    assert tokens.tensor.tolist() == [1] * 4 and entropy.tensor.tolist() == [0.5] * 4 and (hidden, vocabulary) == (3, 5)
    assert model.calls[0] == ((4, 1), None) and model.calls[1][1][0].tolist() == [[1.0] * 3] * 4
    with pytest.raises(StudentError, match="форма не та") as caught:
        box.call("bad_generate", Model(model), Sampler(Picker()), 4)
    assert caught.value.kind == "ValueError" and "sampler.sample" in caught.value.code
    assert box.call("caught_generate", Model(model), Sampler(Picker()), 4).value == "форма не та"


class Careless(TwoStep):
    def forward(self, input_ids, init_states):
        raise OverflowError("inside")


def test_what_the_answering_object_cannot_take_is_the_students_error(box):
    with pytest.raises(StudentError, match="OverflowError") as caught:
        box.call("generate", Model(Careless()), Sampler(Picker()), 4)
    assert caught.value.kind == "ValueError"


def test_a_question_with_too_many_numbers_is_refused_unread(box):
    model = TwoStep()
    with pytest.raises(StudentError, match="too many"):
        box.call("generate", Model(model), Sampler(Picker()), (1 << 17) + 1)
    assert model.calls == []


@pytest.mark.parametrize(
    "broken", ["torch.manual_seed = None", "import numpy, random\nnumpy.random.seed = random.seed = None"]
)
def test_seeding_does_not_depend_on_what_is_patched(boxes, broken):
    box = boxes(f"{broken}\ndef f():\n    return torch.rand(1).item()")
    box.seed(3)
    first = box.call("f").value
    box.seed(3)
    assert box.call("f").value == first


@pytest.mark.parametrize("ask", [lambda box: box.seed(1), lambda box: box.has("f")])
def test_a_worker_that_fails_in_its_own_work_is_a_crash(boxes, ask):
    box = boxes("import serving\nserving._SEED_TORCH = None\nserving.Worker.has = None\nimport gc")
    box.define(
        "more",
        "for one in gc.get_objects():\n"
        "    if type(one) is dict and 'seed' in one and 'has' in one: one.update(has=None, seed=None)",
    )
    with pytest.raises(Fault, match="tampered"):
        ask(box)


EXCEPTIONS = {
    "raise NotImplementedError('x')": ("NotImplementedError", "NotImplementedError", "x"),
    "raise ValueError('p=2')": ("ValueError", "ValueError", "p=2"),
    "raise UnicodeError('x')": ("ValueError", "UnicodeError", "x"),
    "assert 1 == 2, 'no'": ("AssertionError", "AssertionError", "no"),
    "raise SystemExit(3)": ("", "SystemExit", "3"),
    "raise KeyboardInterrupt": ("", "KeyboardInterrupt", ""),
    "raise GeneratorExit": ("", "GeneratorExit", ""),
    "f()": ("", "RecursionError", None),
    "raise type('Bad', (Exception,), {'__str__': lambda self: 1 / 0})()": ("", "Bad", ""),
    "raise type('Odd', (Exception,), {'__str__': lambda self: 5})()": ("", "Odd", ""),
    "raise type('Cheat', (ValueError,), {'__class__': KeyError, 'errno': property(lambda self: 1 / 0)})('v')": (
        "ValueError", "Cheat", "v",
    ),
    "raise ValueError('a\\x1b[31mred\\n\\u202eb')": ("ValueError", "ValueError", "a [31mred  b"),
    "raise ValueError('y' * 100000)": ("ValueError", "ValueError", "y" * 500),
    "raise ValueError('\\ud800')": ("ValueError", "ValueError", None),
    "raise ExceptionGroup('g', [ValueError(1)])": ("", "ExceptionGroup", None),
    "undefined": ("", "NameError", None),
    "1 / 0": ("", "ZeroDivisionError", "division by zero"),
    "torch.zeros(2) @ torch.zeros(3)": ("", "RuntimeError", None),
}  # fmt: skip


@pytest.mark.parametrize("body", EXCEPTIONS)
def test_exceptions_are_told(box, body):
    kind, name, message = EXCEPTIONS[body]
    box.define("f", f"def f():\n    # a comment\n    {body}")
    with pytest.raises(StudentError) as caught:
        box.call("f")
    error = caught.value
    assert (error.kind, error.type_name, error.line) == (kind, name, 3)
    assert message is None or error.message == message
    assert error.code.isprintable() and error.code.startswith(body[:20].split("\\")[0])


def test_a_syntax_error_names_its_line(box):
    with pytest.raises(StudentError) as caught:
        box.define("entropy", "x = 1\nif x\n    pass")
    assert (caught.value.type_name, caught.value.line, caught.value.code) == ("SyntaxError", 2, "if x")


def test_output_is_kept_and_harmless(boxes):
    box = boxes(
        "import sys\ndef f():\n    print('hello\\x1b[2J'); sys.stderr.write('warned'); sys.stdout = None\n    return 1"
    )
    assert box.call("f").value == 1
    assert box.output == "hello [2J\nwarned"


def test_closing_the_streams_harms_nobody(boxes):
    box = boxes("import os, sys\nsys.stdout.close()\nfor fd in (0, 1, 2): os.close(fd)\ndef f():\n    return 5")
    assert box.call("f").value == 5


# Lies -----------------------------------------------------------------------------------------------------------------

REPLIES = """
import os, struct
def pipes():
    found = []
    for fd in range(3, 60):
        try:
            if os.readlink(f"/proc/self/fd/{fd}").startswith("pipe"): found.append(fd)
        except OSError: pass
    return found
def say(data):
    for fd in pipes():
        try: os.write(fd, data)
        except OSError: pass
def frame(data): say(struct.pack("<Q", len(data)) + data)
"""
READY = "frame(b'(' + struct.pack('<I', 1) + b's' + struct.pack('<I', 5) + b'ready')"
VALUE = (
    "b'(' + struct.pack('<I', 4) + b's' + struct.pack('<I', 5) + b'value' + b'i\\x01\\x05' + b'(\\0\\0\\0\\0' + b'N'"
)
LIES = {
    "noise": "say(os.urandom(5000))",
    "a giant": "say(struct.pack('<Q', 1 << 62))",
    "a negative size": "say(b'\\xff' * 8)",
    "an empty frame": "frame(b'')",
    "a giant tensor": "frame(b't' + struct.pack('<BBBQQ', 2, 0, 2, 1 << 40, 1 << 40))",
    "no message": "frame(b'i\\x01\\x05')",
    "a question": (
        "frame(b'(' + struct.pack('<I', 3) + b's' + struct.pack('<I', 3) + b'ask'"
        " + b'i\\x01\\x00' + b'(\\0\\0\\0\\0')"
    ),
    "an odd message": "frame(b'(' + struct.pack('<I', 1) + b'N')",
    "deep": "frame(b'(\\x01\\0\\0\\0' * 2000 + b'N')",
    "many": "frame(b'(' + struct.pack('<I', 0xffffffff))",
    "half a reply": "say(struct.pack('<Q', 100) + b'x'); os._exit(0)",
}  # fmt: skip


def lying(monkeypatch, lie):
    """A session whose worker greets, takes a request and says this."""
    code = f"{REPLIES}\n{READY}\nos.read(0, 100000)\n{lie}\nimport time; time.sleep(60)"
    monkeypatch.setattr(policy, "boxed", lambda *_: [sys.executable, "-c", code])
    return Session(LIMITS)


@pytest.mark.parametrize("lie", LIES)
def test_lies_are_a_crash(monkeypatch, lie):
    with lying(monkeypatch, LIES[lie]) as box:
        with pytest.raises(Fault) as caught:
            box.call("f")
        assert caught.value.kind == "crash"
        with pytest.raises(Fault) as again:
            box.call("f")
        assert again.value is caught.value


def test_a_well_formed_answer_is_no_crash(monkeypatch):
    with lying(monkeypatch, f"frame({VALUE})") as box:
        assert box.call("f").value == 5


def test_something_else_than_a_handle_ends_the_box(monkeypatch):
    with lying(monkeypatch, f"frame({VALUE})") as box:
        with pytest.raises(Fault, match="create answered with something else") as caught:
            box.create("Sampler")
        with pytest.raises(Fault) as again:
            box.call("f")
        assert again.value is caught.value


def test_a_worker_that_is_replaced_is_only_believed_in_its_values(boxes):
    """Student code may patch the worker; what it then sends is checked like any other value."""
    box = boxes("import serving\nserving.Worker.answer = lambda self, *_: ('value', 'forged', (0,), -1)\ndef f(): pass")
    with pytest.raises(Fault, match="no message"):
        box.call("f")
    box = boxes(
        "import serving\n"
        "serving.Worker.answer = lambda self, *_: ('error', 'Loud', 'N', 'm', 'line', 3, '')\ndef f(): pass"
    )
    with pytest.raises(StudentError) as caught:
        box.call("f")
    assert (caught.value.kind, caught.value.line, caught.value.code) == ("", None, None)


def test_a_closed_session_says_so():
    session = Session(LIMITS).start()
    session.close()
    session.close()
    with pytest.raises(BoxError, match="closed"):
        session.call("f")
