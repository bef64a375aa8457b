"""Every example of the Node client's README, type-checked and run as it stands."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from quickstart.samples import load_posts, load_viewers
from tests.support import node, orchestrator
from tests.support.controlled_stack import BOTH_COLLECTIONS
from tests.support.node import CLIENT
from tests.support.orchestrator import ServedOrchestrator
from tests.support.pictures import drawn_text, encoded
from tests.support.triton import ServedTriton

README = (CLIENT / "README.md").read_text("utf-8")
BLOCK = re.compile(r"^<!-- run: ([^\n]+) -->\n+```(ts|sh)\n(.*?)^```$", re.M | re.S)
FENCE = re.compile(r"^```\w+$", re.M)
EXAMPLES = {name: code for name, _, code in BLOCK.findall(README)}
PROGRAMS = [name for name, language, _ in BLOCK.findall(README) if language == "ts"]


@dataclass(frozen=True)
class Backend:
    """A project with the package installed, and the service that its environment names."""

    folder: Path
    environment: dict[str, str]

    def run(self, name: str) -> list[str]:
        """Runs an example; the lines that it prints."""
        program = f"out/{PROGRAMS.index(name)}.js"
        printed = node.newest().run(
            "node", program, folder=self.folder, environment=self.environment
        )
        return printed.splitlines()


@pytest.fixture(scope="module")
def backend(
    tarball: Path, triton: ServedTriton, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Backend]:
    """A reader's backend, beside a service that holds the sample posts."""
    folder = tmp_path_factory.mktemp("backend")
    (folder / "package.json").write_text('{"private": true, "type": "module"}')
    options = {
        "target": "es2022", "lib": ["es2022"], "types": ["node"], "module": "nodenext",
        "strict": True, "rootDir": ".", "outDir": "out",
    }  # fmt: skip
    names = [f"{number}.ts" for number in range(len(PROGRAMS))]
    for name, example in zip(names, PROGRAMS, strict=True):
        (folder / name).write_text(EXAMPLES[example])
    (folder / "tsconfig.json").write_text(json.dumps({"compilerOptions": options, "files": names}))
    node.install(folder, tarball)
    node.newest().check_types(folder)
    (folder / "PICTURE.jpg").write_bytes(encoded(drawn_text(("HELLO", (60, 80))), "JPEG"))

    stored = tmp_path_factory.mktemp("stored")
    settings = {**BOTH_COLLECTIONS, "FEEDLENS_UPLOADS_PATH": str(stored / "uploads")}
    with orchestrator.serve(triton.grpc_url, stored / "store", **settings) as served:
        store_samples(served)
        yield Backend(folder, {"EMBEDDING_SERVER_URL": served.url})


def store_samples(served: ServedOrchestrator) -> None:
    """What `make run` serves: the sample posts, and what their viewers liked."""
    for post in load_posts():
        served.publish(
            post.media_id,
            file=post.file.read_bytes() if post.file else None,
            caption=post.caption,
            age_hours=post.age_hours,
            likes=str(post.likes),
            comments=str(post.comments),
        ).raise_for_status()
    for viewer in load_viewers():
        served.like(viewer.user_id, *(like.media_id for like in viewer.likes))


def test_every_block_is_run() -> None:
    assert len(FENCE.findall(README)) == len(EXAMPLES) == len(CHECKS) + 1
    assert {*CHECKS, "install"} == {*EXAMPLES}


def test_links_lead_to_files_and_to_headings() -> None:
    headings = {
        heading.lower().replace(" ", "-") for heading in re.findall(r"^## (.+)$", README, re.M)
    }
    for target, heading in re.findall(r"\]\(([^)#]*)#?([^)]*)\)", README):
        assert (CLIENT / target).exists(), target
        assert not heading or heading in headings, heading


