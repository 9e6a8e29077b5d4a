"""What masking finds of values in running text, and what it takes for one that is none.

    python eval/bench/masking.py [--rows N] [--seed S] [--negatives FOLDER] [--out FILE.json]

Values are drawn at random, in the ways in which people write them (ways that the detectors do not
know among them), and put into English, Chinese, German and Spanish sentences. A value counts as
found when the spans found cover all of it, whatever kind they name. Sentences with numbers that
are no such values (orders, hashes, versions, prices) are counted apart. With ``--negatives`` the
texts below a folder (HTML without its tags, or plain text) are searched too: what is found there
is listed by kind, a megabyte of text.
"""

import argparse
import html
import json
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random
from typing import Any

from leanrag.mask import checks
from leanrag.mask.detect import Detector
from leanrag.settings import MaskingSettings

MEGABYTE = 1_000_000
SENTENCES = {
    "email": (
        "Please write to {} before Friday.", "{} has not answered yet", "The invoice went to <{}>.",
        "请发邮件到{}联系我们。", "我的邮箱是{}，谢谢", "Schreiben Sie an {}!",
        "Escribe a {}, por favor.",
    ),
    "phone": (
        "Call me at {} after six.", "My number: {}", "You can reach Ann ({}) all day.",
        "Her phone is {}.", "请拨打{}咨询", "张三的电话是{}，李四的不知道", "手机：{}",
        "Rufen Sie uns an: {}.", "Tel. {}", "Mi teléfono es {}.", "Llámame al {} mañana",
    ),
    "card": (
        "The card {} expires 12/27.", "Charge it to {}, please", "卡号{}已绑定",
        "Karte {} gesperrt", "Mi tarjeta es la {}.",
    ),
    "iban": ("Pay to {} today.", "账号{}。", "IBAN: {}", "Überweisen Sie an {}.", "Cuenta {}"),
    "identity": (
        "The applicant's number is {}.", "ID {} was checked", "身份证号{}，已核实", "证件号码：{}",
        "Nummer {} im Ausweis", "Con documento {} y firma.",
    ),
    "secret": (
        "export API_KEY={}", "password: {}", "The token is {} for now.", 'client_secret = "{}"',
        "密码：{}", "use {} as the key", "Authorization: Bearer {}",
    ),
}  # fmt: skip
OTHERS = (
    "Order 4021-{d8} shipped on 2026-11-{day}.", "commit {hex40}", "Version {d1}.{d2}.{d3} is out.",
    "It costs {d3},{d3}.{d2} euros a year.", "Request {uuid} failed.", "订单号{d12}已发货。",
    "MD5 {hex32} does not match", "Row {d9} of {d10}", "at 2026-11-{day}T12:{d2}:{d2}.{d6}Z",
    "ISBN 978-3-16-{d6}-0", "timestamp 17{d8} or 17{d11}", "pi is 3.{d15}", "Tracking 1Z{d9}{d9}",
    "第{d3}章第{d2}节，共{d4}页", "Artikelnummer {d6}-{d3}", "expediente {d4}/{d4}",
    "memory 0x{hex16} freed", "WAL file 0000000{d1}0000000{d1}000000{d2}", "port {d5}, pid {d6}",
    "SELECT {d9} + {d9}", "part no. {d3}-{d3}-{d3}", "{d4} {d4} {d4} rows, columns and cells",
    "password must have {d2} characters", "the token expires after {d4} seconds",
)  # fmt: skip
_DOMAINS = ("example.org", "mail.example.com", "uni-koeln.de", "firma.example.cn", "ejemplo.es")
_NAMES = ("anna.lee", "z.wang", "info", "juan_perez", "m.müller", "li.wei88", "o'neil", "x+news")
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


def _digits(random: Random, count: int, first: str = "0123456789") -> str:
    rest = (random.choice("0123456789") for _ in range(count - 1))
    return random.choice(first) + "".join(rest)


def _checked(random: Random, make: Callable[[], str], check: Callable[[str], bool]) -> str:
    while not check(value := make()):
        pass
    return value


def _grouped(text: str, *sizes: int, by: str = " ") -> str:
    parts, start = [], 0
    for size in sizes:
        parts.append(text[start : start + size])
        start += size
    return by.join(parts)


def email(random: Random) -> str:
    """An e-mail address."""
    name, domain = random.choice(_NAMES), random.choice(_DOMAINS)
    written = random.choice(("{}@{}",) * 9 + ("{} [at] {}", "{} at {}"))
    return written.format(name, domain)


