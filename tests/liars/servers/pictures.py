"""Servers whose pictures are wrong."""

from __future__ import annotations

import base64
import io

from PIL import Image

from modelslab_contracts.kit.servers.line import Answered

from .wrong import Asked, Wrong


class LosesItsPictures(Wrong):
    """Names pictures and does not have them."""

    breaks = "server/names-a-picture-that-cannot-be-had"

    def answer(self, asked: Asked) -> Answered:
        return Answered(404, (), b"not here\n") if asked.role == "picture" else self.pass_on(asked)


class ShowsAPage(Wrong):
    """Shows a page in place of a picture, and says 200 to it."""

    breaks = "server/names-a-picture-that-cannot-be-had"

    def answer(self, asked: Asked) -> Answered:
        page = Answered(200, (("content-type", "text/html"),), b"<html>Please log in</html>")
        return page if asked.role == "picture" else self.pass_on(asked)


class CutsItsPictures(Wrong):
    """Sends the first half of a picture."""

    breaks = "server/names-a-picture-that-cannot-be-had"

    def answer(self, asked: Asked) -> Answered:
        answered = self.pass_on(asked)
        return answered._replace(body=answered.body[: len(answered.body) // 2]) if asked.role == "picture" else answered


class DrawsSmaller(Wrong):
    """Draws one pixel less than was ordered."""

    breaks = "server/draws-another-size"

    def answer(self, asked: Asked) -> Answered:
        answered = self.pass_on(asked)
        if asked.role != "picture" or answered.status != 200:
            return answered
        is_text = dict(answered.headers)["content-type"].startswith("text/")
        with Image.open(io.BytesIO(base64.b64decode(answered.body) if is_text else answered.body)) as picture:
            size = max(1, picture.width - 1), max(1, picture.height - 1)
        file = io.BytesIO()
        Image.new("P", size).save(file, "PNG")
        return answered._replace(body=base64.b64encode(file.getvalue()) if is_text else file.getvalue())
