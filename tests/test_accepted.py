"""Accepted findings: which entry covers what, when it ends, and what a file that cannot be used is told."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from modelslab_contracts.accepted import AcceptedError, Entry, Settled, Spot, entries_of, read_accepted, settle, spot_of
from modelslab_contracts.findings import RULES, Finding
from modelslab_contracts.place import fingerprint, place_of

POLLS, ETA, WIDTH = "client/never-polls", "client/polls-before-the-eta", "diff/request-maximum-lowered"
ENDPOINTS = ("images-flux-v6", "realtime-v6")
DAY = dt.date(2026, 11, 21)
CHANGE = Finding(WIDTH, "new.yaml:18 /draw POST body application/json /width", "maximum 1024", "maximum 512", "old.yaml:15")


def settled(entries: list[Entry], found: list[Spot], looked: tuple[Spot, ...] = (), today: dt.date = DAY) -> Settled[Spot]:
    return settle(entries, found, lambda each: each, looked or found, today)


def spot(rule: str, *places: str) -> Spot:
    return Spot(rule, places)


# --- which entry covers what -------------------------------------------------------------------------------------------


def test_what_is_accepted_is_still_told_with_its_entry_and_the_rest_counts() -> None:
    entry = Entry(POLLS, "no need")
    here, other = spot(POLLS, "images-flux-v6"), spot(ETA, "images-flux-v6")
    assert settled([entry], [here, other]) == Settled((other,), ((here, entry),))


@pytest.mark.parametrize(
    ("rule", "where", "covers"),
    [
        (POLLS, "", True),
        ("client/*", "", True),
        ("client/never", "", False),
        (ETA, "", False),
        (POLLS, "images-flux-v6", True),
        (POLLS, "images-*", True),
        (POLLS, "abcdef0123456789", True),
        (POLLS, "realtime-v6", False),
        (POLLS, "images", False),
    ],
)
def test_an_entry_covers_a_rule_at_a_place_by_name_glob_or_fingerprint(rule: str, where: str, covers: bool) -> None:
    assert Entry(rule, "so", where).covers(spot(POLLS, "images-flux-v6", "abcdef0123456789")) is covers


def test_a_place_that_looks_like_a_glob_can_be_written_as_it_is() -> None:
    assert Entry(WIDTH, "so", "/draw GET /a[0]").covers(spot(WIDTH, "/draw GET /a[0]"))


@pytest.mark.parametrize(("until", "holds"), [(DAY - dt.timedelta(1), False), (DAY, True), (DAY + dt.timedelta(1), True)])
def test_an_entry_holds_through_its_last_day(until: dt.date, holds: bool) -> None:
    told = settled([Entry(POLLS, "for now", until=until, at="known.toml:3")], [spot(POLLS)])
    assert bool(told.accepted) is holds
    assert bool(told.counted) is not holds
    if not holds:
        (remark,) = told.remarks
        assert remark == Finding(
            "accepted/expired",
            "known.toml:3",
            "an entry that still holds",
            f"{POLLS}, accepted until 2026-11-20",
            "",
            "it counts again",
        )


def test_what_another_entry_still_accepts_does_not_come_back() -> None:
    old, new = Entry(POLLS, "then", until=DAY - dt.timedelta(9)), Entry("client/*", "now")
    told = settled([old, new], [spot(POLLS)])
    assert (told.counted, told.accepted, told.remarks) == ((), ((spot(POLLS), new),), ())


def test_an_entry_that_nothing_was_found_for_is_told_only_if_it_was_looked_for() -> None:
    entry = Entry(POLLS, "so", "images-flux-v6", at="known.toml:1")
    assert settled([entry], [], (spot(POLLS, "realtime-v6"), spot(ETA, "images-flux-v6"))).remarks == ()
    (remark,) = settled([entry], [], (spot(POLLS, "images-flux-v6"),)).remarks
    assert (remark.rule, remark.where, remark.hint) == ("accepted/passes-now", "known.toml:1", "delete it")
    assert remark.got == f"{POLLS} at images-flux-v6, which is not found any more"
    over = Entry(POLLS, "so", until=DAY - dt.timedelta(1))
    assert [each.rule for each in settled([over], [], (spot(POLLS),)).remarks] == ["accepted/passes-now"]


# --- fingerprints ------------------------------------------------------------------------------------------------------


def test_a_fingerprint_stays_when_lines_and_files_move_and_changes_with_the_effect() -> None:
    moved = CHANGE._replace(where=CHANGE.where.replace("new.yaml:18", "v2/api.yaml:401"), source="elsewhere", hint="{}")
    assert fingerprint(moved) == fingerprint(CHANGE)
    others = (
        CHANGE._replace(got="maximum 256"),
        CHANGE._replace(where=CHANGE.where.replace("/width", "/height")),
        CHANGE._replace(rule="diff/request-minimum-raised"),
    )
    assert len({fingerprint(each) for each in (CHANGE, *others)}) == 4


def test_a_clients_finding_is_known_by_rule_and_endpoint_whatever_was_drawn() -> None:
    drawn = [Finding(POLLS, f"images-flux-v6: {where}", where, where, "") for where in ("the fetch", "/width")]
    assert fingerprint(drawn[0]) == fingerprint(drawn[1])
    assert fingerprint(drawn[0]) != fingerprint(drawn[0]._replace(where="realtime-v6: the fetch"))


def test_a_change_is_accepted_by_its_place_without_file_and_line() -> None:
    where = "/draw POST body application/json /width"
    assert place_of(CHANGE) == ("new.yaml", 18, where)
    assert spot_of(CHANGE) == (WIDTH, (where, fingerprint(CHANGE)))
    assert all(Entry(WIDTH, "so", each).covers(spot_of(CHANGE)) for each in (where, "*/width", "/draw POST*"))


# --- the file ----------------------------------------------------------------------------------------------------------

FULL = """\
# what our client does

