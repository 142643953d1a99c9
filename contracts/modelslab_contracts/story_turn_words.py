"""The words of turns, one row each: how an attempt to submit, or a fetch, is answered, and what spoils the answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .story_word import Word, polls, submit

#: Answers by name. The contract fills them.
ANSWERS: Mapping[str, Word] = {
    "default": Word(
        "is answered by what the order asks for",
        {"submit": ["unavailable", "default"]},
        "unavailable default",
        "give up after one refusal, though the next attempt would have been taken",
    ),
    "success": submit("is finished at once", "success", "success", "poll for pictures that they already have"),
    "processing": submit(
        "is queued", "processing", "processing", "never fetch and return nothing, as the pages' own samples do"
    ),
    "invalid-key": submit("is refused as invalid-key", "invalid-key", "invalid-key", "retry what can never be accepted"),
    "no-credits": submit("is refused as no-credits", "no-credits", "no-credits", "hide that the account is empty"),
    "plan": submit("is refused as plan", "plan", "plan", "lose the server's own words about the plan"),
    "rate-limited": submit(
        "is refused as rate-limited", "rate-limited", "rate-limited", "come back before the seconds that the reply names"
    ),
    "server-error": submit("is refused as server-error", "server-error", "server-error", "take any parsed body for a result"),
    "unavailable": submit("is refused as unavailable", "unavailable", "unavailable", "retry at once and without end"),
    "error": submit("is refused as error", "error", "error", "return an empty list of pictures as if all were well"),
}
#: Answers that only a fetch can get.
FETCH_ANSWERS: Mapping[str, Word] = {
    "processing": polls(
        "says processing", "processing", "processing,processing", "stop after one fetch and call the job done"
    )._replace(story={"polls": ["processing", "processing"]}),
    "unknown-status": polls(
        "answers a status that nobody knows",
        {"answer": "unknown-status", "status": "Processing"},
        "unknown-status+status=Processing",
        "take every status but the ones they know for success, or wait for it without a deadline",
    ),
    "not-found": polls(
        "is told that the request is not found, though it will be",
        "not-found",
        "not-found",
        "give a job up for one early 'Request not found' of a job that is still on its way",
    ),
}
#: Bodies that are no good, by kind.
GARBLED: Mapping[str, Word] = {
    "truncated": submit(
        "is answered with JSON cut in the middle",
        "garbled",
        "garbled",
        "call `.json()` without expecting it to fail",
    ),
    "html": submit(
        "is answered with a page of HTML",
        {"garbled": "html", "http": 502},
        "garbled=html+http=502",
        "parse before they look at the status, and show their user a parser's error",
    ),
    "empty": submit("is answered with nothing", {"garbled": "empty"}, "garbled=empty", "take an empty body for an object"),
    "bom": submit(
        "is answered with a byte order mark before the JSON",
        {"garbled": "bom"},
        "garbled=bom",
        "crash with a raw decoding error on a mark that editors and proxies add",
    ),
    "wrong-type": submit(
        "is answered with JSON that calls itself HTML",
        {"garbled": "wrong-type"},
        "garbled=wrong-type",
        "trust the media type more than the body, or never look at it",
    ),
    "nan": submit(
        "is answered with NaN in place of a number",
        {"garbled": "nan"},
        "garbled=nan",
        "carry NaN into their sleeps and sums, or crash on what is no JSON",
    ),
    "duplicate-keys": submit(
        "is answered with its first member twice",
        {"garbled": "duplicate-keys"},
        "garbled=duplicate-keys",
        "read the first of two members with one name, when others read the last",
    ),
    "gzip-lie": submit(
        "is answered with plain JSON that calls itself gzip",
        {"garbled": "gzip-lie"},
        "garbled=gzip-lie",
        "let a decompression error of their HTTP library escape",
    ),
    "latin1": submit(
        "is answered with JSON in Latin-1",
        {"garbled": "latin1"},
        "garbled=latin1",
        "let a UnicodeDecodeError escape where they promise an error of their own",
    ),
}
RESETS: Mapping[str, Word] = {
    "before": submit(
        "loses its connection before any answer",
        "reset",
        "reset",
        "never retry, and those that retry blindly though the order may have been taken",
    ),
    "mid-body": submit(
        "loses its connection in the middle of the body",
        {"reset": "mid-body"},
        "reset=mid-body",
        "order again (and pay twice) when the answer broke off though the job was made",
    ),
}
REDIRECTS: Mapping[int, Word] = {
    301: submit(
        "is redirected with 301",
        {"redirect": 301},
        "redirect=301",
        "turn the POST into a GET without noticing, and lose the order",
    ),
    302: submit("is redirected with 302", {"redirect": 302}, "redirect=302", "take a followed GET's error for the job's"),
    307: submit("is redirected with 307", "redirect", "redirect", "follow without counting, round in a circle"),
    308: submit("is redirected with 308", {"redirect": 308}, "redirect=308", "do not know that 308 repeats the body"),
}
REDIRECTS = {status: REDIRECTS[status] for status in (307, 301, 302, 308)}  # the first is what the bare word means
TARGETS: Mapping[str, Word] = {
    "same-host": submit(
        "to the same address", {"redirect": 302, "to": "same-host"}, "redirect=302+to=same-host", "resolve no relative address"
    ),
    "other-host": submit(
        "to another host",
        {"redirect": 308, "to": "other-host"},
        "redirect=308+to=other-host",
        "send the API key, which stands in the body, to whatever host a redirect names",
    ),
}
#: The statuses that the vendor's table or captures name; any other from 200 to 599 can be asked for as well.
HTTP: Mapping[int, Word] = {
    status: submit(f"is answered HTTP {status}", {"http": status}, f"http={status}", exposes)
    for status, exposes in {
        400: "retry a request that is wrong and stays wrong",
        401: "retry with a key that was refused",
        402: "hide that the account is empty behind a general error",
        403: "report a feature outside the plan as a broken key",
        404: "treat a wrong address as a job that is not ready",
        413: "have no words for an order that is too large",
        422: "know 400 and forget its sibling",
        429: "hammer on when they are told to wait",
        500: "parse the body of a failure as a result",
        502: "expect JSON from a gateway",
        503: "give up at once on what passes in a moment",
        524: "take only the statuses of the standard for errors",
    }.items()
}
RETRY_AFTER_AS: Mapping[str, Word] = {
    "both": submit(
        "",
        {"http": 429, "retry_after": 5},
        "http=429+retry_after=5",
        "come back before the seconds that this very reply names",
    ),
    "date": submit(
        ", said as a date",
        {"http": 503, "retry_after": 5, "retry_after_as": "date"},
        "http=503+retry_after=5+retry_after_as=date",
        "read Retry-After as a number only",
    ),
    "header": submit(
        ", said in the header only",
        {"http": 429, "retry_after": 5, "retry_after_as": "header"},
        "http=429+retry_after=5+retry_after_as=header",
        "look for the seconds in the body only",
    ),
    "body": submit(
        ", said in the body only",
        {"http": 429, "retry_after": 5, "retry_after_as": "body"},
        "http=429+retry_after=5+retry_after_as=body",
        "look for the seconds in the header only",
    ),
}
SPELLINGS: Mapping[str, Word] = {
    spelling: submit(
        f"its text called {spelling}",
        {"answer": "error", "http": status, "spelling": spelling, "text": "Out of paint"},
        f"error+http={status}+spelling={spelling}+text='Out of paint'",
        f"read the server's words only where they are not called {spelling}, and lose them",
    )
    for spelling, status in (("message", 422), ("messege", 200))
}
FETCH_RESULTS: Mapping[str, Word] = {
    "same": polls(
        "naming the same fetch_result",
        {"answer": "processing", "fetch_result": "same"},
        "processing+fetch_result=same",
        "crash on a fetch that repeats where to ask next",
    ),
    "changed": polls(
        "naming another fetch_result",
        {"answer": "processing", "fetch_result": "changed"},
        "processing+fetch_result=changed",
        "build the address from the id, or keep the first one for ever",
    ),
    "elsewhere": polls(
        "naming a fetch_result on another host",
        {"answer": "processing", "fetch_result": "elsewhere"},
        "processing+fetch_result=elsewhere",
        "ask whatever host an answer names, with the key that it is not for",
    ),
    "missing": submit(
        "without fetch_result",
        {"answer": "processing", "fetch_result": "missing"},
        "processing+fetch_result=missing",
        "lose a job whose answer does not say again where to ask",
    ),
}
#: What else may stand beside an answer.
OPTIONS: Mapping[str, Word] = {
    "slow": submit(
        "takes some seconds",
        {"answer": "processing", "slow": 2},
        "processing+slow=2",
        "have no time limit, or order again when the first order was only slow",
    ),
    "text": submit(
        "is refused with an object of lists",
        {"answer": "error", "http": 200, "text": {"prompt": ["The prompt field is required."]}},
        """error+http=200+'text={"prompt":["The prompt field is required."]}'""",
        "expect a text and crash on the object of lists that the oldest dialect sends",
    ),
    "output": polls(
        "says processing, with part of the pictures",
        {"answer": "processing", "output": "partial"},
        "processing+output=partial",
        "return pictures of a job that is not finished, because output is not empty",
    ),
    "eta": polls(
        "says processing, with a new eta",
        {"answer": "processing", "eta": 7.5},
        "processing+eta=7.5",
        "keep to the first eta, or crash on a later one",
    ),
}
_HALVES: Mapping[tuple[Any, ...], str] = {
    **{(name,): row.says for name, row in {**FETCH_ANSWERS, **ANSWERS}.items()},
    **{("garbled", kind): row.says for kind, row in GARBLED.items()},
    **{("reset", kind): row.says for kind, row in RESETS.items()},
    **{("redirect", kind): row.says for kind, row in REDIRECTS.items()},
}


def says(key: tuple[Any, ...]) -> str:
    """The half sentence of an answer's name, or of a fault and its kind."""
    return _HALVES[key]
