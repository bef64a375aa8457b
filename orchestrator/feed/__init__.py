"""A viewer in, a page of ranked posts out.

The way of the data: `profiles` (`history` → taste, `known`, `neighbours`) → `candidates` →
`entries` (copies joined) → `arrangement` (`ranking`) → `items`, kept as a session's snapshot
(`sessions`, `cursor`) and served page by page by `feed`. `listing` ranks a caller's own list.
"""
