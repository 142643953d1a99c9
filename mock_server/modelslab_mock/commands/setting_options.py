"""The emulator's settings as options of a command."""

from __future__ import annotations

import argparse
from collections.abc import Iterable


def add_settings(parser: argparse.ArgumentParser, names: Iterable[str]) -> None:
    """The config file and these settings, as options."""
    from ..settings import FIELDS

    parser.add_argument(
        "--config", metavar="FILE", help="YAML or JSON file of settings (default: modelslab-mock.yaml here, if there is one)"
    )
    for name in names:
        each = FIELDS[name]
        flags = ([each.metadata["flag"]] if each.metadata["flag"] else []) + ["--" + name.replace("_", "-")]
        default = (
            "" if each.default in (None, "", (), False) or each.metadata["many"] else f" (default: {_shown(each.default)})"
        )
        text = each.metadata["sentence"].replace("%", "%%") + default
        if each.type == "bool":
            parser.add_argument(*flags, dest=name, action=argparse.BooleanOptionalAction, default=None, help=text)
        else:
            action = "append" if each.metadata["many"] else "store"
            parser.add_argument(*flags, dest=name, action=action, default=None, metavar=each.metadata["form"], help=text)


def _shown(value: object) -> str:
    return "yes" if value is True else f"{value:g}" if isinstance(value, float) else str(value)
