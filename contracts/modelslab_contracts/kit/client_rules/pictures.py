"""What a client takes the values of `output` for: addresses of pictures, or pictures in base64."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator

from ...story_shape import Shape
from ..rules import Broken, rule
from ..run import Run, addresses, came_to

#: How files of pictures begin: PNG, JPEG, GIF, and the container of WebP.
_BEGINNINGS = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF")
_LOOKED_AT = 64


def _base64_came(run: Run) -> bool:
    """Pictures were ordered in base64, and the last reply was a success with them, in no other way odd"""
    order, shape = run.read(run.asked.request).order, run.story.shape
    is_plain = shape == Shape(base64=shape.base64, fetch_id=shape.fetch_id)
    is_asked = order is not None and order.values.get("base64") is True
    return is_asked and is_plain and run.succeeded is not None and run.are_pictures_fine and not run.is_flagged


@rule(
    "client/confuses-base64-with-an-address",
    when=_base64_came,
    basis="the endpoint's page: base64; the answer holds the pictures themselves, or addresses of texts that do",
    masked_by=("client/reports-a-success-as-failure", "client/loses-pictures", "client/invents-pictures"),
)
def confuses_base64(run: Run) -> Iterator[Broken]:
    assert run.succeeded is not None
    made, outcome = addresses(run.pictures_of(run.succeeded)), run.outcome
    if outcome.kind in ("crash", "error") and run.story.shape.base64:
        yield Broken("the outcome", "the pictures of the success", f"the client {came_to(outcome)}")
    if outcome.kind != "images" or len(outcome.images) != len(made):
        return
    for told, got in zip(made, outcome.images, strict=True):
        if isinstance(got, bytes) and not (_is_picture(got) or _is_picture(_decoded(got))):
            yield Broken("the pictures", "whole pictures, as bytes or in base64", f"{len(got)} bytes that are neither")
            return
        if isinstance(got, str) and _is_address(got) and not _is_address(told):
            yield Broken("the pictures", "the base64 of the reply, or what it says", f"an address made of it: {got[:40]}…")
            return


def _is_address(text: str) -> bool:
    return text.startswith(("http://", "https://"))


def _is_picture(content: bytes) -> bool:
    return content.startswith(_BEGINNINGS)


def _decoded(content: bytes) -> bytes:
    try:
        return base64.b64decode(content[:_LOOKED_AT], validate=True)
    except binascii.Error:
        return b""
