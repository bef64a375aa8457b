"""What every refusal of the orchestrator looks like."""

import httpx


def check_problem(answer: httpx.Response, status: int, detail: str) -> None:
    """It is problem+json of that status, says `detail`, and is no longer than it need be."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["status"] == status
    assert body["type"].startswith("urn:feedlens:problem:")
    assert detail in body["detail"], body["detail"]
    assert len(answer.content) < 5000
