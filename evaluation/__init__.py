"""Proof that a ranking is better: a made world, and a replay of logged impressions.

`world/` makes posts, viewers and their answers; `policies/` are the rankers that are compared;
`protocols/` let them serve; `replay/` compares weights on a log. docs/evaluation.md tells what is
assumed.
"""
