"""The frame of the project: its form, its size, its papers, and that the README keeps its word."""

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from abm.participants.savers_table import SaversTable
from experiments import docs

ROOT = Path(__file__).parents[1]
LONGEST_FILE, LONGEST_FUNCTION = 400, 70  # lines
FOREIGN = {  # what belongs to one person's machine, written so that this file does not find itself
    "a folder of somebody's machine": r"(?<![\w.])/(work|root|home|Users)/\w",
    "a private address": r"\b(10\.\d+|192\.168|172\.(1[6-9]|2\d|3[01]))\.\d+\.\d+\b",
    "a registry's host": r"\b(files\.pythonhosted|pypi|registry\.npmjs|deb\.debian)\.org\b",
}


def kept_files():
    """Every file that is, or would be, part of the repository."""
    listing = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    try:
        names = subprocess.run(listing, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout: which files are kept is not known")
    return [path for path in sorted({ROOT / name for name in names}) if path.is_file()]


def texts(*endings):
    for path in kept_files():
        if path.suffix in endings or not endings:
            try:
                yield path.relative_to(ROOT), path.read_text(encoding="utf-8")
            except UnicodeDecodeError:
                continue  # a picture


@pytest.mark.parametrize("command", [("check",), ("format", "--check")], ids=" ".join)
def test_ruff_finds_nothing(command):
    run = subprocess.run(
        [sys.executable, "-m", "ruff", *command, "--no-cache", "."], cwd=ROOT, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stdout + run.stderr


def test_files_stay_small():
    long = {str(path): text.count("\n") for path, text in texts(".py", ".js") if text.count("\n") > LONGEST_FILE}
    assert not long, f"over {LONGEST_FILE} lines: {long}"


def test_functions_stay_small():
    long = {}
    for path, text in texts(".py"):
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = node.end_lineno - node.lineno + 1
                if lines > LONGEST_FUNCTION:
                    long[f"{path}:{node.lineno} {node.name}"] = lines
    assert not long, f"over {LONGEST_FUNCTION} lines: {long}"


@pytest.mark.parametrize("what", FOREIGN)
def test_nothing_of_one_machine_is_kept(what):
    found = [
        f"{path}:{number}: {line.strip()[:100]}"
        for path, text in texts()
        for number, line in enumerate(text.splitlines(), 1)
        if re.search(FOREIGN[what], line)
    ]
    assert not found, f"{what}: {found}"


def constraints():
    """Pinned versions by canonical name; a name may be pinned differently on different systems."""
    pins = {}
    for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines():
        pin = Requirement(line)
        assert [part.operator for part in pin.specifier] == ["=="], line
        pins.setdefault(canonicalize_name(pin.name), []).append(next(iter(pin.specifier)).version)
    return pins


def test_constraints_satisfy_the_declared_ranges():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    declared = [
        *project["project"]["dependencies"],
        *(line for extra in project["project"]["optional-dependencies"].values() for line in extra),
        *(line for group in project["dependency-groups"].values() for line in group),
    ]
    pins = constraints()
    for requirement in map(Requirement, declared):
        versions = pins.get(canonicalize_name(requirement.name))
        assert versions, f"{requirement.name} is not pinned: make constraints"
        assert all(version in requirement.specifier for version in versions), f"{requirement}: pinned to {versions}"


def test_constraints_hold_no_address():
    text = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    assert "://" not in text
    assert not re.search(r"^\s*-|@", text, re.MULTILINE), "an option or a direct reference"


def make_targets():
    return set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


def commands_in(path):
    """Shell lines of a page's fenced blocks."""
    text = (ROOT / path).read_text(encoding="utf-8")
    blocks = re.findall(r"^```(?:sh|bash|console)\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    return [line.split("#")[0].strip() for block in blocks for line in block.splitlines() if line.strip()]


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md"])
def test_commands_on_the_pages_exist(page):
    from experiments.cli import app

    known = {info.name or info.callback.__name__.replace("_", "-") for info in app.registered_commands}
    lines = commands_in(page)
    made = [word for line in lines for word in re.findall(r"\bmake ([a-z-]+)", line)]
    ran = [word for line in lines for word in re.findall(r"\babm ([a-z-]+)", line)]
    assert made
    assert set(made) <= make_targets()
    assert set(ran) <= known
    for line in lines:
        for name in re.findall(r"[\w./-]+\.(?:toml|py)\b", line):
            assert (ROOT / name).exists() or name.startswith("my_"), f"{page} names {name}"


def test_ci_runs_the_readmes_test_command():
    assert "make test" in commands_in("README.md")
    assert (ROOT / ".ci" / "run").read_text(encoding="utf-8").rstrip().splitlines()[-1] == "make test"
    assert (ROOT / ".ci" / "run").stat().st_mode & 0o111


def test_shell_scripts_parse():
    for script in ("tools/setup.sh", ".ci/run"):
        subprocess.run(["sh", "-n", script], cwd=ROOT, check=True)


def test_pages_link_to_files_that_exist():
    dead = []
    for path, text in texts(".md"):
        for target in re.findall(r"\]\(([^)#\s]+)", text):
            if "://" not in target and not (ROOT / path.parent / target).exists():
                dead.append(f"{path}: {target}")
    assert not dead


def test_parameter_page_is_up_to_date():
    assert docs.PAGE.read_text(encoding="utf-8") == docs.page(), "run `make docs`"
    assert docs.SAVERS_PAGE.read_text(encoding="utf-8") == docs.savers_page(), "run `make docs`"


def test_example_of_a_savers_table_is_accepted(tmp_path):
    (example,) = re.findall(r"```csv\n(.*?)```", docs.SAVERS_PAGE.read_text(encoding="utf-8"), re.DOTALL)
    (tmp_path / "my_plan.csv").write_text(example)
    assert len(SaversTable.from_file(tmp_path / "my_plan.csv")) == 3


def test_every_reference_in_the_text_is_in_the_bibliography():
    entries = set(
        re.findall(r"^@\w+\{([\w-]+),", (ROOT / "docs/sources.bib").read_text(encoding="utf-8"), re.MULTILINE)
    )
    cited = set(re.findall(r"\[@([\w-]+)\]", (ROOT / "docs/model.md").read_text(encoding="utf-8")))
    assert cited
    assert cited <= entries, f"not in docs/sources.bib: {sorted(cited - entries)}"


def test_licence_and_citation():
    licence = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert "Apache License" in licence
    assert "END OF TERMS AND CONDITIONS" in licence
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert project["license"] == "Apache-2.0"
    for line in ("cff-version: 1.2.0", "license: Apache-2.0", f"version: {project['version']}"):
        assert line in citation.splitlines()
