"""The addresses of pictures: built so that a picture can be drawn again from its URL alone, after any restart."""

from __future__ import annotations

import re
from typing import NamedTuple

from modelslab_contracts.endpoint import Endpoint

from ..pictures import Picture, Treatment, from_token, tokens_of
from .job import Job

TEMP_LINK_S = 24 * 3600
_PATH = re.compile(r"(?:/proxy)?(/base64)?/(generations|temp)/([A-Za-z0-9_-]{1,400})/([^/]{1,120})")
_PREFIX = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class PictureLink(NamedTuple):
    """What a picture's path says: the picture, how it is wrapped, and the file prefix that leads to its job."""

    picture: Picture
    as_base64: bool
    temporary: bool
    file_prefix: str


def picture_paths(endpoint: Endpoint, job: Job) -> list[str]:
    """The paths of a job's pictures, one per sample. `temp` and `base64` orders have folders of their own."""
    values = job.values
    folder = ("/base64" if values.get("base64") else "") + ("/temp/" if values.get("temp") else "/generations/")
    scale = 2 if values.get("upscale") else 1
    treatment: Treatment = "plain" if not job.nsfw else values.get("safety_checker_type") or "blank"
    tokens = tokens_of(
        values["prompt"],
        width=(values.get("width") or 512) * scale,
        height=(values.get("height") or 512) * scale,
        seed=job.seed,
        samples=job.samples,
        treatment=treatment,
    )
    named = endpoint.file_name.replace("{prefix}", job.file_prefix)
    return [f"{folder}{token}/{named.replace('{index}', str(index))}" for index, token in enumerate(tokens)]


def read_path(path: str) -> PictureLink | None:
    """What a picture's path says, or None when it is no path of a picture."""
    found = _PATH.fullmatch(path)
    if not found:
        return None
    prefix = _PREFIX.search(found[4])
    try:
        return PictureLink(from_token(found[3]), bool(found[1]), found[2] == "temp", prefix[0] if prefix else "")
    except ValueError:
        return None
