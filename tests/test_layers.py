"""The rooms of the house, and the arrows between them: read from the source, so no import can sneak in unseen."""

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

import modelslab_contracts
import modelslab_mock
from modelslab_contracts.profiles import PROFILES
from modelslab_contracts.request import read_request
from modelslab_mock.app import App
from modelslab_mock.log import Log
from modelslab_mock.messages import Request
from modelslab_mock.serve import make_app
from modelslab_mock.settings import Settings

CONTRACTS = Path(modelslab_contracts.__file__).parent
MOCK = Path(modelslab_mock.__file__).parent
#: Tools of the developers, run by hand; nothing imports them.
TOOLS = {"modelslab_mock.pictures.glyphs.build"}


class Module(NamedTuple):
    """A module of ours: its dotted name, its file, what it imports (dotted, also inside functions)."""

    name: str
    file: Path
    tree: ast.Module
    imports: frozenset[str]


def modules() -> Iterator[Module]:
    for root in (CONTRACTS, MOCK):
        for file in sorted(root.rglob("*.py")):
            parts = [root.name, *file.relative_to(root).with_suffix("").parts]
            package = parts[:-1]
            name = ".".join(package if parts[-1] == "__init__" else parts)
            tree = ast.parse(file.read_bytes())
            yield Module(name, file, tree, frozenset(imported(tree, package)))


def imported(tree: ast.Module, package: list[str]) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            origin = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*origin, *([node.module] if node.module else [])])
            yield base
            yield from (f"{base}.{each.name}" for each in node.names)


MODULES = [each for each in modules() if each.name not in TOOLS]
KNOWN = {each.name for each in MODULES}


def ours(module: Module) -> set[str]:
    """The modules of ours that a module imports."""
    return {each for each in module.imports if each in KNOWN}


def room(name: str) -> list[Module]:
    """A module, or a package with everything in it."""
    found = [each for each in MODULES if each.name == name or each.name.startswith(name + ".")]
    assert found, f"there is no {name} any more: this test has to be told of the new name"
    return found


def in_room(name: str, *rooms: str) -> bool:
    return any(name == each or name.startswith(each + ".") for each in rooms)


# --- arrows ------------------------------------------------------------------------------------------------------------

#: room -> the rooms of ours that it may import; itself is understood.
ARROWS = {
    "modelslab_contracts": (),
    "modelslab_contracts.json_pointer": (),
    "modelslab_contracts.diff.sets": ("modelslab_contracts.findings",),
    "modelslab_contracts.diff.stems": (),
    "modelslab_contracts.diff": tuple(
        f"modelslab_contracts.{each}"
        for each in ("bases", "document", "findings", "json_pointer", "lint_openapi", "lint_subject")
    ),
    "modelslab_contracts.loading": tuple(
        f"modelslab_contracts.{each}" for each in ("document", "findings", "json_pointer", "lint_openapi", "lint_subject")
    ),
    "modelslab_contracts.inference": tuple(
        f"modelslab_contracts.{each}"
        for each in (
            "bases",
            "contract",
            "document",
            "endpoint",
            "findings",
            "json_pointer",
            "lint_subject",
            "loading",
            "kit.chance",
            "kit.patterns",
        )
    ),
    "modelslab_contracts.sources": tuple(
        f"modelslab_contracts.{each}"
        for each in ("document", "endpoint", "findings", "json_pointer", "lint_subject", "loading", "profiles", "request")
    ),
    "modelslab_mock.pictures": (),
    "modelslab_mock.media": ("modelslab_mock.pictures",),
    "modelslab_mock.engine": ("modelslab_contracts", "modelslab_mock.pictures"),
    "modelslab_mock.stores": ("modelslab_contracts", "modelslab_mock.engine", "modelslab_mock.outbox"),
    "modelslab_mock.outbox": ("modelslab_contracts",),
    "modelslab_mock.inbox": ("modelslab_contracts",),
    "modelslab_mock.messages": ("modelslab_contracts", "modelslab_mock.engine"),
    "modelslab_mock.routes": ("modelslab_contracts",),
    "modelslab_mock.faults": ("modelslab_contracts",),
    "modelslab_mock.staging": (
        "modelslab_contracts",
        "modelslab_mock.engine",
        "modelslab_mock.faults",
        "modelslab_mock.messages",
    ),
    "modelslab_mock.webhooks": ("modelslab_mock.loopback",),
    "modelslab_mock.loopback": ("modelslab_contracts",),
    "modelslab_mock.log": ("modelslab_contracts",),
    "modelslab_mock.origin": (),
    "modelslab_mock.settings_check": ("modelslab_contracts", "modelslab_mock.engine", "modelslab_mock.origin"),
    "modelslab_mock.settings": ("modelslab_contracts", "modelslab_mock.loopback", "modelslab_mock.settings_check"),
    "modelslab_mock.known": (),
    "modelslab_mock.emulator": (
        "modelslab_contracts",
        "modelslab_mock.engine",
        "modelslab_mock.known",
        "modelslab_mock.outbox",
        "modelslab_mock.stores",
    ),
}


