"""Writes the service's OpenAPI document to where clients are generated from it.

    python -m scripts.write_openapi

The document is the routes' alone: no setting and no model changes it.
"""

import json
from pathlib import Path

from orchestrator.app import create_api

DOCUMENT = Path(__file__).parents[1] / "clients" / "node" / "openapi.json"


def document() -> str:
    """The document as the file has it."""
    return json.dumps(create_api().openapi(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    DOCUMENT.write_text(document(), "utf-8")
