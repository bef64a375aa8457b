"""The commands of the sample app's README."""

import re
import subprocess
from pathlib import Path

from tests.clients.sample_app.conftest import APP
from tests.clients.sample_app.served import SampleApp
from tests.support.orchestrator import ServedOrchestrator
from tests.support.uploads import plain


def test_its_commands(app: SampleApp, feedlens: ServedOrchestrator, tmp_path: Path) -> None:
    _, commands = re.findall(r"```sh\n(.*?)```", (APP / "README.md").read_text(), re.DOTALL)
    commands = commands.replace("localhost:3000", f"127.0.0.1:{app.port}")
    assert commands.count("curl ") == 8
    (tmp_path / "PICTURE.jpg").write_bytes(plain("teal", kind="JPEG"))
    subprocess.run(
        ["/bin/bash", "-euc", commands.replace("curl ", "curl -fsS ")], cwd=tmp_path, check=True
    )
    assert (tmp_path / "thumbnail.jpg").read_bytes().startswith(b"\xff\xd8\xff")
    assert feedlens.http.get("/v1/media/mine").json()["caption"] == "A cat"
    assert feedlens.http.get("/v1/users/ada/preferences").json()["events"] == 1
