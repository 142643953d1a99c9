"""Settings: flag > environment > file > default; every mistake is one sentence."""

import json
from collections.abc import Mapping
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelslab_contracts.profiles import PROFILES
from modelslab_contracts.story import Story, Submit
from modelslab_mock.cli import main
from modelslab_mock.settings import CONFIG_NAMES, ENVIRONMENT_PREFIX, FIELDS, Settings, SettingsError, make_settings

#: Three values of every setting, none of them its default: as a text, and as the setting's own type.
VALUES: dict[str, list[tuple[str, Any]]] = {
    "host": [("0.0.0.0", "0.0.0.0"), ("::1", "::1"), ("mock", "mock")],
    "port": [("0", 0), ("1", 1), ("65535", 65535)],
    "profile": [("strict", "strict"), ("observed", "observed"), ("strict", "strict")],
    "clock": [("frozen", "frozen"), ("auto", "auto"), ("scaled:2.5", "scaled:2.5")],
    "seed": [("0", 0), ("-5", -5), ("12345678901234567890", 12345678901234567890)],
    "story": [
        ("success", Story((Submit("success"),))),
        ("processing polls=2", Story((Submit("processing"),), polls=2)),
        ('{"nsfw": true}', Story(nsfw=True)),
    ],
    "replay": [("a.har", "a.har"), ("b/c.jsonl", "b/c.jsonl"), ("d e", "d e")],
    "latency": [("0.5", 0.5), ("1", 1.0), ("3600", 3600.0)],
    "public_base_url": [
        ("http://mock", "http://mock"),
        ("https://m.test:8443/", "https://m.test:8443/"),
        ("http://[::1]:1", "http://[::1]:1"),
    ],
    "spec": [("api.yaml", ("api.yaml",)), ("one,two", ("one", "two")), (" docs/ , ", ("docs/",))],
    "accept_key": [("one", ("one",)), ("one,two", ("one", "two")), (" one , ", ("one",))],
    "allow_webhook_host": [("a.test", ("a.test",)), ("*.test,b", ("*.test", "b")), ("*", ("*",))],
    "link_host": [
        ("mock", ("mock",)),
        ("mock,m.test,[::1]", ("mock", "m.test", "[::1]")),
        (" a , 10.0.0.1", ("a", "10.0.0.1")),
    ],
    "webhook_timeout": [("0.5", 0.5), ("1", 1.0), ("3600", 3600.0)],
    "control_token": [("off", "off"), ("a-token-of-the-tests", "a-token-of-the-tests"), ("x" * 8, "x" * 8)],
    "flagged_word": [("fox", ("fox",)), ("fox,hare", ("fox", "hare")), ("", ())],
    "unknown_fields": [("accept", "accept"), ("refuse", "refuse"), ("accept", "accept")],
    "cors": [("no", False), ("false", False), ("0", False)],
    "log_format": [("json", "json")] * 3,
    "quiet": [("yes", True), ("TRUE", True), ("1", True)],
    "tls": [("yes", True), ("True", True), ("1", True)],
    "ready_file": [("a", "a"), ("b/c", "b/c"), ("d e", "d e")],
    "max_body": [("1", 1), ("2", 2), ("99999999999", 99999999999)],
    "max_sandboxes": [("1", 1), ("2", 2), ("3", 3)],
    "max_jobs": [("1", 1), ("2", 2), ("3", 3)],
    "max_exchanges": [("1", 1), ("2", 2), ("3", 3)],
}
each_setting = pytest.mark.parametrize("name", FIELDS)


def variable(name: str) -> str:
    return ENVIRONMENT_PREFIX + name.upper()


def config_of(folder: Path, values: Mapping[str, Any], name: str = "settings.json") -> str:
    file = folder / name
    file.write_text(json.dumps(values))
    return str(file)


