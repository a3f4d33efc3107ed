"""Who may import whom: the layers of docs/architecture.md, read off the source itself."""

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("abm", "experiments", "viz")
ACTORS = ("participants", "employers", "asset_managers", "crypto_market", "government")
KERNELS_MAY_IMPORT = {"abm.errors", "abm.vocabulary", "abm.streams"}
LAYERS = (  # from the lowest; a module is listed by its own name or by the folder it lies in
    {"abm.errors", "abm.vocabulary"},
    {"abm.streams", "abm.quantities", "abm.clock", "abm.state", "abm.data"},
    {"abm.columns", "abm.diffusion"},
    {*(f"abm.{actor}" for actor in ACTORS), "abm.network", "abm.returns", "abm.books"},
    {"abm.parameters"},
    {"abm.scenario"},
    {"abm.records"},
    {"abm.model"},
    {"abm"},
    {"experiments"},
    {"viz"},
)


def modules():
    """Every module of the packages: dotted name and source."""
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            parts = path.relative_to(ROOT).with_suffix("").parts
            yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path.read_text(encoding="utf-8")


SOURCES = dict(modules())


def house(module):
    """What a module belongs to, one of the names in LAYERS, and how high that stands."""
    parts = module.split(".")
    names = [".".join(parts[:length]) for length in range(len(parts), 0, -1)]
    for name in names if module == "abm" else [name for name in names if name != "abm"]:
        for level, layer in enumerate(LAYERS):
            if name in layer:
                return name, level
    raise AssertionError(f"{module} has no layer: name it in LAYERS")


def runtime(node):
    """Every node that can run: what stands under `if TYPE_CHECKING` cannot."""
    yield node
    for child in ast.iter_child_nodes(node):
        if not (isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test)):
            yield from runtime(child)


def imports(source, everywhere=True):
    """The project's own modules that a source imports; `everywhere` counts those inside functions too."""
    tree = ast.parse(source)
    found = []
    for node in runtime(tree) if everywhere else tree.body:
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are written from the top, not relative"
            inner = [f"{node.module}.{alias.name}" for alias in node.names]
            found += [name if name in SOURCES else node.module for name in inner]
    return {name for name in found if name.split(".")[0] in PACKAGES}


def arrows_up(module, source):
    """Imports of another house that does not lie lower."""
    own, level = house(module)
    return sorted(name for name in imports(source) if house(name)[0] != own and house(name)[1] >= level)


@pytest.mark.parametrize("module", sorted(SOURCES))
def test_imports_point_down(module):
    wrong = arrows_up(module, SOURCES[module])
    assert not wrong, f"{module} must not import {wrong}"


@pytest.mark.parametrize("module", sorted(name for name in SOURCES if name.endswith("kernels")))
def test_kernels_import_no_model_code(module):
    others = {name for name in imports(SOURCES[module]) if not name.endswith("kernels")}
    assert others <= KERNELS_MAY_IMPORT


def test_no_circles():
    graph = {module: imports(source, everywhere=False) - {module} for module, source in SOURCES.items()}
    assert set(TopologicalSorter(graph).static_order()) >= set(SOURCES)  # raises CycleError, which names the circle


def test_planted_arrows_are_found():
    """What the other tests look for is there to be seen when it is planted."""
    sideways = "from abm.employers.agent import Employer"
    assert arrows_up("abm.participants.life", sideways) == ["abm.employers.agent"]
    assert arrows_up("abm.clock", "def late():\n    from abm import scenario") == ["abm.scenario"]
    assert arrows_up("experiments.run", "import viz.app") == ["viz.app"]
    assert arrows_up("abm.participants.life", f"if TYPE_CHECKING:\n    {sideways}") == []
    assert arrows_up("abm.model", sideways) == []


def test_no_sum_of_the_model_runs_through_threaded_blas():
    """NumPy's matrix products use BLAS threads on long arrays: other bits by thread count, and slow under load."""
    products = {"dot", "vdot", "inner", "matmul", "einsum", "tensordot"}
    found = []
    for path in sorted((Path(__file__).parents[1] / "abm").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            called = isinstance(node, ast.Attribute) and node.attr in products
            if called or (isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult)):
                found.append(f"{path.name}:{node.lineno}")
    assert not found
