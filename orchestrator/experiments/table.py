"""A report, as GET /v1/experiments/{name} answers it, printed."""

from collections.abc import Mapping, Sequence
from typing import Any

_HEAD = ("variant", "share", "viewers", "sessions", "impressions", "seen", "engaged", "rate")
_AGAINST = ("uplift", "95 % interval", "p")


def table(report: Mapping[str, Any]) -> str:
    """The report in lines of plain text."""
    variants = report["variants"]
    rows = [(*_HEAD, *_AGAINST), *(_row(each, report["control"]) for each in variants)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        f"experiment {report['name']}, sessions from {report['first_session_at'] or '(none yet)'}",
        "",
        *(_line(row, widths) for row in rows),
        "",
        *_events(variants),
        *_sample_ratio(report["sample_ratio"]),
        *(f"warning: {warning}" for warning in report["warnings"]),
    ]
    return "\n".join(lines)


def _row(variant: Mapping[str, Any], control: str) -> tuple[str, ...]:
    rate, uplift, p_value = (variant[key] for key in ("engagement_rate", "uplift", "p_value"))
    counts = (variant[key] for key in ("viewers", "sessions", "impressions", "seen", "engaged"))
    if variant["name"] == control:
        against = ("(control)", "", "")
    else:
        against = (
            f"{uplift['value']:+.2%}" if uplift else "–",
            f"{uplift['low']:+.2%} to {uplift['high']:+.2%}" if uplift else "–",
            f"{p_value:.3g}" if p_value is not None else "–",
        )
    return (
        variant["name"],
        f"{variant['share']:.1%}",
        *(f"{count:,}" for count in counts),
        f"{rate['value']:.3%}" if rate else "–",
        *against,
    )


def _line(row: Sequence[str], widths: Sequence[int]) -> str:
    name, *others = row
    cells = [f"{cell:>{width}}" for cell, width in zip(others, widths[1:], strict=True)]
    return "  ".join([f"{name:<{widths[0]}}", *cells]).rstrip()


def _events(variants: Sequence[Mapping[str, Any]]) -> list[str]:
    return [
        f"{variant['name']}: "
        + ", ".join(f"{kind} {count:,}" for kind, count in variant["events"].items())
        for variant in variants
        if variant["events"]
    ]


def _sample_ratio(found: Mapping[str, Any] | None) -> list[str]:
    if found is None:
        return []
    verdict = "MISMATCH" if found["mismatch"] else "as the shares say"
    return [
        f"viewers by variant: {verdict} (χ² {found['chi_square']:.2f}, p {found['p_value']:.3g})"
    ]
