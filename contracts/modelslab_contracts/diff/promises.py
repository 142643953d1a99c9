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
        request-flag-respelled request-number-as-text request-one-or-many-changed request-nothing-respelled
        request-value-respelled response-flag-respelled response-number-as-text response-one-or-many-changed
        response-nothing-respelled response-value-respelled
        response-field-optional response-null-possible response-type-widened response-type-changed response-alternative-added
        response-min-items-lowered response-answers-more response-unproved
        operation-removed required-parameter-added parameter-became-required body-became-required body-removed
        request-media-type-removed success-status-removed response-media-type-removed response-media-type-added
        required-header-removed header-became-optional callback-removed reference-not-followed
        operation-moved operation-method-changed path-id-moved-to-body body-id-moved-to-path success-status-changed
        error-moved-to-success-status error-moved-to-error-status callback-address-changed parameter-style-changed
        encoding-changed base-url-changed server-removed security-added security-changed scope-added key-moved
        request-field-renamed response-field-renamed request-field-respelled response-field-respelled
        request-content-changed response-content-changed response-field-write-only request-discriminator-value-removed
        job-fetch-id-changed job-fetch-needs-key job-fetch-address-optional job-estimate-optional job-may-be-queued
        cap-removed excuse-removed selection-changed query-not-read announced-operation-removed
    """,
    "typed": """
        response-field-unannounced response-other-fields-widened response-value-added response-maximum-raised
        response-minimum-lowered response-step-finer response-max-length-raised response-min-length-lowered
        response-pattern-widened response-max-items-raised response-repeats-possible response-max-fields-raised
        response-min-fields-lowered response-field-unspoken
        success-status-added error-status-added error-status-removed optional-header-removed header-added header-became-required
        operation-added optional-parameter-added parameter-became-optional optional-body-added body-became-optional
        request-media-type-added callback-added
        discriminator-changed discriminator-removed discriminator-added response-discriminator-value-added
        response-discriminator-value-removed request-discriminator-value-added media-type-parameters-changed
        default-answer-removed default-answer-added operation-id-changed request-format-added request-format-changed
        request-format-removed response-format-added response-format-removed response-format-changed
        request-content-added request-content-removed response-field-readable request-field-read-only
        request-field-writable dialect-changed path-parameter-renamed
    """,
    "behaviour": """
        request-default-changed request-field-ignored parameter-removed
        sunset-earlier stability-lowered job-status-added job-end-added job-status-ends-now job-status-ends-no-longer
        limit-lowered limit-added version-lowered version-not-raised major-version-not-raised sunset-removed
        sunset-unreadable security-alternative-added job-fetch-unlinked cap-changed appended-text-changed
        binding-changed file-name-changed server-added security-removed scope-removed limit-raised limit-removed
        operation-deprecated operation-no-longer-deprecated sunset-added sunset-later stability-raised
        field-deprecated field-no-longer-deprecated job-status-removed job-never-queued job-fetch-linked
        job-fetch-needs-no-key cap-added excuse-added query-read literal-changed
    """,
    "docs": "tags-changed certainty-changed assumption-changed example-no-longer-valid description-drifted",
}
#: Rule of the differ -> the promise that it is about.
PROMISE_OF: dict[str, str] = {f"diff/{row}": promise for promise, rows in _ROWS.items() for row in rows.split()}


def counts(rule: str, promise: str) -> bool:
    """Whether a finding of this rule matters to whoever relies on this promise; what traffic met always does."""
    order = list(PROMISES)
    return rule.startswith("usage/") or order.index(PROMISE_OF[rule]) <= order.index(promise)