@pytest.fixture(autouse=True)
def an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No config file of the machine on which the tests run is found."""
    monkeypatch.chdir(tmp_path)


def refusal_of(
    flags: Mapping[str, Any] | None = None, environment: Mapping[str, str] | None = None, config: str | None = None
) -> str:
    with pytest.raises(SettingsError) as caught:
        make_settings(flags or {}, environment or {}, config)
    said = str(caught.value)
    assert "\n" not in said
    assert said[:1] not in ("'", "(")
    return said


def test_every_setting_is_known_here() -> None:
    assert set(VALUES) == set(FIELDS)


# --- precedence --------------------------------------------------------------------------------------------------------


def test_without_anything_every_setting_has_its_default() -> None:
    assert make_settings({}, {}) == Settings()


@each_setting
def test_a_flag_goes_before_the_environment_before_the_file_before_the_default(name: str, tmp_path: Path) -> None:
    (of_file, file_value), (of_environment, environment_value), (of_flag, flag_value) = VALUES[name]
    for in_file, in_environment, in_flags in product((False, True), repeat=3):
        settings = make_settings(
            {name: of_flag} if in_flags else {},
            {variable(name): of_environment} if in_environment else {},
            config_of(tmp_path, {name: of_file} if in_file else {}),
        )
        expected = (
            flag_value if in_flags else environment_value if in_environment else file_value if in_file else FIELDS[name].default
        )
        assert getattr(settings, name) == expected
        assert settings == make_settings({name: of_flag} if in_flags else {}, {}) or not in_flags


@each_setting
def test_a_setting_leaves_the_others_alone(name: str) -> None:
    settings = make_settings({name: VALUES[name][0][0]}, {})
    assert {each for each in FIELDS if getattr(settings, each) != getattr(Settings(), each)} == {name}


@each_setting
def test_a_file_may_hold_a_value_of_the_settings_own_type(name: str, tmp_path: Path) -> None:
    if name == "story":
        told: Any = {"nsfw": True}
        expected: Any = Story(nsfw=True)
    else:
        told = expected = VALUES[name][1][1]
    settings = make_settings({}, {}, config_of(tmp_path, {name: told}))
    assert getattr(settings, name) == expected
    assert type(getattr(settings, name)) is type(expected)


@each_setting
def test_a_file_may_write_a_setting_with_dashes(name: str, tmp_path: Path) -> None:
    text, value = VALUES[name][0]
    assert getattr(make_settings({}, {}, config_of(tmp_path, {name.replace("_", "-"): text})), name) == value


@pytest.mark.parametrize("name", [name for name, each in FIELDS.items() if each.metadata["many"] and "_host" not in name])
def test_a_repeated_flag_is_a_list_and_replaces_that_of_the_environment(name: str) -> None:
    assert getattr(make_settings({name: ["a,b", "c"]}, {variable(name): "d"}), name) == ("a,b", "c")


@pytest.mark.parametrize("host", ["http://mock", "mock:80", "mock/", "a,b", "[::1]:80", "*", "mock host"])
def test_a_host_is_a_bare_name(host: str) -> None:
    assert "without scheme and port" in refusal_of({"link_host": [host]})


@pytest.mark.parametrize(
    "host",
    ["http://mock", "mock:80", "mock/", "[::1]", "[::1]:80", "*:80", "https://*.mock", "mock host", "me@mock", "::x", "a,b"],
)
def test_a_host_for_webhooks_that_could_match_none_is_refused(host: str) -> None:
    assert "allow-webhook-host must be a name" in refusal_of({"allow_webhook_host": [host]})


@pytest.mark.parametrize(
    "host", ["*", "*.mock", "mock", "10.0.*", "2001:db8::1", "2001:db8:*", "bücher.test", "MOCK", "a_b", "web?", "::1", "mock."]
)
def test_a_host_for_webhooks_may_be_a_pattern_in_any_script(host: str) -> None:
    assert make_settings({"allow_webhook_host": [host]}, {}).allow_webhook_host == (host,)


def test_a_flag_for_a_key_that_holds_none_does_not_open_the_server_to_every_key() -> None:
    for nothing in ("", "  "):
        assert refusal_of({"accept_key": [nothing]}).startswith("accept-key must hold a key, got none")
    # In the environment an empty value is a variable that was not filled in, as in compose's ${KEY:-}.
    assert make_settings({}, {variable("accept_key"): ""}).accept_key == ()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("profile", "lax"),
        ("log_format", "xml"),
        ("clock", "fast"),
        ("host", ""),
        ("port", "70000"),
        ("latency", "-1"),
        ("max_jobs", "0"),
        ("webhook_timeout", "0"),
        ("public_base_url", "mock"),
        ("link_host", "http://mock"),
        ("allow_webhook_host", "http://mock"),
    ],
)
def test_a_value_that_cannot_be_is_told_with_where_it_came_from(name: str, value: str, tmp_path: Path) -> None:
    file, dashed = config_of(tmp_path, {name: value}), name.replace("_", "-")
    assert refusal_of(environment={variable(name): value}).startswith(f"{dashed} (from environment) ")
    assert refusal_of(config=file).startswith(f"{dashed} (from {file}) ")
    assert refusal_of({name: value}).startswith(f"{dashed} ")
    assert "(from" not in refusal_of({name: value})


@pytest.mark.parametrize(("value", "shown"), [(True, "true"), (None, "null"), ("8O", "'8O'"), ([80], "[80]")])
def test_a_value_of_a_file_is_told_as_the_file_has_it(value: Any, shown: str, tmp_path: Path) -> None:
    assert refusal_of(config=config_of(tmp_path, {"port": value})).endswith(f"must be a whole number, got {shown}")


def test_a_file_that_is_no_text_is_said_to_be_none(tmp_path: Path) -> None:
    (tmp_path / "bytes.yaml").write_bytes(b"\xff\xff\xff")
    assert refusal_of(config="bytes.yaml") == "config file bytes.yaml: not YAML: it cannot be read as text"


@pytest.mark.parametrize("token", ["no", "false", "0", "Off", "seven77", "a token", "tökenization", "line\nbreak\n"])
def test_a_token_is_long_enough_or_off_and_never_repeated(token: str) -> None:
    said = refusal_of({"control_token": token})
    assert said.startswith("control-token must be off, or at least 8 printable ASCII characters")
    assert f"'{token}'" not in said


def test_a_token_of_the_wrong_type_is_not_repeated(tmp_path: Path) -> None:
    for name, value in (("control_token", 1234567890), ("accept_key", {"secret": "1234567890"})):
        assert "1234567890" not in refusal_of({}, {}, config_of(tmp_path, {name: value}))


@pytest.mark.parametrize(
    ("host", "is_on_loopback"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("localhost", True),
        ("::1", True),
        ("0.0.0.0", False),
        ("::", False),
        ("LOCALHOST", True),
        ("mock", False),
        ("127.evil.example", False),
        ("127.0.0.1.example", False),
    ],
)
def test_loopback_is_known(host: str, is_on_loopback: bool) -> None:
    assert Settings(host=host).is_on_loopback is is_on_loopback


@pytest.mark.parametrize("name", CONFIG_NAMES)
def test_a_config_file_in_the_folder_is_found(name: str, tmp_path: Path) -> None:
    config_of(tmp_path, {"port": 8080}, name)
    assert make_settings({}, {}).port == 8080


def test_a_file_that_is_named_goes_before_one_that_is_found(tmp_path: Path) -> None:
    config_of(tmp_path, {"port": 1}, CONFIG_NAMES[0])
    named, of_environment = config_of(tmp_path, {"port": 2}, "a.json"), config_of(tmp_path, {"port": 3}, "b.json")
    assert make_settings({}, {variable("config"): of_environment}).port == 3
    assert make_settings({}, {variable("config"): of_environment}, named).port == 2


def test_an_empty_file_sets_nothing(tmp_path: Path) -> None:
    (tmp_path / "empty.yaml").write_text("# nothing yet\n")
    assert make_settings({}, {}, str(tmp_path / "empty.yaml")) == Settings()


def test_a_yaml_file_is_read_as_yaml(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("port: 8080\nquiet: yes\ncors: no\nstory: processing polls=2\naccept-key: [one, two]\n")
    settings = make_settings({}, {}, str(tmp_path / "a.yaml"))
    assert (settings.port, settings.quiet, settings.cors) == (8080, True, False)
    assert settings.story == Story((Submit("processing"),), polls=2)
    assert settings.accept_key == ("one", "two")


@pytest.mark.parametrize("name", ["PATH", "MODELSLAB_BASE_URL", "MODELSLAB_MOCKING", "modelslab_mock_port"])
def test_other_variables_of_the_environment_do_not_matter(name: str) -> None:
    assert make_settings({}, {name: "nonsense"}) == Settings()


def test_a_variable_that_names_no_config_file_is_no_variable() -> None:
    assert make_settings({}, {variable("config"): ""}) == Settings()


# --- types -------------------------------------------------------------------------------------------------------------


@each_setting
def test_every_setting_has_a_type_a_default_of_it_and_a_sentence(name: str) -> None:
    field = FIELDS[name]
    kinds: dict[Any, Any] = {"str": str, "int": int, "bool": bool, "float": float, "tuple[str, ...]": tuple}
    assert isinstance(field.default, kinds[field.type]) if field.type in kinds else field.default is None
    assert field.metadata["sentence"]
    assert not field.metadata["sentence"].endswith(".")


@pytest.mark.parametrize("spelling", ["yes", "YES", "true", "True", "1", True])
@pytest.mark.parametrize("name", [name for name, each in FIELDS.items() if each.type == "bool"])
def test_a_switch_is_turned_on_in_any_spelling(name: str, spelling: Any) -> None:
    assert getattr(make_settings({name: spelling}, {}), name) is True


@pytest.mark.parametrize("spelling", ["no", "No", "false", "FALSE", "0", False])
@pytest.mark.parametrize("name", [name for name, each in FIELDS.items() if each.type == "bool"])
def test_a_switch_is_turned_off_in_any_spelling(name: str, spelling: Any) -> None:
    assert getattr(make_settings({name: spelling}, {}), name) is False


def test_settings_are_frozen() -> None:
    with pytest.raises(AttributeError):
        Settings().port = 1  # type: ignore[misc]


# --- mistakes ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "nearest"),
    [("prot", "port"), ("log-formats", "log-format"), ("accept_keys", "accept-key"), ("Profile", "profile")],
)
def test_an_unknown_setting_in_a_file_is_an_error_that_names_the_nearest(name: str, nearest: str, tmp_path: Path) -> None:
    said = refusal_of(config=config_of(tmp_path, {name: 1}))
    assert f"unknown setting {name!r}; did you mean {nearest!r}?" in said
    assert "settings.json" in said


@pytest.mark.parametrize(
    ("name", "nearest"), [("PROT", "PORT"), ("LOGFORMAT", "LOG_FORMAT"), ("ACCEPT_KEYS", "ACCEPT_KEY"), ("SEEDS", "SEED")]
)
def test_an_unknown_variable_is_an_error_that_names_the_nearest(name: str, nearest: str) -> None:
    wrong, right = ENVIRONMENT_PREFIX + name, ENVIRONMENT_PREFIX + nearest
    assert refusal_of(environment={wrong: "1"}) == f"environment variable {wrong} is not known; did you mean {right!r}?"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--prt", "5"], "serve has no option --prt; did you mean '--port'?"),
        (["--log-fromat=json"], "serve has no option --log-fromat; did you mean '--log-format'?"),
        (["--zzzzzz"], "serve has no option --zzzzzz"),
        (["4777"], "serve takes no argument '4777'"),
    ],
)
def test_an_unknown_flag_is_one_sentence_that_names_the_nearest(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["serve", *arguments]) == 2
    assert capsys.readouterr() == ("", f"modelslab-mock: {said}\n")


def test_a_name_that_is_near_to_none_is_an_error_without_a_guess(tmp_path: Path) -> None:
    assert refusal_of(config=config_of(tmp_path, {"xyzzy": 1})).endswith("unknown setting 'xyzzy'")
    assert refusal_of(environment={ENVIRONMENT_PREFIX + "XYZZY": "1"}).endswith("XYZZY is not known")


@pytest.mark.parametrize(
    ("name", "value", "nearest"),
    [
        ("profile", "documentd", "documented"),
        ("profile", "Strict", "strict"),
        ("unknown_fields", "refused", "refuse"),
        ("log_format", "jsn", "json"),
    ],
)
def test_an_unknown_word_is_an_error_that_names_the_nearest(name: str, value: str, nearest: str) -> None:
    assert refusal_of({name: value}).endswith(f"did you mean {nearest!r}?")


BAD: list[tuple[str, Any]] = [
    ("port", "many"),
    ("port", ""),
    ("port", "80.5"),
    ("port", 80.5),
    ("port", -1),
    ("port", 65536),
    ("port", True),
    ("port", None),
    ("port", [80]),
    ("profile", ""),
    ("profile", 5),
    ("clock", "fast"),
    ("clock", "scaled:0"),
    ("clock", "scaled:x"),
    ("clock", 5),
    ("seed", "x"),
    ("seed", 1.5),
    ("story", "procesing"),
    ("story", "{"),
    ("story", 5),
    ("story", {"pols": 3}),
    ("latency", "slow"),
    ("latency", -0.1),
    ("latency", 3601),
    ("latency", "nan"),
    ("latency", "inf"),
    ("latency", False),
    ("latency", [1]),
    ("host", 5),
    ("host", ""),
    ("host", None),
    ("public_base_url", "mock"),
    ("public_base_url", "mock:4777"),
    ("public_base_url", "ftp://mock"),
    ("public_base_url", "http://"),
    ("public_base_url", "http://mock/api"),
    ("public_base_url", "http://mock?x=1"),
    ("public_base_url", "http://mock#x"),
    ("public_base_url", "http://u:p@mock"),
    ("public_base_url", "http://mo ck"),
    ("public_base_url", "http://mock:0"),
    ("public_base_url", "http://mock:99999"),
    ("public_base_url", "http://[::1"),
    ("accept_key", 5),
    ("accept_key", [1]),
    ("accept_key", {"a": 1}),
    ("allow_webhook_host", True),
    ("link_host", True),
    ("link_host", "mock:4777"),
    ("link_host", "http://mock"),
    ("link_host", ["a", "mo ck"]),
    ("link_host", "*"),
    ("webhook_timeout", 0),
    ("webhook_timeout", 3601),
    ("webhook_timeout", "nan"),
    ("flagged_word", None),
    ("unknown_fields", "drop"),
    ("cors", "maybe"),
    ("cors", 2),
    ("cors", None),
    ("quiet", ""),
    ("tls", "on"),
    ("log_format", "xml"),
    ("ready_file", 5),
    ("max_body", 0),
    ("max_body", "8MiB"),
    ("max_jobs", 0),
    ("max_sandboxes", -5),
    ("max_exchanges", 0),
]


@pytest.mark.parametrize(("name", "value"), BAD, ids=repr)
def test_a_bad_value_is_one_sentence_that_names_the_setting(name: str, value: Any, tmp_path: Path) -> None:
    assert refusal_of(config=config_of(tmp_path, {name: value})).startswith(name.replace("_", "-"))
    if isinstance(value, str):
        assert refusal_of({name: value}).startswith(name.replace("_", "-"))
        assert refusal_of(environment={variable(name): value}).startswith(name.replace("_", "-"))


@pytest.mark.parametrize(
    ("flags", "environment", "source"), [({"port": "x"}, {}, "command line"), ({}, {variable("port"): "x"}, "environment")]
)
def test_a_bad_value_says_where_it_comes_from(flags: Mapping[str, str], environment: Mapping[str, str], source: str) -> None:
    assert f"(from {source})" in refusal_of(flags, environment)


def test_a_bad_value_in_a_file_says_which_file(tmp_path: Path) -> None:
    assert "settings.json" in refusal_of(config=config_of(tmp_path, {"port": "x"}))


def test_a_bad_value_is_an_error_even_where_a_flag_goes_before_it() -> None:
    assert refusal_of({"port": "1"}, {variable("port"): "x"})


@pytest.mark.parametrize("text", ["- a\n- b\n", "just words", "5", "a: [", "a: 1\n b: 2\n", "\x00", "{", "&a [*a]"])
def test_a_file_that_is_no_mapping_is_one_sentence_that_names_it(text: str, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(text)
    said = refusal_of(config=str(tmp_path / "a.yaml"))
    assert said.startswith("config file ")
    assert "a.yaml" in said


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("port: 1\nprofile: strict\nport: 2\n", ":3: 'port' stands there twice"),
        ('{\n\t"port": 1,\n\t"port": 2\n}', ":3: 'port' stands there twice"),
        ("story:\n  polls: 2\n  polls: 3\n", ":3: 'polls' stands there twice"),
        ("max-body: 1\nmax_body: 2\n", ": 'max_body' stands there twice, with a dash and with an underscore"),
    ],
)
def test_a_setting_that_a_file_sets_twice_is_an_error(text: str, says: str, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(text)
    assert refusal_of(config=str(tmp_path / "a.yaml")) == f"config file {tmp_path / 'a.yaml'}{says}"


def test_it_is_one_also_where_yaml_is_read_by_python_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr("yaml.CBaseLoader", raising=False)
    (tmp_path / "a.json").write_text('{\n\t"port":\t1,\n\t"port": 2\n}')
    assert ":3: 'port' stands there twice" in refusal_of(config=str(tmp_path / "a.json"))


@pytest.mark.parametrize("name", ["nowhere.yaml", "."])
def test_a_file_that_cannot_be_opened_is_one_sentence(name: str) -> None:
    assert refusal_of(config=name).startswith(f"config file {name}: ")


@given(name=st.sampled_from(sorted(FIELDS)), value=st.text(st.characters(exclude_categories=["Cs"]), max_size=20))
def test_any_text_is_a_setting_or_one_sentence(name: str, value: str) -> None:
    try:
        make_settings({name: value}, {})
    except SettingsError as problem:
        said = str(problem)
    else:
        said = name
    assert name.replace("_", "-") in said.replace("_", "-")


def test_every_profile_can_be_set() -> None:
    assert {make_settings({"profile": each}, {}).profile for each in PROFILES} == set(PROFILES)