def phone(random: Random) -> str:
    """A telephone number of some country."""

    def d(count: int) -> str:
        return _digits(random, count, "23456789")

    mobile = "1" + random.choice("3578") + _digits(random, 9)
    return random.choice(
        (
            mobile, _grouped(mobile, 3, 4, 4), _grouped(mobile, 3, 4, 4, by="-"), f"+86 {mobile}",
            f"010-{d(8)}", f"0755-{d(8)}", f"(021){d(8)}", f"400-{d(3)}-{d(4)}",
            f"+49 {d(3)} {d(7)}", f"+49 ({d(2)}) {d(6)}", f"0{d(3)} {d(7)}", f"0{d(2)}/{d(6)}",
            f"0{d(3)}-{d(7)}", f"({d(3)}) {d(3)}-{d(4)}", f"{d(3)}-{d(3)}-{d(4)}",
            f"{d(3)}.{d(3)}.{d(4)}", f"{d(3)} {d(3)} {d(4)}", f"+1 {d(3)} {d(3)} {d(4)}",
            f"+34 6{d(2)} {d(3)} {d(3)}", f"6{d(2)} {d(3)} {d(3)}", f"+44 20 7946 0{d(3)}",
            f"07700 900{d(3)}", f"+33 1 {d(2)} {d(2)} {d(2)} {d(2)}",
            f"+7 ({d(3)}) {d(3)}-{d(2)}-{d(2)}",
        )
    )  # fmt: skip


def card(random: Random) -> str:
    """A payment card's number."""
    prefix, length = random.choice((("4", 16), ("53", 16), ("37", 15), ("6222", 19), ("6011", 16)))
    number = _checked(random, lambda: prefix + _digits(random, length - len(prefix)), checks.card)
    if length == 16:
        return random.choice(
            (number, _grouped(number, 4, 4, 4, 4), _grouped(number, 4, 4, 4, 4, by="-"))
        )
    return number if length == 19 else random.choice((number, _grouped(number, 4, 6, 5)))


def iban(random: Random) -> str:
    """An international account number."""
    country, length = random.choice((("DE", 22), ("ES", 24), ("AT", 20), ("FR", 27), ("CH", 21)))
    number = _checked(random, lambda: country + _digits(random, length - 2), checks.iban)
    spaced = " ".join(number[n : n + 4] for n in range(0, length, 4))
    return random.choice((number, spaced))


def identity(random: Random) -> str:
    """An identity, tax or social security number with a valid check digit where it has one."""

    def chinese() -> str:
        born = f"{random.randint(1950, 2010)}{random.randint(1, 12):02}{random.randint(1, 28):02}"
        return (
            f"{_digits(random, 6, '12345')}{born}{_digits(random, 3)}{random.choice('0123456789X')}"
        )

    def american() -> str:
        return f"{random.randint(100, 665)}-{random.randint(10, 99)}-{_digits(random, 4, '1234')}"

    def spanish() -> str:
        return _digits(random, 8) + random.choice("TRWAGMYFPDXBNJZSQVHLCKE")

    def german() -> str:
        return _digits(random, 11, "123456789")

    ways: tuple[tuple[Callable[[], str], Callable[[str], bool]], ...] = (
        (chinese, checks.chinese_id),
        (chinese, checks.chinese_id),
        (american, bool),
        (spanish, checks.dni),
        (german, checks.german_tax_id),
        (lambda: "A" + _digits(random, 9, "12"), checks.taiwan_id),
    )
    return _checked(random, *random.choice(ways))


def secret(random: Random) -> str:
    """A key, token or password."""

    def drawn(count: int) -> str:
        return "".join(random.choice(_LETTERS) for _ in range(count))

    words = ("hunter2", "correct-horse-battery", "Sommer2024!", "letmein123")
    return random.choice(
        (
            f"sk-proj-{drawn(32)}", f"ghp_{drawn(36)}", f"AKIA{drawn(16).upper()}", drawn(40),
            f"eyJ{drawn(20)}.eyJ{drawn(40)}.{drawn(30)}", drawn(24), drawn(16),
            random.choice(words),
        )
    )  # fmt: skip


VALUES = {
    "email": email,
    "phone": phone,
    "card": card,
    "iban": iban,
    "identity": identity,
    "secret": secret,
}


@dataclass
class Score:
    """Values of one kind: how many there were, and how many were covered whole, in part, not."""

    values: int = 0
    whole: int = 0
    partly: int = 0
    named_right: int = 0
    beside: int = 0


