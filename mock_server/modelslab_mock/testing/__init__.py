"""The emulator in tests: `MockServer` for everyone, and what the pytest plugin stands on.

`scope` is what a test holds, `reach` what it asks of an emulator, `near` (this process) and `far` (another one, over the
control API) the two answers. `judgement` says at the end what went otherwise than the test said.
"""
