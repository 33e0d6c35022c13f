import pytest

from template import fill


@pytest.fixture
def person():
    return {"name": "Ada", "born": 1815}


def test_plain_text(person):
    assert fill("no names here", person) == "no names here"


def test_one_name(person):
    assert fill("Dear {name},", person) == "Dear Ada,"


def test_several_names(person):
    assert fill("{name}, *{born}", person) == "Ada, *1815"


def test_doubled_braces(person):
    assert fill("{{name}}", person) == "{name}"


def test_an_open_brace(person):
    with pytest.raises(ValueError):
        fill("Dear {name", person)


def test_an_unknown_name(person):
    with pytest.raises(KeyError):
        fill("{age}", person)
