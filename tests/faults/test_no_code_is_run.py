"""Nothing that is opened can make us run code: what the sources call, and what hostile files come to."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
PACKAGES = ("spectrum", "personas", "agents", "video_index")
SOURCES = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
UNPICKLERS = {"pickle", "cPickle", "_pickle", "marshal", "shelve", "dill", "cloudpickle", "joblib"}
SAFE_YAML = {"safe_load", "safe_load_all", "safe_dump", "safe_dump_all", "YAMLError", "SafeLoader", "SafeDumper"}


def _calls(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node


def _set(call: ast.Call, name: str) -> str | None:
    return next((ast.unparse(each.value) for each in call.keywords if each.arg == name), None)


def offences(source: str) -> list[str]:
    """Calls and imports through which a file that is opened could run code."""
    tree = ast.parse(source)
    found = []
    for node in ast.walk(tree):
        names = [each.name for each in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        found += [f"imports {name}" for name in names if name.split(".")[0] in UNPICKLERS]
    for name, call in _calls(tree):
        last = name.rsplit(".", 1)[-1]
        if name in ("eval", "exec", "compile", "__import__") or name in ("os.system", "os.popen"):
            found.append(name)
        if last == "import_extra" and call.args and ast.unparse(call.args[0]).strip("'\"") in UNPICKLERS:
            found.append(ast.unparse(call))
        if name == "torch.load" and _set(call, "weights_only") != "True":
            found.append(ast.unparse(call))
        if name in ("torch.jit.load", "torch.hub.load", "torch.package.PackageImporter"):
            found.append(name)
        if _set(call, "allow_pickle") not in (None, "False"):
            found.append(ast.unparse(call))
        if _set(call, "shell") not in (None, "False"):
            found.append(ast.unparse(call))
        if _set(call, "trust_remote_code") == "True" or _set(call, "use_safetensors") == "False":
            found.append(ast.unparse(call))
        if name.startswith("yaml.") and last in ("load", "load_all", "unsafe_load", "full_load"):
            # A loader of our own is one that is made from the safe one.
            loader = _set(call, "Loader") or (ast.unparse(call.args[1]) if len(call.args) > 1 else "")
            if not ("Safe" in loader or f"class {loader}(yaml.SafeLoader)" in source):
                found.append(ast.unparse(call))
    return found


def test_no_source_runs_what_it_opens() -> None:
    assert len(SOURCES) > 300
    found = {path.relative_to(ROOT).as_posix(): offences(path.read_text(encoding="utf-8")) for path in SOURCES}
    assert {name: what for name, what in found.items() if what} == {}


@pytest.mark.parametrize(
    "source",
    [
        "import pickle", "from joblib import load", "eval(text)", "exec(text)", "torch.load(path)", "os.system(line)",
        "torch.load(path, weights_only=False)", "np.load(path, allow_pickle=True)", "yaml.load(text, yaml.Loader)",
        "yaml.load(text)", "run(line, shell=True)", "from_pretrained(name, trust_remote_code=True)",
        "torch.jit.load(path)",
    ],
)  # fmt: skip
def test_each_way_is_seen(source: str) -> None:
    assert offences(source)


@pytest.mark.parametrize(
    "source",
    ["torch.load(path, weights_only=True)", "np.load(path)", "yaml.safe_load(text)", "model.eval()", "json.load(file)"],
)
def test_safe_ways_are_let_through(source: str) -> None:
    assert not offences(source)


def test_both_switches_that_run_code_are_off_unless_named() -> None:
    from spectrum.respondents.options import RespondentOptions

    plain = RespondentOptions()
    assert not plain.trust_remote_code and not plain.pickled_weights
