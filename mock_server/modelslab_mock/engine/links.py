"""The addresses of pictures: built so that a picture can be drawn again from its URL alone, after any restart."""

from __future__ import annotations

import re
from typing import NamedTuple

from modelslab_contracts.endpoint import Endpoint

from ..pictures import LARGEST_SIDE, TREATMENTS, Picture, Treatment, from_token, tokens_of
from .job import Job

#: Results that are no pictures, by the ending of their names; tests hold this against the room that makes them.
OTHER_ENDINGS = frozenset(("gif", "mp4", "wav", "glb", "obj", "txt"))
TEMP_LINK_S = 24 * 3600
_PATH = re.compile(r"(?:/proxy)?(/base64)?/(generations|temp)/([A-Za-z0-9_-]{1,400})/([^/]{1,120})")
_PREFIX = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class PictureLink(NamedTuple):
    """What a picture's path says: the picture, how it is wrapped, and the file prefix that leads to its job.

    `spoil` is no part of the path: a word of the story's `pictures` for what is to become of the file.
    """

    picture: Picture
    as_base64: bool
    temporary: bool
    file_prefix: str
    spoil: str | None = None
    #: What the file is: png, or the ending of another kind of result.
    ending: str = "png"


def picture_paths(endpoint: Endpoint, job: Job) -> list[str]:
    """The paths of a job's pictures, one per sample. `temp` and `base64` orders have folders of their own."""
    _, shown, width, height, samples, _, upscale, _, _, temp, base64 = job.asked
    folder = "/temp/" if temp else "/generations/"
    if base64:
        folder = "/base64" + folder
    if upscale:
        width, height = min(2 * width, LARGEST_SIDE), min(2 * height, LARGEST_SIDE)
    treatment: Treatment = "plain"
    if job.nsfw:
        wanted = job.values.get("safety_checker_type")
        treatment = wanted if wanted in TREATMENTS else "blank"
    tokens = tokens_of(shown, width, height, job.seed, samples, treatment)
    named = endpoint.file_name.replace("{prefix}", job.file_prefix)
    if samples == 1:  # nearly always, and a comprehension costs more than its one turn
        return [f"{folder}{tokens[0]}/{named.replace('{index}', '0')}"]
    return [f"{folder}{token}/{named.replace('{index}', str(index))}" for index, token in enumerate(tokens)]


def read_path(path: str) -> PictureLink | None:
    """What a picture's path says, or None when it is no path of a picture."""
    found = _PATH.fullmatch(path)
    if not found:
        return None
    prefix = _PREFIX.search(found[4])
    try:
        link = PictureLink(from_token(found[3]), bool(found[1]), found[2] == "temp", prefix[0] if prefix else "")
    except ValueError:
        return None
    ending = found[4].rpartition(".")[2].lower()
    return link._replace(ending=ending) if ending in OTHER_ENDINGS else link
