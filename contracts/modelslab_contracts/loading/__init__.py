"""Foreign documents, read as the world writes them: OpenAPI as a file, a folder, or inside a documentation page."""

from .load import Batch, Loaded, holds_one, is_readable, load, load_text, nothing_in

__all__ = ["Batch", "Loaded", "holds_one", "is_readable", "load", "load_text", "nothing_in"]
