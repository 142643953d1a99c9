"""Which promise a row of the catalogue is about: who only relies on less need not hear of the rest.

Promises stand inside each other. A row belongs to the least one that a change of its kind breaks, or that its news is for; what
could not be decided belongs to the least of all, so that nobody misses it.
"""

from __future__ import annotations

#: Every promise, the least first, and what who relies on it wants to hear of. Each holds all before it.
PROMISES: dict[str, str] = {
    "wire": "what a client sends is still accepted, and what a lenient one reads is still there, in its own type",
    "typed": "and strict decoders and made SDKs still work: lists of values, closed objects, bounds of answers, statuses",
    "behaviour": "and the same request still means the same: defaults, fields that are ignored, limits, the ways of a job",
    "docs": "and the words around it: titles, descriptions, examples",
}
#: Who wants words as well says so; what is left out is counted.
USUAL = "behaviour"

_ROWS: dict[str, str] = {
    "wire": """
        request-field-required request-field-refused request-other-fields-narrowed request-null-refused request-type-narrowed
        request-type-changed request-value-removed request-maximum-lowered request-minimum-raised request-step-coarser
        request-max-length-lowered request-min-length-raised request-pattern-narrowed request-max-items-lowered
        request-min-items-raised request-repeats-refused request-max-fields-lowered request-min-fields-raised
        request-alternative-removed request-accepts-less request-unproved request-field-added
        response-field-optional response-null-possible response-type-widened response-type-changed response-alternative-added
        response-min-items-lowered response-answers-more response-unproved
        operation-removed required-parameter-added parameter-became-required body-became-required body-removed
        request-media-type-removed success-status-removed response-media-type-removed response-media-type-added
        required-header-removed header-became-optional callback-removed reference-not-followed
    """,
    "typed": """
        response-field-unannounced response-other-fields-widened response-value-added response-maximum-raised
        response-minimum-lowered response-step-finer response-max-length-raised response-min-length-lowered
        response-pattern-widened response-max-items-raised response-repeats-possible response-max-fields-raised
        response-min-fields-lowered response-field-unspoken
        success-status-added error-status-added error-status-removed optional-header-removed header-added header-became-required
        operation-added optional-parameter-added parameter-became-optional optional-body-added body-became-optional
        request-media-type-added callback-added
    """,
    "behaviour": "request-default-changed request-field-ignored parameter-removed",
    "docs": "",
}
#: Rule of the differ -> the promise that it is about.
PROMISE_OF: dict[str, str] = {f"diff/{row}": promise for promise, rows in _ROWS.items() for row in rows.split()}


def counts(rule: str, promise: str) -> bool:
    """Whether a finding of this rule matters to whoever relies on this promise."""
    order = list(PROMISES)
    return order.index(PROMISE_OF[rule]) <= order.index(promise)
