"""Fields that share a fate are one line for people, and each by itself for programs."""

from __future__ import annotations

from modelslab_contracts.diff.folding import folded

from .documents import document, found

LOST = ("b", "c", "d/e")


def test_three_lost_fields_are_one_line_and_two_are_two() -> None:
    old = document(asks={"properties": {each: {} for each in ("a", *LOST)}})
    (one,) = folded(found(old, document(asks={"properties": {"a": {}}})))
    assert one.got == "3 fields are not spoken of any more: b, c, d/e"
    assert one.where.endswith("/draw POST body application/json")
    two = found(old, document(asks={"properties": {"a": {}, "b": {}}}))
    assert folded(two) == two
    assert len(two) == 2


def test_fields_of_two_objects_are_two_lines_and_keep_their_place() -> None:
    def of(*names: str) -> dict[str, object]:
        inner = {"type": "object", "required": list(names), "properties": {each: {"type": "string"} for each in names}}
        return document(answers={"properties": {"one": inner, "two": inner, "n": {"maximum": len(names) + 1}}})

    findings = found(of(*LOST), of())
    assert len(findings) == 6
    lines = folded(findings)
    assert [each.got for each in lines] == ["3 fields that always came are gone: b, c, d/e"] * 2
    assert [each.where.rpartition(" ")[2] for each in lines] == ["/one", "/two"]
    assert lines[0].hint == 'never before, possible now: {"one":{}}'


def test_what_is_not_of_one_kind_is_left_alone() -> None:
    old, new = (document(asks={"properties": {each: {"maximum": most} for each in "abcd"}}) for most in (9, 8))
    findings = found(old, new)
    assert folded(findings) == findings
    assert len(findings) == 4