[[accepted]]
rule = "client/never-polls"
where = "images-flux-v6"
reason = '''
not a header:
[[accepted]]
'''
until = 2027-03-31

[[accepted]]   # two
rule = "client/polls-*"
reason = "its pause is fixed"
"""


def read(text: str) -> tuple[Entry, ...]:
    return entries_of(text, [each for each in RULES if each.startswith("client/")], ENDPOINTS)


def test_a_file_is_read_with_the_line_of_each_entry(tmp_path: Path) -> None:
    first, second = read(FULL)
    assert first == Entry(POLLS, "not a header: [[accepted]]", "images-flux-v6", dt.date(2027, 3, 31), "known.toml:3")
    assert second == Entry("client/polls-*", "its pause is fixed", at="known.toml:12")
    file = tmp_path / "k.toml"
    file.write_bytes(b"\xef\xbb\xbf" + FULL.replace("\n", "\r\n").encode())
    assert [each.at for each in read_accepted(str(file), RULES)] == [f"{file}:3", f"{file}:12"]
    assert read("") == ()


ENTRY = '[[accepted]]\nrule = "client/never-polls"\nreason = "so"\n'


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[[accepted]\n", "known.toml:1: is not TOML: Expected ']]' at the end of an array declaration"),
        (ENTRY + "until = ", "known.toml:4: is not TOML: Invalid value"),
        ('x = "', "known.toml:1: is not TOML: Unterminated string"),
        (ENTRY + '[[acepted]]\nrule = "x"\n', "known.toml:4: unknown word 'acepted'; did you mean 'accepted'?"),
        ("#\nignore = 1\n", "known.toml:2: unknown word 'ignore'; entries stand under [[accepted]]"),
        ("accepted = 7\n", "known.toml:1: accepted must be a list of entries, each under [[accepted]]"),
        (
            ENTRY + 'resaon = "x"\n',
            "known.toml:4: unknown word 'resaon'; did you mean 'reason'? There are rule, where, reason, until",
        ),
        (ENTRY + "xyz = 1\n", "known.toml:4: unknown word 'xyz'; there are rule, where, reason, until"),
        (ENTRY + ENTRY.replace('reason = "so"', ""), "known.toml:4: the entry has no reason: say why the finding is accepted"),
        (ENTRY.replace('rule = "client/never-polls"\n', ""), "known.toml:1: the entry has no rule"),
        (ENTRY.replace('"so"', '" "'), "known.toml:3: reason must be a text that says something, got ' '"),
        (ENTRY.replace('"so"', "1"), "known.toml:3: reason must be a text that says something, got 1"),
        (ENTRY + ENTRY.replace("never", "nevr"), "known.toml:5: unknown rule 'client/nevr-polls'; did you mean"),
        (ENTRY.replace("never-polls", "zz*"), "known.toml:2: no rule is like 'client/zz*'"),
        (ENTRY.replace("client/never-polls", WIDTH), f"known.toml:2: unknown rule '{WIDTH}'"),
        (ENTRY + 'where = "image-flux-v6"\n', "known.toml:4: there is no 'image-flux-v6'; did you mean 'images-flux-v6'?"),
        (ENTRY + 'until = "2027-03-31"\n', "known.toml:4: until must be a day without quotes, such as 2027-03-31, got '2027"),
        (
            ENTRY + "until = 2027-03-31T00:00:00Z\n",
            "known.toml:4: until must be a day without quotes, such as 2027-03-31, got 2",
        ),
        ('accepted = [{rule = "client/never-polls"}]', "known.toml: the entry has no reason: say why"),
    ],
)
def test_what_cannot_be_used_is_one_sentence_with_its_line(text: str, says: str) -> None:
    with pytest.raises(AcceptedError) as raised:
        read(text)
    assert str(raised.value).startswith(says)
    assert "\n" not in str(raised.value)


def test_a_fingerprint_needs_no_known_place() -> None:
    (entry,) = read(ENTRY + 'where = "0123456789abcdef"\n')
    assert entry.where == "0123456789abcdef"


@pytest.mark.parametrize(
    ("held", "says"), [(None, "No such file"), (b"\xff", "is not UTF-8 text"), (b"#" * 2_000_000, "larger")]
)
def test_a_file_that_cannot_be_read_is_one_sentence(held: bytes | None, says: str, tmp_path: Path) -> None:
    file = tmp_path / "known.toml"
    if held is not None:
        file.write_bytes(held)
    with pytest.raises(AcceptedError, match=says) as raised:
        read_accepted(str(file), RULES)
    assert str(raised.value).startswith(f"{file}: ")