def score(detector: Detector, rows: int, seed: int) -> tuple[dict[str, Score], list[str]]:
    """The scores by kind, and the sentences in which a value was missed."""
    scores = {kind: Score() for kind in VALUES}
    missed: list[str] = []
    for kind, make in VALUES.items():
        random = Random(f"{seed} {kind}")
        for _ in range(rows):
            value = make(random)
            before, after = random.choice(SENTENCES[kind]).split("{}")
            text, start = f"{before}{value}{after}", len(before)
            inside = range(start, start + len(value))
            found = detector.find(text)
            covered = {place for hit in found for place in range(hit.start, hit.end)}
            held = covered.intersection(inside)
            result = scores[kind]
            result.values += 1
            result.whole += len(held) == len(value)
            result.partly += 0 < len(held) < len(value)
            result.named_right += any(hit.kind == kind and hit.start in inside for hit in found)
            result.beside += any(not set(range(hit.start, hit.end)) & set(inside) for hit in found)
            if len(held) < len(value):
                missed.append(text)
    return scores, missed


def others(detector: Detector, rows: int, seed: int) -> tuple[int, list[str]]:
    """How many sentences without values there were, and those in which one was found."""
    random = Random(f"{seed} others")
    wrong = []
    for number in range(rows):
        text = OTHERS[number % len(OTHERS)]
        text = text.replace("{day}", f"{random.randint(1, 28):02}")
        text = text.replace("{uuid}", "-".join(_hex(random, n) for n in (8, 4, 4, 4, 12)))
        text = re.sub(r"\{hex(\d+)\}", lambda match: _hex(random, int(match[1])), text)
        text = re.sub(r"\{d(\d+)\}", lambda match: _digits(random, int(match[1])), text)
        if found := detector.find(text):
            wrong.append(f"{found[0].kind}: {text}")
    return rows, wrong


def _hex(random: Random, count: int) -> str:
    return "".join(random.choice("0123456789abcdef") for _ in range(count))


def texts_below(folder: Path) -> Iterator[str]:
    """The texts of the HTML and text files below a folder, without tags."""
    for file in sorted(folder.rglob("*")):
        if file.suffix in (".html", ".txt", ".md"):
            text = file.read_text(encoding="utf-8", errors="replace")
            yield html.unescape(re.sub(r"<[^>]*>", " ", text)) if file.suffix == ".html" else text


def negatives(detector: Detector, folder: Path) -> dict[str, Any]:
    """What is found in technical texts: by kind, by megabyte, and the first of each kind."""
    counts: Counter[str] = Counter()
    samples: dict[str, list[str]] = {}
    size, start = 0, time.process_time()
    for text in texts_below(folder):
        size += len(text.encode())
        for hit in detector.find(text):
            counts[hit.kind] += 1
            samples.setdefault(hit.kind, []).append(text[hit.start : hit.end])
    seconds = time.process_time() - start
    return {
        "megabytes": size / MEGABYTE,
        "megabytes_a_second": size / MEGABYTE / seconds,
        "found": dict(counts),
        "found_a_megabyte": {kind: n / size * MEGABYTE for kind, n in counts.items()},
        "samples": {kind: found[:20] for kind, found in samples.items()},
    }


def main() -> None:
    """Runs the measurement and prints it."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rows", type=int, default=300, help="values of each kind")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--negatives", type=Path)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    settings = MaskingSettings()
    detector = Detector(settings.kinds, (), ())
    scores, missed = score(detector, given.rows, given.seed)
    print(f"{'kind':10} {'values':>7} {'whole':>7} {'partly':>7} {'kind right':>11} {'beside':>7}")
    for kind, result in scores.items():
        print(
            f"{kind:10} {result.values:7} {result.whole / result.values:7.1%} "
            f"{result.partly / result.values:7.1%} {result.named_right / result.values:11.1%} "
            f"{result.beside / result.values:7.1%}"
        )
    total, wrong = others(detector, given.rows * 4, given.seed)
    print(f"sentences without values: {total}, of them with something found: {len(wrong)}")
    measured: dict[str, Any] = {
        "scores": {kind: asdict(result) for kind, result in scores.items()},
        "missed": missed,
        "others": {"sentences": total, "wrong": wrong},
    }
    if given.negatives:
        measured["negatives"] = found = negatives(detector, given.negatives)
        print(f"{found['megabytes']:.1f} MB of texts, {found['megabytes_a_second']:.1f} MB/s:")
        for kind, rate in found["found_a_megabyte"].items():
            print(f"  {kind}: {rate:.2f} a megabyte, such as {found['samples'][kind][:3]}")
    if given.out:
        given.out.write_text(json.dumps(measured, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
