"""A made world: what its posts are, what its viewers want, and what they answer.

No policy sees topics, latent vectors, quality or utility: only `ranking.types.Post` and events.
"""
