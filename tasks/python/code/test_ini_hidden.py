import pytest

from ini import parse


@pytest.mark.parametrize(
    "text, wanted",
    [
        ("a==", {"": {"a": "="}}),
        ("a=1\na=2", {"": {"a": "2"}}),
        ("[s]\nx=1\n[t]\n[s]\ny=2", {"s": {"x": "1", "y": "2"}, "t": {}}),
        ("=v", {"": {"": "v"}}),
        ("  [ two words ]  \n  KEY  =  A B  ", {"two words": {"key": "A B"}}),
        ("[x]=1", {"": {"[x]": "1"}}),
    ],
)
def test_parse(text, wanted):
    assert parse(text) == wanted


@pytest.mark.parametrize("text", ["word", "[open\n", "a=1\n\nb"])
def test_bad_lines(text):
    with pytest.raises(SyntaxError) as caught:
        parse(text)
    assert str(caught.value).startswith(f"line {len(text.splitlines())}: ")
