"""How a request names a sandbox: by its name, or, where a person would need it, by the API key in a `key` header."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import Depends, Header, Path, Query

from ..engine.ids import NO_SANDBOX, sandbox_name
from .errors import Refused

BY_KEY = "by-key"
_NAME = re.compile(r"sb-(?:[0-9a-f]{8}|none)")
_HOW = f"a sandbox is named sb- and eight hex digits, or {NO_SANDBOX}; POST /__mock/sandboxes tells the name of a key"

KeyHeader = Annotated[
    str | None, Header(alias="key", description="An API key, to name its sandbox without working out its name.")
]
InSandbox = Annotated[
    str | None, Query(alias="sandbox", description="Only in this sandbox. The header `key` may name it instead.")
]


async def _named(
    name: Annotated[
        str,
        Path(
            description=f"A sandbox as the log names it, or `{BY_KEY}`: that of the API key in the header `key`.",
            examples=["sb-2bb80d53"],
        ),
    ],
    key: KeyHeader = None,
) -> str:
    if name == BY_KEY:
        if not key or not key.strip():
            raise Refused(422, f"{BY_KEY} in the path needs the API key in a header: key: …")
        return sandbox_name(key)
    return _checked(name)


async def _within(within: InSandbox = None, key: KeyHeader = None) -> str | None:
    """The sandbox that a request names, by name or by key. Raises Refused when the two disagree."""
    of_key = sandbox_name(key) if key and key.strip() else None
    if within is not None and of_key not in (None, _checked(within)):
        raise Refused(422, f"?sandbox is {within}, and the header key is that of {of_key}")
    return within if within is not None else of_key


def _checked(name: str) -> str:
    # What is no name may be a key that somebody took for one: it is not repeated.
    if not _NAME.fullmatch(name):
        raise Refused(422, _HOW)
    return name


#: A parameter of this type is the name of the sandbox in the path.
SandboxName = Annotated[str, Depends(_named)]
#: A parameter of this type is the name of the sandbox that a query or a header narrows a call to; None for all.
Within = Annotated[str | None, Depends(_within)]
