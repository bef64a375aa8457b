"""The client for Node.js as npm gives it to a backend: packed, installed, type-checked, run."""

import json
import re
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support import node, orchestrator
from tests.support.node import CLIENT, Node
from tests.support.pictures import drawn_text, encoded
from tests.support.triton import ServedTriton

FIXTURES = CLIENT / "test/package"
MOST_BYTES = 250_000
MOST_BYTES_UNPACKED = 2_000_000
NODES = {"newest": node.newest, "oldest": node.oldest}


@dataclass(frozen=True)
class Consumer:
    """A backend's project.

    Attributes:
        package_type: in its package.json; npm's default, commonjs, if None.
        compiler: options of TypeScript beside those that every project has.
        typescripts: which of the two can compile it.
    """

    package_type: str | None
    compiler: dict[str, str]
    typescripts: tuple[str, ...] = ("newest", "oldest")

    def write(self, folder: Path) -> None:
        """Its package.json, tsconfig.json and the program."""
        of_type = {} if self.package_type is None else {"type": self.package_type}
        package = {"name": "consumer", "version": "1.0.0", "private": True, **of_type}
        (folder / "package.json").write_text(json.dumps(package))
        options = {
            "target": "es2022", "lib": ["es2022"], "types": ["node"], "outDir": "out",
            "rootDir": ".", "strict": True, "exactOptionalPropertyTypes": True,
            "skipLibCheck": False, **self.compiler,
        }  # fmt: skip
        config = {"compilerOptions": options, "files": ["journey.ts"]}
        (folder / "tsconfig.json").write_text(json.dumps(config))
        (folder / "journey.ts").write_text((FIXTURES / "journey.ts").read_text("utf-8"))


CONSUMERS = {
    "ES modules": Consumer("module", {"module": "nodenext"}),
    "ES modules, node16": Consumer("module", {"module": "node16"}),
    "ES modules, bundler": Consumer("module", {"module": "esnext", "moduleResolution": "bundler"}),
    "CommonJS": Consumer(None, {"module": "nodenext"}),
    "CommonJS, node16": Consumer(None, {"module": "node16"}),
    # What `tsc --init` wrote for Node.js before it knew `exports`; TypeScript 6 has it no more.
    "CommonJS, node10": Consumer(
        None, {"module": "commonjs", "moduleResolution": "node"}, ("oldest",)
    ),
}


@pytest.fixture(scope="module")
def url(triton: ServedTriton, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Of a real orchestrator with an empty store."""
    store = tmp_path_factory.mktemp("stored") / "store"
    with orchestrator.serve(triton.grpc_url, store) as served:
        yield served.url


@pytest.fixture(scope="module")
def picture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file that a user uploads."""
    path = tmp_path_factory.mktemp("uploaded") / "picture.jpg"
    path.write_bytes(encoded(drawn_text(("HELLO", (60, 80))), "JPEG", quality=95))
    return path


@pytest.mark.parametrize("name", CONSUMERS)
def test_a_backend_type_checks_and_goes_from_upload_to_feed(
    name: str, tarball: Path, url: str, picture: Path, tmp_path: Path
) -> None:
    consumer = CONSUMERS[name]
    consumer.write(tmp_path)
    node.install(tmp_path, tarball)
    for typescript in consumer.typescripts:
        NODES[typescript]().check_types(tmp_path)
    for number, running in enumerate((node.newest(), node.oldest())):
        prefix = f"{re.sub('[^a-z0-9]+', '-', name.lower())}-{number}"
        assert journey(running, tmp_path, url, picture, prefix) == {
            "dimensions": [512, 384, 768],
            "worker": ["multimodal", True, False],
            "found": [f"{prefix}-told"],
            "read": [512, 384],
            "accepted": 1,
            "ranked": [f"{prefix}-brought", f"{prefix}-told"],
            "missing": "urn:feedlens:client:invalid-input",
            "live": "live",
        }


def journey(running: Node, project: Path, url: str, picture: Path, prefix: str) -> dict[str, Any]:
    """What the program reports, less its version and its feed, which are looked at here."""
    environment = {"EMBEDDING_SERVER_URL": url, "USE_MULTIMODAL_EMBEDDINGS": "true"}
    program = project / "out/journey.js"
    printed = running.run("node", program, picture, prefix, folder=project, environment=environment)
    report: dict[str, Any] = json.loads(printed)
    assert report.pop("node").split(".")[0] == ("24" if running == node.newest() else "20")
    # One post a page; what is liked is seen, and the rest of this and earlier runs is shown once.
    shown = report.pop("shown")
    assert report.pop("pages") in (len(shown), len(shown) + 1)
    assert len(set(shown)) == len(shown)
    assert f"{prefix}-drawn" not in shown
    assert {f"{prefix}-told"} <= set(shown)
    return report


def test_errors_and_clients_are_instances_across_both_kinds_of_modules(
    tarball: Path, tmp_path: Path
) -> None:
    Consumer("module", {}).write(tmp_path)
    node.install(tmp_path, tarball)
    (tmp_path / "both.mjs").write_text((FIXTURES / "both.mjs").read_text("utf-8"))
    for running in (node.newest(), node.oldest()):
        assert json.loads(running.run("node", "both.mjs", folder=tmp_path)) == {
            "apart": True,
            "instances": [True, True],
            "client": True,
            "others": False,
            "names": True,
            "api": "function",
        }


def test_it_holds_what_it_is_made_of_and_nothing_else(tarball: Path) -> None:
    with tarfile.open(tarball) as archive:
        files = {
            member.name.removeprefix("package/"): archive.extractfile(member).read()  # type: ignore[union-attr]
            for member in archive.getmembers()
        }
    built = re.compile(r"dist/(esm|cjs)/[\w/.-]+\.(js|d\.ts)")
    others = {name for name in files if built.fullmatch(name) is None}
    assert others == {"package.json", "README.md", "openapi.json", "dist/cjs/package.json"}
    assert {name for name in files if name.startswith("dist/cjs/")} == {
        name.replace("dist/esm/", "dist/cjs/") for name in files if name.startswith("dist/esm/")
    } | {"dist/cjs/package.json"}
    told = {name: content.decode() for name, content in files.items()}
    for name, content in told.items():
        assert "sourceMappingURL" not in content, name
        assert not re.search(r"(?<![\w.:/])/(home|root|tmp|work|Users)/", content), name
    assert tarball.stat().st_size < MOST_BYTES
    assert sum(map(len, files.values())) < MOST_BYTES_UNPACKED


def test_it_depends_on_nothing(tarball: Path, tmp_path: Path) -> None:
    Consumer(None, {}).write(tmp_path)
    node.install(tmp_path, tarball)
    installed = json.loads((tmp_path / "node_modules/@feedlens/client/package.json").read_text())
    assert not any(key for key in installed if "ependencies" in key and key != "devDependencies")
    assert sorted(path.name for path in (tmp_path / "node_modules").iterdir()) == [
        ".package-lock.json", "@feedlens", "@types",
    ]  # fmt: skip


@pytest.mark.parametrize("linter", [("publint", "--strict"), ("attw", "--no-emoji")])
def test_linters_of_packages_find_nothing(
    linter: tuple[str, ...], tarball: Path, tmp_path: Path
) -> None:
    program, *options = linter
    node.newest().run(
        str(CLIENT / "node_modules/.bin" / program), *options, tarball, folder=tmp_path
    )
