"""The words of an answer's form and of its pictures, one row each."""

from __future__ import annotations

from collections.abc import Mapping

from .story_word import Word, picture, shape

SHAPES: Mapping[str, Mapping[str, Word]] = {
    "drop": {
        "names": shape("without {}", "drop", ["tip", "future_links"], "crash when an optional field is not there"),
    },
    "null": {"names": shape("with null for {}", "null", ["meta"], "tell absent from present, but not from null")},
    "add": {
        "names": shape("with unknown {}", "add", ["queue_position"], "refuse answers with fields that they do not know"),
    },
    "id": {
        "number": shape("the id is a number", "id", "number", "compare the id with a text"),
        "text": shape("the id is a text", "id", "text", "compare or format the id as a number"),
    },
    "eta": {
        "int": shape("eta is a whole number", "eta", "int", "expect a fraction"),
        "float": shape("eta has a fraction", "eta", "float", "read eta as a whole number"),
        "text": shape("eta is a text", "eta", "text", "do sums with a text, or crash on it"),
        "absent": shape("eta is absent", "eta", "absent", "crash when nobody says how long it takes"),
        "zero": shape("eta is 0", "eta", "zero", "fetch in a loop without a pause"),
        "negative": shape("eta is negative", "eta", "negative", "sleep for a negative time, which raises or returns at once"),
        "huge": shape("eta is huge", "eta", "huge", "sleep beyond their caller's deadline because a server said so"),
    },
    "output": {
        "list": shape("output is a list", "output", "list", "expect one address"),
        "text": shape("output is a text", "output", "text", "take the letters of an address for a list of pictures"),
        "object": shape("output is an object", "output", "object", "lose all pictures but the one called 0"),
    },
    "proxy_links": {
        "list": shape("proxy_links is a list", "proxy_links", "list", "count every picture twice"),
        "object": shape("proxy_links is an object", "proxy_links", "object", "expect the list that the page shows"),
        "empty": shape("proxy_links is an empty text", "proxy_links", "empty", "take the first of nothing"),
        "absent": shape("proxy_links is absent", "proxy_links", "absent", "read proxy_links before output"),
    },
    "nsfw": {
        "bool": shape("the flag is one for all pictures", "nsfw", "bool", "hide that a picture was blanked"),
        "list": shape("the flag is one per picture", "nsfw", "list", "take a list of false for true"),
        "absent": shape("the flag is absent", "nsfw", "absent", "crash without the flag"),
    },
    "base64": {
        "url": shape("base64 comes behind an address", "base64", "url", "decode an address as if it were a picture"),
        "inline": shape("base64 stands in the answer", "base64", "inline", "fetch a picture as if it were an address"),
    },
    "fetch_id": {
        "same": shape("fetch_result names the id", "fetch_id", "same", "build addresses instead of following them"),
        "other": shape(
            "fetch_result names another id", "fetch_id", "other", "build the fetch address from the id instead of following it"
        ),
    },
}
PICTURES: Mapping[str, Word] = {
    "ok": Word("is there", {"pictures": ["ok", 404]}, "pictures=ok,404", "give all pictures up for one that is gone"),
    "403": picture("is forbidden", 403, "403", "store the body of a refusal as a picture"),
    "404": picture("is gone", 404, "404", "report success for a picture that nobody has"),
    "mirror": picture("is gone, but not its mirror", "mirror", "mirror", "give a picture up that proxy_links has"),
    "expires": picture("expires", {"expires": 60}, "expires:60", "keep addresses where they should keep pictures"),
    "html": picture("is a page of HTML", "html", "html", "store whatever comes with HTTP 200"),
    "truncated": picture("is cut short", "truncated", "truncated", "never look whether a file is whole"),
    "cut": picture("breaks off", "cut", "cut", "keep half a file when the connection breaks"),
    "slow": picture("is slow", {"slow": 3}, "slow:3", "have no time limit on downloads, or one for all of them together"),
    "wrong-type": picture(
        "calls itself something else", "wrong-type", "wrong-type", "name a file by its media type without a look inside"
    ),
}
