from __future__ import annotations

from pathlib import Path

import pytest

from ci_lint.catalogue import RULES
from ci_lint.errors import ConfigurationError, LintError, UnknownRule
from ci_lint.problems import PROBLEMS
from ci_lint.settings import Choice, Settings, load
from ci_lint.settings.settings import DEFAULT_RULES


def configured(directory: Path, text: str, said: Choice | None = None) -> Settings:
    (directory / "pyproject.toml").write_text(f"[tool.ci-lint]\n{text}\n")
    return load([directory], said=said)


def test_the_list_of_rules_has_every_problem_once() -> None:
    listed = [rule.code for rule in RULES]
    assert listed == sorted(set(listed))
    assert {*listed, "CI900", "CI901", "CI902"} == {*PROBLEMS}


def test_without_configuration_the_default_rules_run(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    settings = load([tmp_path])
    assert settings == Settings(tmp_path, DEFAULT_RULES)
    assert {"CI001", "CI090"} <= settings.codes
    assert not {"CI018", "CI025"} & settings.codes


@pytest.mark.parametrize(
    ("text", "added", "removed"),
    [
        ('ignore = ["CI003"]', set(), {"CI003"}),
        ('extend-select = ["CI025", "empty-stage"]', {"CI025", "CI018"}, set()),
        ('extend-select = ["CI02"]', {rule.code for rule in RULES if rule.code.startswith("CI02")}, set()),
        ('ignore = ["CI00", "duplicate-node-id"]', set(), {f"CI00{number}" for number in range(1, 10)}),
        (
            'extend-select = ["CI003"]\nignore = ["CI00"]',
            set(),
            {f"CI00{number}" for number in range(1, 10)} - {"CI003"},
        ),
        ('ignore = ["ALL"]\nextend-select = ["CI001"]', set(), DEFAULT_RULES - {"CI001"}),
    ],
)
def test_a_file_adds_rules_and_takes_them_away_and_the_closer_word_wins(
    tmp_path: Path, text: str, added: set[str], removed: set[str]
) -> None:
    assert configured(tmp_path, text).codes == (DEFAULT_RULES | added) - removed


def test_select_starts_anew() -> None:
    assert Choice(("CI001", "unused-suppression")).applied_to(DEFAULT_RULES) == {"CI001", "CI090"}
    assert Choice(("ALL",), ignore=("CI00",)).applied_to(frozenset()) == {
        rule.code for rule in RULES if not rule.code.startswith("CI00")
    }


def test_the_command_line_has_the_last_word(tmp_path: Path) -> None:
    assert configured(tmp_path, 'ignore = ["CI003"]', Choice(("CI003",))).codes == {"CI003"}
    assert "CI003" not in configured(tmp_path, 'extend-select = ["CI003"]', Choice(ignore=("CI0",))).codes


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ('slect = ["CI001"]', "has an unknown key tool.ci-lint.slect (did you mean 'select'?); known: select, "),
        (
            'select = "CI001"',
            "tool.ci-lint.select of {file} is a string ('CI001'); it has to be a list of strings; write",
        ),
        ("select = [1]", "tool.ci-lint.select of {file}[0] is an integer (1); it has to be a string"),
        ("ignore = true", "is a boolean (True); it has to be a list of strings"),
        ('select = ["CI0001"]', "tool.ci-lint.select: no rule is called 'CI0001' (did you mean 'CI001'?)"),
        ('ignore = ["emty-id"]', "no rule is called 'emty-id' (did you mean 'empty-id'?)"),
        ('select = ["ci001"]', "no rule is called 'ci001' (did you mean 'CI001'?)"),
        ('ignore = ["CI900"]', "CI900 (syntax-error) is always reported"),
        ('per-file-ignores = ["a"]', "per-file-ignores of {file} is a list (['a']); it has to be a table"),
        ('per-file-ignores = { "tests/" = "CI001" }', "it has to be a list of strings; write ['CI001']"),
        ('per-file-ignores = { "tests/" = ["CI0001"] }', "no rule is called 'CI0001'"),
        ('src = ["nowhere"]', "names {root}/nowhere, which is not a directory"),
        ("package = 3", "package of {file} is an integer (3); it has to be a string"),
        ('package = "my ci"', "is 'my ci'; it has to be the name of a package"),
        ('package = ""', "is ''; it has to be the name of a package"),
    ],
)
def test_what_is_wrong_in_a_file_is_said_with_place_and_remedy(tmp_path: Path, text: str, part: str) -> None:
    with pytest.raises((ConfigurationError, UnknownRule)) as caught:
        configured(tmp_path, text)
    assert part.format(file=tmp_path / "pyproject.toml", root=tmp_path) in str(caught.value)


def test_the_section_has_to_be_a_table(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("tool.ci-lint = 3\n")
    with pytest.raises(ConfigurationError, match=r"tool\.ci-lint of .* is an integer \(3\); it has to be a table"):
        load([tmp_path])


def test_broken_toml_is_an_error_with_its_place_and_only_if_it_is_ours(tmp_path: Path) -> None:
    file = tmp_path / "pyproject.toml"
    file.write_text("[tool.other\n")
    assert load([tmp_path]).root == tmp_path
    file.write_text("[tool.ci-lint]\nselect = x\n")
    with pytest.raises(ConfigurationError, match=r"is not valid TOML: .*line 2"):
        load([tmp_path])
    file.write_bytes(b"[tool.ci-lint]\n# \xff\n")
    with pytest.raises(ConfigurationError, match="is not UTF-8 \\(byte 17\\)"):
        load([tmp_path])


def test_a_named_file_has_to_exist_and_to_speak_to_us(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"other\.toml cannot be read: No such file"):
        load([tmp_path], tmp_path / "other.toml")
    (tmp_path / "pyproject.toml").write_text("[tool.other]\n")
    with pytest.raises(ConfigurationError, match=r"has no section \[tool\.ci-lint\]"):
        load([tmp_path], tmp_path / "pyproject.toml")
    (tmp_path / "ci-lint.toml").write_text('select = ["CI001"]\n')
    assert load([tmp_path], tmp_path / "ci-lint.toml").codes == {"CI001"}


def test_the_nearest_configuration_counts_up_to_the_root_of_the_repository(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.ci-lint]\nselect = ["CI001"]\n')
    inner = tmp_path / "inner"
    (inner / "pkg").mkdir(parents=True)
    (inner / "pyproject.toml").write_text("[project]\nname = 'ci'\n")
    assert load([inner / "pkg"]).codes == {"CI001"}
    (inner / ".git").mkdir()
    settings = load([inner / "pkg"])
    assert settings.codes == DEFAULT_RULES
    assert settings.root == inner


def test_all_keys_together(tmp_path: Path) -> None:
    (tmp_path / "lib").mkdir()
    settings = configured(
        tmp_path,
        'per-file-ignores = { "tests/" = ["CI016", "CI00"] }\nexclude = ["gen/"]\nsrc = ["lib"]\npackage = "acme.ci"',
    )
    assert settings.exclude == ("gen/",)
    assert settings.src == (tmp_path / "lib",)
    assert settings.package == "acme.ci"
    (ignored,) = settings.per_file_ignores
    assert ignored.pattern == "tests/"
    assert ignored.codes == {"CI016", *(f"CI00{number}" for number in range(1, 10))}


def test_every_error_of_the_settings_is_an_error_of_the_linter() -> None:
    assert issubclass(ConfigurationError, LintError)
    assert issubclass(UnknownRule, LintError)
