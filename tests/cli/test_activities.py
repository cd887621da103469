"""Checking, publishing, moving and listing activities."""

from pathlib import Path

from fairground_cli import activityfile
from tests.cli.conftest import WHEEL, Run, process


def _changed(tmp_path: Path, *changes: tuple[str, str]) -> Path:
    text = WHEEL.read_text()
    for before, after in changes:
        assert before in text
        text = text.replace(before, after)
    file = tmp_path / "changed.yaml"
    file.write_text(text)
    return file


def test_a_good_file_is_good(run: Run) -> None:
    assert run("activities", "check", WHEEL) == (0, f"✓ {WHEEL}: nothing is wrong (lottery)\n", "")


def test_all_problems_of_all_files_at_once_with_their_lines(run: Run, tmp_path: Path) -> None:
    bad = _changed(tmp_path, ("weight: 999", "weight: -1"), ("fallback: thanks", "fallback: nosuch"))
    status, out, err = run("activities", "check", bad, WHEEL)
    assert status == 1
    assert "nothing is wrong" in out
    assert "2 problem(s)" in err
    assert "line 15: prizes[0].fallback: " in err
    assert "line 19: prizes[1].weight: " in err


def test_problems_are_told_in_chinese_too(tmp_path: Path) -> None:
    bad = _changed(tmp_path, ("weight: 999", "weight: -1"))
    status, _, err = process("--lang", "zh", "activities", "check", bad)
    assert (status, "第 19 行：prizes[1].weight：" in err) == (1, True)


def test_what_is_no_activity_file_is_said_in_a_sentence(run: Run, tmp_path: Path) -> None:
    (tmp_path / "kind.yaml").write_text("kind: circus\n")
    (tmp_path / "none.yaml").write_text("name: x\n")
    (tmp_path / "bytes.yaml").write_bytes(b"\xff\xfe")
    assert "no installed service knows it; they know: lottery" in run("activities", "check", "kind.yaml").err
    assert "begin it with a line `kind: KIND`" in run("activities", "check", "none.yaml").err
    assert run("activities", "check", "bytes.yaml") == (2, "", "bytes.yaml is no UTF-8 text.\n")
    assert run("activities", "check", "no.yaml") == (2, "", "no.yaml cannot be read: No such file or directory.\n")


def test_a_file_with_problems_is_not_published(ask: Run, tmp_path: Path) -> None:
    bad = _changed(tmp_path, ("weight: 999", "weight: -1"))
    assert ask("activities", "publish", bad).status == 1


def test_another_file_of_the_same_id_is_a_new_version(ask: Run, tmp_path: Path) -> None:
    file = _changed(tmp_path, ("id: spring", "id: versions"))
    assert "versions is published: version 1 is in force" in ask("activities", "publish", file).out
    second = _changed(tmp_path, ("id: spring", "id: versions"), ("Spring wheel", "Another wheel"))
    assert "version 2 is in force" in ask("activities", "publish", second, "--why", "a better name").out


def test_pause_resume_stop_archive_and_what_the_list_says(ask: Run, tmp_path: Path) -> None:
    assert ask("activities", "publish", _changed(tmp_path, ("id: spring", "id: moved"))).status == 0
    for verb, word in {"pause": "paused", "resume": "running", "stop": "stopped", "archive": "archived"}.items():
        assert ask("activities", verb, "moved", "--why", "a test").status == 0, verb
        (row,) = [line for line in ask("activities", "list").out.splitlines() if line.startswith("moved ")]
        assert f" {word} " in row
    refused = ask("activities", "resume", "moved", "--why", "too late")
    assert (refused.status, "Refused (illegal_move)" in refused.out) == (1, True)


def test_a_stock_is_raised_once_a_request_and_only_when_it_is_what_was_expected(ask: Run, tmp_path: Path) -> None:
    assert ask("activities", "publish", _changed(tmp_path, ("id: spring", "id: raised"))).status == 0
    more = ("activities", "raise", "raised", "stock", "5", "--prize", "phone", "--why", "it goes well")
    raised = ask(*more, "--expected", "1", "--id", "raise-1")
    assert (raised.status, "version 2 is in force" in raised.out) == (0, True)
    again = ask(*more, "--id", "raise-1")
    assert (again.status, "Refused (duplicate)" in again.out) == (1, True)
    other = ask(*more, "--expected", "1")
    assert (other.status, "The limit is 6 now, not 1" in other.out) == (1, True)


def test_a_window_that_is_not_open_is_shown(ask: Run, tmp_path: Path) -> None:
    over = _changed(tmp_path, ("id: spring", "id: over"), ("2026-01-01", "2019-01-01"), ("2030-01-01", "2020-01-01"))
    refused = ask("activities", "publish", over)
    assert (refused.status, "would be over already" in refused.out) == (1, True)
    assert ask("activities", "publish", over, "--at", "2019-06-01T12:00:00+08:00").status == 0
    (row,) = [line for line in ask("activities", "list").out.splitlines() if line.startswith("over ")]
    assert {"over", "ended"} & set(row.split()[1:]), "its end was asked of the timer, which is quick or not"
    early = _changed(tmp_path, ("id: spring", "id: early"), ("2026-01-01", "2199-01-01"), ("2030-01-01", "2199-02-01"))
    assert ask("activities", "publish", early).status == 0
    (row,) = [line for line in ask("activities", "list").out.splitlines() if line.startswith("early ")]
    assert " scheduled " in row


def test_an_activity_that_is_not_there_cannot_be_moved(ask: Run) -> None:
    status, _, err = ask("activities", "pause", "nosuch", "--why", "x")
    assert (status, err.startswith("There is no activity 'nosuch'; published are: ")) == (1, True)


def test_a_reason_has_to_be_given(run: Run) -> None:
    status, _, err = run("activities", "pause", "spring")
    assert (status, "--why" in err) == (2, True)


def test_names_that_look_like_numbers_are_text_in_what_is_published() -> None:
    """JSON knows no other names: risk levels and scores came out of the file as numbers."""
    text = "risk: {3: lowest, 04: refuse}\nplay: {true: 1, 2017-01-01: [{1.5: 2}]}\n"
    assert activityfile.content(text) == {
        "risk": {"3": "lowest", "04": "refuse"}, "play": {"true": 1, "2017-01-01": [{"1.5": 2}]},
    }  # fmt: skip