@pytest.mark.parametrize("name", ARROWS)
def test_imports_of_a_room_follow_the_arrows(name: str) -> None:
    for module in room(name):
        strays = {each for each in ours(module) if not in_room(each, name, *ARROWS[name])}
        assert not strays, module.name


ABOVE = tuple(
    f"modelslab_mock.{each}"
    for each in (
        "wire",
        "serve",
        "cli",
        "control",
        "ways",
        "testing",
        "pytest_plugin",
        "commands",
        "__main__",
    )
)


@pytest.mark.parametrize(
    "name", ["app", "conversation", "reading", "routes", "emulator", "messages", "faults", "staging", "stores", "engine"]
)
def test_what_is_below_the_socket_never_imports_what_is_above_it(name: str) -> None:
    for module in room(f"modelslab_mock.{name}"):
        assert not {each for each in ours(module) if in_room(each, *ABOVE)}, module.name


def test_only_the_doors_lead_into_the_room_for_tests() -> None:
    users = {module.name for module in MODULES if any(in_room(each, "modelslab_mock.testing") for each in ours(module))}
    assert {each for each in users if not in_room(each, "modelslab_mock.testing")} <= {
        "modelslab_mock",
        "modelslab_mock.pytest_plugin",
    }


def test_the_kit_is_asked_for_by_those_who_need_it_and_by_nobody_else() -> None:
    kit = {each.name for each in room("modelslab_contracts.kit")}
    users = {module.name for module in MODULES if module.name not in kit and ours(module) & kit}
    assert {each for each in users if not in_room(each, *ASK_FOR_THE_KIT)} == set()


ASK_FOR_THE_KIT = (
    "modelslab_mock.ways.in_process.callers",
    "modelslab_contracts.inference",  # values for a foreign schema are drawn with the kit's dice
    *(
        f"modelslab_mock.{each}"
        for each in (
            "checking",
            "contract_tests",
            "handed",
            "commands",
            "playhouse",
            "recording",
            "server_checking",
            "stage_house",
            "strategies",
            "wire.http_line",
        )
    ),
)
DIFF = {"modelslab_mock.commands.diff_command", "modelslab_mock.commands.diff_report"}


def test_the_differ_is_asked_for_by_its_command_and_by_nobody_else() -> None:
    differ = {each.name for each in room("modelslab_contracts.diff")}
    users = {(module.name, each) for module in MODULES if module.name not in differ for each in ours(module) & differ}
    rows = {
        ("modelslab_contracts.findings", f"modelslab_contracts.{each}") for each in ("diff", "diff.stems", "diff.stems_beside")
    }
    rows |= {("modelslab_mock.commands.diff_options", f"modelslab_contracts.{each}") for each in ("diff", "diff.promises")}
    assert {each for each in users - rows if each[0] not in DIFF} == set()


