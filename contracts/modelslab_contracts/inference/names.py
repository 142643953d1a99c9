"""What the world's words mean: how a status says success, and which fact of a job a field of some name holds."""

from __future__ import annotations

import re
from collections.abc import Mapping

from ..endpoint import Field

#: What an answer's status says, by the words that APIs of this kind use for it.
_MEANT = {
    "success": ("success", "succeeded", "successful", "completed", "complete", "done", "finished", "ready", "ok"),
    "processing": ("processing", "pending", "queued", "queue", "in_queue", "in_progress", "running", "starting", "started"),
    "failed": ("failed", "failure"),
    "error": ("error",),
}
STATUS = "status"
MEANT: Mapping[str, str] = {word: meant for meant, words in _MEANT.items() for word in words}

#: The facts that a field of some name (in lower case, without _ and -) is filled from.
_FACTS = {
    "id": ("id", "requestid", "jobid", "taskid"),
    "links": (
        "output", "outputs", "images", "links", "imagelinks", "audio", "video", "videos", "outputurl", "url", "imageurl",
        "videourl", "audiourl",
    ),
    "proxy_links": ("proxylinks",),
    "future_links": ("futurelinks",),
    "eta": ("eta", "estimatedtime"),
    "fetch_url": ("fetchresult", "fetchurl", "pollingurl", "statusurl"),
    "generation_time": ("generationtime", "timetaken", "inferencetime"),
    "text": ("message", "messege", "error", "errormessage", "detail"),
    "tip": ("tip",),
    "retry_after": ("retryafter",),
    "nsfw": ("nsfwcontentdetected", "nsfwdetected"),
    "meta": ("meta", "metadata"),
    "seed": ("seed",),
    "prompt": ("prompt",),
    "file_prefix": ("fileprefix",),
    "track_id": ("trackid",),
}  # fmt: skip
_FACT_OF: Mapping[str, str] = {name: fact for fact, names in _FACTS.items() for name in names}
#: Facts by which an answer shows that a job is on its way.
OF_WAITING = ("eta", "fetch_url", "future_links")
#: What a meta calls the field of an order that has another name.
_ALIASES: Mapping[str, tuple[str, ...]] = {
    "W": ("width",), "H": ("height",), "n_samples": ("samples",), "steps": ("num_inference_steps",),
    "num_inference_steps": ("steps",), "model": ("model_id",), "model_id": ("model",),
    "safetychecker": ("safety_checker",),
    "safetychecker_type": ("safety_checker_type",), "lora": ("lora_model",),
}  # fmt: skip
#: Request fields by which a call shows that it orders something to be made.
ORDERS = ("webhook", "track_id")
FETCH = re.compile(r"^(?P<before>.*)/(?:fetch|fetch[_-]results?|get[_-]results?|results?|status)(?:/\{[^{}]+\})?$")
ID_FIELDS = ("request_id", "id", "job_id", "task_id")

#: What a job makes, by words of its address and title, and the ending of the file that stands for it; the first that fits.
_MADE = (
    ("glb", r"3d|mesh|glb"),
    ("mp4", r"video|film|animation|movie|singing|lipsync|lip_sync|talking|watermark_remover_video"),
    ("wav", r"audio|voice|speech|tts|music|song|sound|sfx|dubbing|noise"),
    ("txt", r"transcri|caption|text_generation|speech_to_text|image_to_text|img2text|translate"),
)
_TEXT_FIRST = re.compile(r"speech[_ -]?to[_ -]?text|transcri|(?:image|img)[_ -]?(?:to|2)[_ -]?text|caption", re.IGNORECASE)
#: Endings that we can make, by the ending that a document shows.
_ENDINGS: Mapping[str, str] = {
    "png": "png", "jpg": "png", "jpeg": "png", "webp": "png", "mp4": "mp4", "mov": "mp4", "webm": "mp4", "gif": "gif",
    "wav": "wav", "mp3": "wav", "ogg": "wav", "flac": "wav", "m4a": "wav", "glb": "glb", "gltf": "glb", "fbx": "glb",
    "obj": "obj", "ply": "obj", "stl": "obj",
    "txt": "txt", "srt": "txt", "json": "txt", "vtt": "txt",
}  # fmt: skip
_ENDING = re.compile(r"\.([A-Za-z0-9]{2,4})(?:[?#].*)?$")


def fact_of(name: str) -> str:
    """The fact that a field of an answer holds by its name; "" for a name that says nothing."""
    return _FACT_OF.get(re.sub(r"[_-]", "", name).lower(), "")


def field_behind(name: str, fields: Mapping[str, Field]) -> Field | None:
    """The field of an order that a name in a meta repeats."""
    names = (name, *_ALIASES.get(name, ()))
    return next((fields[each] for each in names if each in fields), None)


def ending_shown(link: object) -> str:
    """The ending of the files that we make for a link such as this one; "" when it shows none."""
    found = _ENDING.search(link) if isinstance(link, str) and "/" in link else None
    return _ENDINGS.get(found[1].lower(), "") if found else ""


def ending_meant(*texts: str) -> str:
    """The ending of the files that a call makes by what its address and title say."""
    words = " ".join(texts)
    if _TEXT_FIRST.search(words):
        return "txt"
    return next((ending for ending, pattern in _MADE if re.search(pattern, words, re.IGNORECASE)), "")
