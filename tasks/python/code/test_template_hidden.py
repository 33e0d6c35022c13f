import pytest

from template import fill


@pytest.mark.parametrize(
    "template, wanted",
    [
        ("{a}{b}{a}", "1two1"),
        ("}} {a}", "} 1"),
        ("{{ {b} }}", "{ two }"),
        ("{ a } and { b }", "1 and two"),
        ("", ""),
        ("{{}}{a}", "{}1"),
    ],
)
def test_fill(template, wanted):
    assert fill(template, {"a": 1, "b": "two"}) == wanted


def test_a_brace_left_open_after_a_name():
    with pytest.raises(ValueError):
        fill("{a} {b", {"a": 1, "b": 2})


def test_an_unknown_second_name():
    with pytest.raises(KeyError):
        fill("{a} {c}", {"a": 1})
