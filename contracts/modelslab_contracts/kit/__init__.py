"""The kit: clients run through drawn stories, judged by what went over the wire and by what they returned.

It asks for something that plays stories and keeps a journal (`stage.py`) and never imports the emulator. Nothing outside
asks for it before it is needed.
"""
