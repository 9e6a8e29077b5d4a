import subprocess
import sys
from uuid import UUID

from leanrag.text.hashing import content_hash, stable_id


def test_content_hash_is_sha256_of_the_bytes():
    abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert content_hash("abc") == content_hash(b"abc") == abc
    assert content_hash("Größe") == content_hash("Größe".encode())
    assert content_hash("\ud800") != content_hash("\ud801")


def test_ids_are_fixed_for_ever():
    assert stable_id("a", "b") == "3c9d5910-45bc-8876-b9d0-399bbfb05c6a"
    assert stable_id("docs/ä.html", "正文") == "342eddf8-d77d-8c8b-8686-7cbb8a6db21e"


def test_ids_are_uuids_and_depend_on_the_limits_of_the_parts():
    ids = [stable_id("ab", "c"), stable_id("a", "bc"), stable_id("abc"), stable_id("abc", "")]
    assert len(set(ids)) == 4
    assert all(str(UUID(one)) == one for one in ids)


def test_ids_do_not_depend_on_the_process():
    program = "from leanrag.text.hashing import stable_id; print(stable_id('x', 'é'))"
    seen = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(sys.path)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for seed in ("1", "2")
    }
    assert seen == {stable_id("x", "é")}
