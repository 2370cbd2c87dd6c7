"""What may follow `--dask`: an address or a scheduler file; anything else is a sentence at once."""

import socket
import subprocess
import sys
import threading
from contextlib import suppress

import pytest

from grader import dask_pool
from grader.paths import CourseError

distributed = pytest.importorskip("distributed", reason="Dask is an extra: pip install -e '.[cluster]'")


@pytest.mark.parametrize("words", [b"HTTP/1.0 400 Bad Request\r\n\r\n" * 10, b"?"])
def test_a_port_of_something_else_is_a_sentence(monkeypatch, words):
    """A web page's port is near the scheduler's, and a `Client` never comes back from it."""
    monkeypatch.setattr(dask_pool, "CONNECTING", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as server:
        taken = []

        def answer():
            with suppress(OSError):
                while True:
                    taken.append(server.accept()[0])
                    taken[-1].sendall(words)

        threading.Thread(target=answer, daemon=True).start()
        address = f"tcp://127.0.0.1:{server.getsockname()[1]}"
        with pytest.raises(CourseError, match="No Dask scheduler answers at"), dask_pool.connected(address):
            pass
        for one in taken:
            one.close()


@pytest.mark.parametrize("address", ["tcp://10.0.0.1:8786", "tls://host:8786", "ws://host:80", "tcp://[::1]:8786"])
def test_an_address_is_taken_as_it_is(address):
    assert dask_pool.address_of(address) == address


@pytest.mark.parametrize("address", ["tcp://host", "tcp://:x", "http://host:8786", "inproc://host"])
def test_a_wrong_address_is_a_sentence(address):
    with pytest.raises(CourseError, match=f"--dask {address}: .* is no address of a scheduler, such as tcp://HOST"):
        dask_pool.address_of(address)


@pytest.mark.parametrize("name", ["foo", "/nonexist.json", "localhost:8786"])
def test_a_file_that_is_not_there_is_a_sentence(name):
    with pytest.raises(CourseError, match=f"--dask {name}: there is no such scheduler file.* tcp://HOST:8786"):
        dask_pool.address_of(name)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"{}", b"\xff\xfe", b'"tcp://host:1"'])
def test_a_damaged_file_is_a_sentence(tmp_path, content):
    path = tmp_path / "scheduler.json"
    path.write_bytes(content)
    with pytest.raises(CourseError, match="is no scheduler file of Dask's, or damaged"):
        dask_pool.address_of(str(path))


@pytest.mark.parametrize("address", ['"host"', "7", "null"])
def test_a_file_with_a_wrong_address_is_a_sentence(tmp_path, address):
    path = tmp_path / "scheduler.json"
    path.write_text(f'{{"address": {address}}}')
    with pytest.raises(CourseError, match="is no address of a scheduler"):
        dask_pool.address_of(str(path))


def test_a_folder_is_a_sentence(tmp_path):
    with pytest.raises(CourseError, match="IsADirectoryError"):
        dask_pool.address_of(str(tmp_path))


def test_a_scheduler_file_may_name_an_encrypted_scheduler(tmp_path):
    path = tmp_path / "scheduler.json"
    path.write_text('{"address": "tls://127.0.0.1:9"}')
    with pytest.raises(CourseError, match="needs a certificate"), dask_pool.connected(str(path)):
        pass


def test_certificates_that_are_not_there_are_a_sentence(tmp_path):
    names = {"ca-file": "ca.pem", "client.cert": "cert.pem", "client.key": "key.pem"}
    settings = {f"distributed.comm.tls.{name}": str(tmp_path / file) for name, file in names.items()}
    with distributed.client.dask.config.set(settings), pytest.raises(CourseError, match="cannot be read"):
        dask_pool.check_certificates("tls://127.0.0.1:9")


def test_a_wrong_address_ends_at_once_and_quietly():
    program = "from grader.dask_pool import connected\nwith connected('foo'):\n    pass"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=20, check=False)
    assert done.stderr.rstrip().splitlines()[-1].startswith("grader.paths.CourseError: --dask foo")