def test_no_two_modules_import_each_other_when_they_are_loaded() -> None:
    loaded = {module.name: {each for each in ours(module) if each != module.name} for module in map(without_functions, MODULES)}
    while free := {name for name, needs in loaded.items() if not needs & loaded.keys()}:
        loaded = {name: needs for name, needs in loaded.items() if name not in free}
    assert not loaded, "a circle of imports"


def without_functions(module: Module) -> Module:
    """The module with only the imports that loading it runs: those inside functions come later."""
    top = ast.Module([each for each in module.tree.body if not isinstance(each, (ast.FunctionDef, ast.ClassDef))], [])
    parts = module.name.split(".")
    package = parts if module.file.name == "__init__.py" else parts[:-1]
    # A package that imports its own module is no circle; what is imported as a name is the module that defines it.
    return module._replace(imports=frozenset(each for each in imported(top, package) if each not in parents(module.name)))


def parents(name: str) -> set[str]:
    parts = name.split(".")
    return {".".join(parts[:count]) for count in range(1, len(parts) + 1)}


#: library -> the rooms that may name it. What is not here may be named by nobody who is not listed under another one.
LIBRARIES = {
    "uvicorn": ("wire",),
    "uvloop": ("wire",),
    "httptools": ("wire",),
    "fastapi": ("control",),
    "starlette": ("control",),
    "pydantic": ("control",),
    "PIL": ("pictures", "modelslab_contracts.kit.servers.looking"),
    "httpx": ("webhooks", "ways", "recording", "modelslab_mock.wire.http_line"),
    "aiohttp": ("ways",),
    "time_machine": ("ways",),
    "anyio": ("ways",),
    "trustme": ("wire",),
    "rich": ("commands",),
    "hypothesis": ("modelslab_contracts.kit.strategies",),
    "pytest": ("pytest_plugin",),
    "requests": (),
}


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_library_is_named_only_where_it_belongs(library: str) -> None:
    rooms = tuple(each if "." in each else f"modelslab_mock.{each}" for each in LIBRARIES[library])
    users = {module.name for module in MODULES if any(in_room(each, library) for each in module.imports)}
    assert not {each for each in users if not in_room(each, *rooms)}


def test_the_engine_and_the_contracts_do_no_io() -> None:
    outward = {
        "socket",
        "asyncio",
        "threading",
        "subprocess",
        "http.client",
        "http.server",
        "urllib.request",
        "ssl",
        "tempfile",
        "logging.handlers",
    }
    for module in [*room("modelslab_mock.engine"), *room("modelslab_contracts")]:
        assert not {each for each in module.imports if in_room(each, *outward)}, module.name


# --- what comes in through the door ------------------------------------------------------------------------------------


def named(module: Module) -> set[str]:
    """Every dotted name that a module uses, such as `os.environ`."""
    found = set()
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Attribute):
            parts = []
            inner: ast.expr = node
            while isinstance(inner, ast.Attribute):
                parts.append(inner.attr)
                inner = inner.value
            if isinstance(inner, ast.Name):
                found.add(".".join([inner.id, *reversed(parts)]))
    return found | module.imports


def users_of(*names: str) -> set[str]:
    return {
        module.name.removeprefix("modelslab_mock.").partition(".")[0]
        if module.name.startswith("modelslab_mock")
        else module.name
        for module in MODULES
        if any(each == name or each.startswith(name + ".") for each in named(module) for name in names)
    }


def test_only_the_door_reads_the_environment() -> None:
    assert users_of("os.environ", "os.getenv", "os.environb") <= {
        "settings",
        "cli",
        "serve",
        "handed",  # inside of the children that it starts
        "pytest_plugin",
        "modelslab_contracts.document",
    }


def test_only_the_shell_asks_what_time_it_is() -> None:
    clocks = (
        "time.time",
        "time.monotonic",
        "time.perf_counter",
        "time.time_ns",
        "datetime.datetime.now",
        "datetime.datetime.utcnow",
        "datetime.now",
        "date.today",
    )
    assert users_of(*clocks) <= {
        "wire",
        "serve",
        "control",
        "log",
        "watch",
    }  # watch: how long somebody waits is no time of a sandbox


