import pytest

from ini import parse

TEXT = """
; settings
Name = demo

[paths]
home=/srv
[ empty ]
"""


def test_sections():
    assert parse(TEXT) == {"": {"name": "demo"}, "paths": {"home": "/srv"}, "empty": {}}


def test_values_with_the_sign():
    assert parse("[a]\nq = x=1&y=2") == {"a": {"q": "x=1&y=2"}}


def test_a_line_without_the_sign():
    with pytest.raises(SyntaxError):
        parse("[a]\nlonely")


def test_nothing():
    assert parse("# only this") == {}
