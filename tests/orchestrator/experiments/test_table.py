from typing import Any

from orchestrator.experiments.table import table

CALM: dict[str, Any] = {
    "name": "calm",
    "share": 0.5,
    "viewers": 1204,
    "sessions": 3100,
    "impressions": 61_000,
    "seen": 40_100,
    "engaged": 3050,
    "events": {"like": 2500, "view": 41_000},
    "engagement_rate": {"value": 0.05, "low": 0.045, "high": 0.055},
    "uplift": None,
    "p_value": None,
}
BOLD = {
    **CALM,
    "name": "bold and bright",
    "viewers": 1196,
    "events": {},
    "engagement_rate": {"value": 0.055, "low": 0.05, "high": 0.06},
    "uplift": {"value": 0.1, "low": 0.0123, "high": 0.1877},
    "p_value": 0.02541,
}
REPORT = {
    "name": "colours",
    "control": "calm",
    "first_session_at": "2026-11-01T12:00:00Z",
    "variants": [CALM, BOLD],
    "sample_ratio": {"chi_square": 0.0267, "p_value": 0.8703, "mismatch": False},
    "warnings": ["look twice"],
}


def test_a_report_is_printed() -> None:
    assert table(REPORT) == "\n".join(
        [
            "experiment colours, sessions from 2026-11-01T12:00:00Z",
            "",
            "variant          share  viewers  sessions  impressions    seen  engaged    rate"
            "     uplift      95 % interval       p",
            "calm             50.0%    1,204     3,100       61,000  40,100    3,050  5.000%"
            "  (control)",
            "bold and bright  50.0%    1,196     3,100       61,000  40,100    3,050  5.500%"
            "    +10.00%  +1.23% to +18.77%  0.0254",
            "",
            "calm: like 2,500, view 41,000",
            "viewers by variant: as the shares say (χ² 0.03, p 0.87)",
            "warning: look twice",
        ]
    )


def test_what_is_not_known_is_a_dash() -> None:
    unknown = {**BOLD, "engagement_rate": None, "uplift": None, "p_value": None}
    ratio = {"chi_square": 20.0, "p_value": 7.7e-6, "mismatch": True}
    lines = table({**REPORT, "variants": [CALM, unknown], "sample_ratio": ratio}).splitlines()
    assert lines[4].split()[-4:] == ["–"] * 4
    assert "viewers by variant: MISMATCH (χ² 20.00, p 7.7e-06)" in lines


def test_before_anybody_was_served() -> None:
    lines = table({**REPORT, "first_session_at": None, "sample_ratio": None}).splitlines()
    assert lines[0] == "experiment colours, sessions from (none yet)"
    assert not [line for line in lines if line.startswith("viewers by")]
