"""Columns of numbers in spreadsheets: what is one, what constants it suggests, and which answers are found."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from typing import Any

import pytest

from synth.cli import main
from synth.domains.strings import Strings
from synth.domains.strings.numeric import as_numbers, suggested
from synth.domains.strings.table import fill
from synth.execution import Budget
from synth.results import unsettled
from synth.solving import solve
from synth.tasks import load_task
from synth.text import parse

DOMAIN = Strings()


def sheet(path: Path, text: str) -> Any:
    """The task of a spreadsheet with a header, semicolons standing for ends of lines."""
    file = path / "x.csv"
    file.write_text(text.replace(";", "\n") + "\n")
    return load_task(file, options={"header": True})


@pytest.mark.parametrize(
    ("cells", "numbers"),
    [
        (["12", "-3", "0"], [12, -3, 0]),
        (["1990", "2004"], [1990, 2004]),
        (["007", "12"], []),
        (["90210", "10001"], []),
        (["90210"], [90210]),
        (["1.5", "2"], []),
        (["", "2"], []),
        (["n/a", "2"], []),
        (["\u0663", "2"], []),
        (["-0", "1"], []),
    ],
)
def test_columns_of_plain_whole_numbers_are_numbers(cells: list[str], numbers: list[int]) -> None:
    assert as_numbers(cells) == numbers


@pytest.mark.parametrize(
    ("text", "sorts"),
    [
        ("a,b,product;2,10,20;3,5,15;7,8,", ("Int", "Int", "Int")),
        ("name,score,result;ann,30,fail;bob,75,pass;cat,,", ("String", "String", "String")),
        ("name,score,result;ann,30,fail;bob,75,pass;cat,9,", ("String", "Int", "String")),
        ("year,short;1999,99;1987,87;2015,", ("String", "String")),
        ("day,month,label;3,4,on 3/4;12,11,on 12/11", ("String", "String", "String")),
        ("line,count,number;order 12,3,12;order 7,4,7", ("String", "Int", "String")),
    ],
)
def test_columns_are_texts_where_answers_are_made_of_their_digits(
    text: str, sorts: tuple[str, ...], tmp_path: Path
) -> None:
    source = sheet(tmp_path, text).spec.source
    assert (*source.sorts, source.returns) == sorts


@pytest.mark.parametrize(
    ("pairs", "numbers"),
    [
        ([((30,), "fail"), ((75,), "pass"), ((49,), "fail"), ((50,), "pass")], [50]),
        ([((5,), "a"), ((100,), "b"), ((20,), "a"), ((99,), "b"), ((300,), "c"), ((201,), "c")], [20, 100]),
        ([((1,), "a"), ((2,), "b"), ((3,), "a")], []),
        ([((1990,), 30), ((2000,), 20)], [2020]),
        ([((2,), 24), ((5,), 60)], [12]),
        ([((40,), 27), ((20,), 7)], [-13, 13]),
        ([(("a", 4), "x")], []),
    ],
)
def test_thresholds_and_what_numbers_share_are_suggested(pairs: Any, numbers: list[int]) -> None:
    assert sorted(suggested(DOMAIN.task(pairs).spec)) == numbers


@pytest.mark.parametrize(
    ("text", "answers"),
    [
        ("a,b,product;2,10,20;3,5,15;4,6,24;7,8,;12,3,", (56, 36)),
        ("name,in,out,balance;ann,10,20,-10;bob,5,3,2;cy,7,7,0;di,9,20,", (-11,)),
        ("score,result;30,fail;75,pass;50,pass;49,fail;91,;12,;100,;5,", ("pass", "fail", "pass", "fail")),
        ("n,size;5,small;150,large;99,small;1000,large;100,large;20,;700,", ("small", "large")),
        ("a,b,larger;2,10,10;13,5,13;4,6,6;27,8,", (27,)),
        ("year,age;1990,30;2000,20;1985,35;1999,", (21,)),
        ("n,code;7,007;42,042;123,123;8,", ("008",)),
    ],
)
def test_sheets_of_numbers_are_answered_by_numbers(text: str, answers: Any, tmp_path: Path) -> None:
    solution = solve(sheet(tmp_path, text), "enumerate", Budget(5, clock=time.process_time))
    assert solution.solved and DOMAIN.outputs(solution.task, solution.ids, solution.task.spec.open) == answers


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("name,first;Ann Lee,Ann;Bob Ray,Bob;Maria Lopez,", r"\"Maria Lopez\" -> \"Maria\" or \"Mar\""),
        ("a,b,sum;2,2,4;5,5,10;1,2,", r"1, 2 -> 2 or 3"),
        ("score,result;30,fail;60,pass;75,pass;20,fail;45,", r"45 -> \"fail\" or \"pass\""),
        ("name,first;Ann Lee,Ann;Maria Ray,Maria;Jo Lopez,", None),
        ("name,short;Anna Bo,Anna;John Ray,John;Mary Lu,Mary;Elizabeth Moe,", None),
        ("a,b,product;2,10,20;3,5,15;4,6,24;7,8,", None),
        ("score,result;30,fail;75,pass;50,pass;49,fail;91,;12,", None),
    ],
)
def test_what_examples_leave_open_is_said(text: str, words: str | None, tmp_path: Path) -> None:
    found = unsettled(solve(sheet(tmp_path, text), "enumerate", Budget(3, clock=time.process_time)))
    assert found is None if words is None else re.search(words, found or "")


def test_long_programs_for_short_outputs_are_lucky() -> None:
    for outputs, program, lucky in [
        (("no", "yes"), '(ite (= x1 1) "no" "yes")', True),
        (("no", "yes", "yes", "no"), '(ite (<= 2 x1) "yes" "no")', False),
        (("n",), '(ite (= x1 1) "n" (str.++ "n" "n"))', False),  # a single example is warned of when it is read
        (("1 no", "2 no"), '(str.++ (str.from_int x1) " no")', False),
    ]:
        task = DOMAIN.task([((n,), output) for n, output in zip((1, 2, 3, 0), outputs, strict=False)])
        assert DOMAIN.lucky(task, parse(task.grammar, program).ids) is lucky


def test_the_doubt_is_a_line_on_stderr(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "x.csv").write_text("a,b,sum\n2,2,4\n5,5,10\n1,2,\n")
    with pytest.raises(SystemExit) as ended:
        main(["solve", str(tmp_path / "x.csv"), "--json"])
    said, warned = capsys.readouterr()
    assert ended.value.code == 0 and warned.count("\n") == 1
    assert "another program fits the examples as well (1, 2 -> 2 or 3)" in warned
    assert json.loads(said)["unsettled"] in warned


def test_an_answer_of_another_form_than_all_examples_is_pointed_out(tmp_path: Path) -> None:
    told, few = "zip,code;501,00501;2134,02134;90210,90210;", "zip,code;501,00501;90210,90210;"
    for text, words in [(f"{told}85,", '"85" -> "0085" has another form'), (f"{told}777,", None), (f"{few}85,", None)]:
        task = sheet(tmp_path, text)
        program = parse(task.grammar, '(right (str.++ "00" zip) 5)').ids
        assert (DOMAIN.odd(task, program) or "").startswith(words or "") and bool(DOMAIN.odd(task, program)) == bool(
            words
        )


def test_a_first_row_that_may_name_the_columns_is_pointed_out(tmp_path: Path) -> None:
    for text, words in [
        ("phone,e164;0171 234567,+49171234567;030 99887,+493099887;040 555,", "line 1 is taken as an example"),
        ("first name,last name,email;", "line 1 is taken as an example"),
        ("ann,Ann;bob,Bob;cy,", None),
        ("W-100,W;G-200,G;", None),
    ]:
        (tmp_path / "x.csv").write_text(text.replace(";", "\n") + "\n")
        noted = [note for note in load_task(tmp_path / "x.csv").notes if "--option header" in note]
        assert bool(noted) == bool(words) and all(words in note for note in noted if words), text


def test_zero_is_an_answer(tmp_path: Path) -> None:
    task = sheet(tmp_path, "a,b,gap;5,3,2;9,2,7;4,4,")
    assert fill(task.spec.source.sheet, (0,)) == "a,b,gap\n5,3,2\n9,2,7\n4,4,0\n"
    assert fill(task.spec.source.sheet, (None,)).endswith("4,4,\n")