def test_only_the_shell_sleeps() -> None:
    # ways, handed: a client's patience, in its own time. control: sleep(0), which lets others have a turn.
    assert users_of("time.sleep", "asyncio.sleep") <= {"wire", "serve", "ways", "handed", "control"}


def test_only_the_shell_throws_dice() -> None:
    assert users_of("random", "secrets", "uuid", "os.urandom") <= {"serve"}


def test_no_module_is_longer_than_400_lines() -> None:
    lengths = {module.name: len(module.file.read_text().splitlines()) for module in MODULES}
    assert {name: length for name, length in lengths.items() if length > 400} == {}


# --- starting fast -----------------------------------------------------------------------------------------------------

SLOW_TO_LOAD = (
    "fastapi",
    "starlette",
    "pydantic",
    "typer",
    "rich",
    "jsonschema",
    "jsonschema_rs",
    "PIL",
    "httpx",
    "hypothesis",
    "trustme",
    "aiohttp",
    "time_machine",
)
FIRST_ANSWER = """
import asyncio, json, sys
from modelslab_mock import cli, serve
from modelslab_mock.log import Log
from modelslab_mock.settings import make_settings

settings = make_settings({"port": "0", "quiet": True}, {})
log = Log(settings.log_format, settings.quiet)
app = serve.make_app(settings, seed=1, origin="http://127.0.0.1:4777", started=0.0, log=log)
config, _ = serve._server_config(settings, app, log, 0.0)
config.load()
sent = []

async def one_request():
    body = json.dumps({"key": "k", "prompt": "a fox", "webhook": "http://localhost:9/x"}).encode()
    async def receive():
        return {"type": "http.request", "body": body, "more_body": False}
    async def send(message):
        sent.append(message)
    scope = {"type": "http", "method": "POST", "path": "/api/v6/realtime/text2img", "query_string": b"", "scheme": "http",
             "headers": [(b"content-type", b"application/json"), (b"host", b"127.0.0.1:4777")]}
    async def nothing(*_): pass
    config.app.courier._deliver = nothing  # the webhook would come next, and bring its library
    await config.app(scope, receive, send)

asyncio.run(one_request())
print(json.dumps({"status": sent[0]["status"], "body": json.loads(sent[1]["body"])["status"], "modules": sorted(sys.modules)}))
"""


def test_serve_loads_nothing_slow_before_its_first_answer(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", FIRST_ANSWER], capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["status"], told["body"]) == (200, "success")
    assert not {each.partition(".")[0] for each in told["modules"]} & set(SLOW_TO_LOAD)


HELP = """
import sys
from modelslab_mock import cli
try:
    cli.main(["serve", "--help"])
except SystemExit:
    print({"uvicorn", "yaml", "uvloop"} & set(sys.modules))
"""


def test_the_command_line_loads_no_server_to_print_its_help(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", HELP], capture_output=True, text=True, cwd=tmp_path, check=True)
    assert done.stdout.splitlines()[-1] == "set()"


def test_values_of_the_hot_path_hold_every_field() -> None:
    """They are made past their classes' constructors, which would have counted."""
    app = serve_app()
    body = b'{"key": "k", "prompt": "a fox", "width": 64, "height": 64}'
    request = Request("POST", "/api/v6/realtime/text2img", {"content-type": "application/json"}, body)
    response = app.handle(request, 0.0)
    exchange = response.exchange
    assert exchange is not None
    job = app.store.read(exchange.sandbox).jobs[exchange.job_id or 0]
    for value in (response, exchange, job):
        assert len(value) == len(value._fields), type(value)
        assert value == type(value)(*value)
    read = read_request(app.endpoints["realtime-v6"], {"key": "k", "prompt": "a fox"}, PROFILES["documented"])
    assert read.order is not None
    assert (len(read), len(read.order)) == (len(read._fields), len(read.order._fields))


def serve_app() -> App:
    log = Log(quiet=True)
    return make_app(Settings(clock="frozen"), seed=1, origin="http://127.0.0.1:4777", started=0.0, log=log)
