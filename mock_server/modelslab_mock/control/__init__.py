"""The control API under /__mock: look at everything, steer everything. One file per room; `frame` puts them together.

FastAPI, typed, with its own OpenAPI and a reference page that loads nothing from elsewhere. Imported on the first request
for it, so that nobody pays for it who does not ask. Keys never appear in its URLs: a sandbox is named by the `sb-…` of the
log. Looking at anything is never a poll.
"""
