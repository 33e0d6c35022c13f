"""Inputs that look real, for tasks drawn at random: names, dates, paths, phone numbers, codes, addresses."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from synth.domains.examples import Row


def _words(text: str) -> list[str]:
    return text.split()


_FIRST = [
    "Ada",
    "Ben",
    "Chiara",
    "David",
    "Elena",
    "Farid",
    "Grace",
    "Hugo",
    "Ines",
    "Jamal",
    "Kira",
    "Liam",
    "Mona",
    "Nils",
    "Olga",
    "Pedro",
    "Rosa",
    "Sven",
    "Tara",
    "Uwe",
]
_LAST = [
    "Adams",
    "Baker",
    "Costa",
    "Dietz",
    "Evans",
    "Fischer",
    "Garcia",
    "Hansen",
    "Ito",
    "Jensen",
    "Kumar",
    "Lopez",
    "Meyer",
    "Novak",
    "Okafor",
    "Patel",
    "Rossi",
]
_WORDS = [
    "red",
    "green",
    "order",
    "invoice",
    "total",
    "final",
    "draft",
    "summer",
    "house",
    "report",
    "north",
    "street",
    "budget",
    "team",
    "note",
    "plan",
    "market",
]
_CITIES = _words("Berlin Lyon Oslo Porto Austin Kyoto Quito Dublin Zagreb Tampa Lima Malmo")
_STATES = _words("NY CA TX WA MD CT")
_UNITS = _words("kg cm USD km")
_ENDINGS = _words("txt pdf csv png docx tar.gz")
_HOSTS = _words("example.com mail.org shop.net uni.edu")

Maker = Callable[[np.random.Generator], str]


def _pick(rng: np.random.Generator, words: Sequence[str]) -> str:
    return words[int(rng.random() * len(words))]


def _digits(rng: np.random.Generator, count: int) -> str:
    return "".join(str(int(d)) for d in rng.integers(0, 10, count))


def _name(rng: np.random.Generator) -> str:
    middle = f" {_pick(rng, _FIRST)}" if rng.random() < 0.2 else ""
    return f"{_pick(rng, _FIRST)}{middle} {_pick(rng, _LAST)}"


def _comma_name(rng: np.random.Generator) -> str:
    return f"{_pick(rng, _LAST)}, {_pick(rng, _FIRST)}"


def _word(rng: np.random.Generator) -> str:
    word = _pick(rng, _WORDS)
    return word.title() if rng.random() < 0.3 else word


def _date(rng: np.random.Generator) -> str:
    return f"{rng.integers(1990, 2030)}-{rng.integers(1, 13):02d}-{rng.integers(1, 29):02d}"


def _slashed(rng: np.random.Generator) -> str:
    return f"{rng.integers(1, 13)}/{rng.integers(1, 29)}/{rng.integers(1990, 2030)}"


def _path(rng: np.random.Generator) -> str:
    folders = "/".join(_pick(rng, _WORDS) for _ in range(int(rng.integers(1, 4))))
    return f"/{folders}/{_pick(rng, _WORDS)}.{_pick(rng, _ENDINGS)}"


def _file(rng: np.random.Generator) -> str:
    return f"{_pick(rng, _WORDS)}_{_digits(rng, int(rng.integers(1, 4)))}.{_pick(rng, _ENDINGS)}"


def _phone(rng: np.random.Generator) -> str:
    return f"({_digits(rng, 3)}) {_digits(rng, 3)}-{_digits(rng, 4)}"


def _long_phone(rng: np.random.Generator) -> str:
    return f"+{rng.integers(1, 999)} {_digits(rng, 3)}-{_digits(rng, 3)}-{_digits(rng, 3)}"


def _code(rng: np.random.Generator) -> str:
    letters = "".join(chr(65 + int(k)) for k in rng.integers(0, 26, int(rng.integers(2, 4))))
    return f"{letters}-{_digits(rng, int(rng.integers(2, 5)))}-{_pick(rng, _CITIES)[:3].upper()}"


def _email(rng: np.random.Generator) -> str:
    return f"{_pick(rng, _FIRST)}.{_pick(rng, _LAST)}@{_pick(rng, _HOSTS)}".lower()


def _sentence(rng: np.random.Generator) -> str:
    return " ".join(_pick(rng, _WORDS) for _ in range(int(rng.integers(2, 6))))


def _place(rng: np.random.Generator) -> str:
    return f"{rng.integers(1, 200)} {_pick(rng, _WORDS).title()} St, {_pick(rng, _CITIES)}"


def _amount(rng: np.random.Generator) -> str:
    return f"{rng.integers(1, 10_000)}.{_digits(rng, 2)}"


def _state(rng: np.random.Generator) -> str:
    country = ", USA" if rng.random() < 0.4 else ""
    return f"{_pick(rng, _CITIES)}, {_pick(rng, _STATES)}{country}"


def _shout(rng: np.random.Generator) -> str:
    return f"{_pick(rng, _FIRST)} {_pick(rng, _LAST)}".upper()


def _labelled(rng: np.random.Generator) -> str:
    return "; ".join(
        f"{_pick(rng, _WORDS)}: {_digits(rng, int(rng.integers(1, 4)))}" for _ in range(1 + (rng.random() < 0.5))
    )


def _lines(rng: np.random.Generator) -> str:
    return "\n".join((_sentence if rng.random() < 0.5 else _place)(rng) for _ in range(2))


def _loose(rng: np.random.Generator) -> str:
    return " " * int(rng.integers(0, 3)) + _sentence(rng) + " " * int(rng.integers(0, 3))


def _tagged(rng: np.random.Generator) -> str:
    return f"{_pick(rng, _WORDS)} ({_pick(rng, _WORDS)}) {_pick(rng, _WORDS)}"


def _number(rng: np.random.Generator) -> str:
    return _digits(rng, int(rng.integers(1, 6)))


def _measure(rng: np.random.Generator) -> str:
    return f"{rng.integers(1, 500)} {_pick(rng, _UNITS)}"


def phrase(rng: np.random.Generator) -> str:
    """A word or two, as constants of tasks are."""
    make = (_word, _word, _shout, lambda r: _pick(r, _STATES), lambda r: ", " + _pick(r, _CITIES))
    return make[int(rng.random() * len(make))](rng).split(" ")[0] + (" " if rng.random() < 0.2 else "")


MAKERS: tuple[Maker, ...] = (
    _state,
    _shout,
    _labelled,
    _lines,
    _loose,
    _tagged,
    _number,
    _measure,
    _name,
    _comma_name,
    _word,
    _date,
    _slashed,
    _path,
    _file,
    _phone,
    _long_phone,
    _code,
    _email,
    _sentence,
    _place,
    _amount,
)


def world(rng: np.random.Generator, texts: int, numbers: int = 0) -> tuple[Row, ...]:
    """Inputs of 3 to 6 examples, texts and then small numbers: each column of one kind, no two rows equal."""
    makers = [MAKERS[int(rng.random() * len(MAKERS))] for _ in range(texts)]
    count = int(rng.integers(3, 7))
    rows: dict[Row, None] = {}
    while len(rows) < count:
        rows[(*(make(rng) for make in makers), *rng.integers(1, 5, numbers).tolist())] = None
    return tuple(rows)
