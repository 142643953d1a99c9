"""The pictures: that they are there, that they are pictures, and of the size that was ordered."""

from __future__ import annotations

from collections.abc import Iterator

from ..row import Broken
from .rules import rule
from .visit import Visit

#: Flags after which a picture is of another size than was ordered.
_RESIZED = ("upscale",)


def _was_looked_at(visit: Visit) -> bool:
    """A picture's address is of a host that may be asked"""
    return any(True for _ in visit.of("picture"))


def _has_a_size(visit: Visit) -> bool:
    """A picture could be read, its order names width and height, and nothing in it asks for another size"""
    values = visit.order.values if visit.order else {}
    named = all(isinstance(values.get(each), int) for each in ("width", "height"))
    return (
        named and not any(values.get(each) for each in _RESIZED) and any(each.look and each.look.size for each in visit.steps)
    )


@rule(
    "server/names-a-picture-that-cannot-be-had", when=_was_looked_at, basis="every page: output holds the pictures' addresses"
)
def cannot_be_had(visit: Visit) -> Iterator[Broken]:
    for each in visit.of("picture"):
        if each.look and each.look.size is None:
            yield Broken(each.exchange.path, "a picture", each.look.why)


@rule("server/draws-another-size", when=_has_a_size, basis="every page: width and height in pixels")
def draws_another_size(visit: Visit) -> Iterator[Broken]:
    values = visit.order.values if visit.order else {}
    wanted = values["width"], values["height"]
    for each in visit.of("picture"):
        if each.look and each.look.size not in (None, wanted):
            width, height = each.look.size or (0, 0)
            yield Broken("the picture", f"{wanted[0]}×{wanted[1]} pixels, as ordered", f"{width}×{height}")
