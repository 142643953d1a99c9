"""Rows without a mirror, each with the reason; and rows whose pair stands in a test of its own."""

WAIVED = {
    "request-unproved": "what was not decided has no way back",
    "response-unproved": "what was not decided has no way back",
    "reference-not-followed": "it tells of one document, whatever the other says",
    "request-field-ignored": "a field that comes is told of by request-field-added, which is not the same promise",
    "request-field-added": "a field that goes is told of by request-field-ignored, which is not the same promise",
    "response-field-unspoken": "a field that is new to an answer breaks no reader that was told to ignore others",
    "version-lowered": "a later version is what a new one is expected to have",
    "version-not-raised": "it follows from what breaks, which is no matter of direction",
    "major-version-not-raised": "it follows from what breaks, which is no matter of direction",
    "job-fetch-address-optional": "an address that always comes breaks nobody who could do without it",
    "job-estimate-optional": "an estimate that always comes breaks nobody who could do without it",
    "example-no-longer-valid": "an example that is right again is what everybody expects",
    "description-drifted": "a description that is right again is what everybody expects",
    "job-status-ends-now": "its mirror is job-status-ends-no-longer, in the same test of their own",
    "job-status-ends-no-longer": "its mirror is job-status-ends-now, in the same test of their own",
    "cap-changed": "it is its own mirror: a higher cap is as silent as a lower one",
}

#: Rows whose pairs are in tests of their own.
ELSEWHERE = {
    "request-unproved", "response-unproved", "request-field-ignored", "request-field-added", "response-field-unspoken",
    "reference-not-followed", "cap-changed", "version-not-raised", "major-version-not-raised", "example-no-longer-valid",
    "description-drifted", "job-status-ends-now", "job-status-ends-no-longer",
}  # fmt: skip