def test_the_package_is_built_and_installed_as_told(tmp_path: Path) -> None:
    left_out = shutil.ignore_patterns("node_modules", "dist", "generated", "test", "examples")
    shutil.copytree(CLIENT, tmp_path / "clients/node", ignore=left_out)
    path = f"{node.newest().bin}{os.pathsep}{os.environ['PATH']}"
    code = EXAMPLES["install"] + "node -p \"require('@feedlens/client').FeedlensClient.name\"\n"
    code += 'echo "$EMBEDDING_SERVER_URL $USE_MULTIMODAL_EMBEDDINGS"\n'
    (tmp_path / "package.json").write_text('{"private": true}')
    done = subprocess.run(
        ["/bin/bash", "-euo", "pipefail", "-c", code],
        cwd=tmp_path, env={**os.environ, "PATH": path},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr + done.stdout
    assert done.stdout.splitlines()[-2:] == ["FeedlensClient", "http://127.0.0.1:8000 true"]


# Stand for several others, which the table has.
GROUPS = {"FeedlensError", "NoAnswerError", "ProblemError", "DownloadError"}
EXPORTS = """
import * as exported from "@feedlens/client";
const classes = Object.entries(exported).filter(([name]) => /^[A-Z]/.test(name));
const members = classes.map(([name, kind]) => [name, Object.getOwnPropertyNames(kind.prototype)]);
console.log(JSON.stringify(Object.fromEntries(members)));
"""


def test_every_error_and_every_method_is_told(backend: Backend) -> None:
    (backend.folder / "exports.mjs").write_text(EXPORTS)
    exported = json.loads(node.newest().run("node", "exports.mjs", folder=backend.folder))
    errors = {name for name in exported if name.endswith("Error")}
    rows = re.findall(r"^\| (`\w+Error`.*?) \|", README, re.M)
    assert {name for row in rows for name in re.findall(r"\w+", row)} == errors - GROUPS
    for name in exported.keys() - errors:
        for member in set(exported[name]) - {"constructor"}:
            told = rf"\.{member}\(|`[^`\n]*\b{member}\b[^`\n]*`"
            assert re.search(told, README), f"{name}.{member}"


def test_every_function_is_told_and_every_option_that_is_told_exists(backend: Backend) -> None:
    folder = backend.folder / "node_modules/@feedlens/client/dist/esm"
    program = "import * as all from '@feedlens/client'; console.log(Object.keys(all).join(' '))"
    run = node.newest().run
    exported = run("node", "--input-type=module", "-e", program, folder=backend.folder).split()
    functions = {name for name in exported if name[0].islower()}
    assert "isPermanent" in functions
    assert {name for name in functions if f"{name}(" not in README} == set()

    declared = "\n".join(path.read_text("utf-8") for path in folder.rglob("*.d.ts"))
    _, table, *_ = README.split("| option ")
    told = re.findall(r"\| ([^|]*`[^|]*) \|$", table.split("\n\n")[0], re.M)
    names = {name for cell in told for name in re.findall(r"\w+", cell)}
    assert len(told) == 8
    assert {"maxRetries", "concurrency", "maxPending", "idleTimeoutMs"} <= names
    for name in names:
        assert re.search(rf"readonly {name}\??:", declared), name


@pytest.mark.parametrize("name", PROGRAMS)
def test_an_example_does_what_it_says(name: str, backend: Backend) -> None:
    CHECKS[name](backend.run(name))


def quick_start(printed: list[str]) -> None:
    posts = [re.fullmatch(r"(\S+) (\d\.\d{3}) (\S.*)", line) for line in printed]
    shown = {post[1]: float(post[2]) for post in posts if post is not None}
    assert len(shown) == len(printed) > 20
    assert "mine" in shown
    assert "saturn-rings" not in shown
    assert all(0 < score <= 1 for score in shown.values())


def vectors(printed: list[str]) -> None:
    assert printed == ["512 384 HELLO", "[]", "768 HELLO"]


def store_and_search(printed: list[str]) -> None:
    assert printed == ["true A cat", "coffee-shop-sign 3 brought", "true"]


def posts(printed: list[str]) -> None:
    assert printed == ["image true", "3", "true"]


def feed_and_ranking(printed: list[str]) -> None:
    first, count, ranked, preferences = printed
    assert re.fullmatch(r"multimodal \S.* 0\.\d+", first)
    assert count == "10"
    assert ranked == "saturn-rings [ 'no-such-post' ]"
    assert preferences == "4 4"


def events(printed: list[str]) -> None:
    assert printed == ["fulfilled", "[ 'no-such-post' ]"]


def lost_events(printed: list[str]) -> None:
    assert printed == ["ConnectionError 1"]


def worker(printed: list[str]) -> None:
    stored, refused = printed
    assert stored == "multimodal true"
    assert refused == "never again elsewhere urn:feedlens:client:download-host-not-allowed"


def fallback(printed: list[str]) -> None:
    assert printed == ["legacy null 768"]


def errors(printed: list[str]) -> None:
    assert printed[0] == "ConnectionError urn:feedlens:client:connection undefined true"
    assert "http://127.0.0.1:7999" in printed[1]


def aborts(printed: list[str]) -> None:
    assert printed == ["true"]


def log(printed: list[str]) -> None:
    (line,) = printed
    assert re.fullmatch(r"GET /v1/media/saturn-rings 200 \d+\.\d ms", line)


def api(printed: list[str]) -> None:
    assert printed == ["true"]


CHECKS: dict[str, Callable[[list[str]], None]] = {
    "quick start": quick_start,
    "vectors": vectors,
    "store and search": store_and_search,
    "posts": posts,
    "feed and ranking": feed_and_ranking,
    "events": events,
    "lost events": lost_events,
    "worker": worker,
    "fallback": fallback,
    "errors": errors,
    "aborts": aborts,
    "log": log,
    "api": api,
}
