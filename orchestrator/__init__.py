"""The thin service in front of Triton and Qdrant.

Folders follow the way of the data: `http` takes a request, `extraction` turns an upload into
vectors through `inference`, `store` keeps them, `feed` serves them in the order of `ranking`.
"""
