"""Python-based Triton backends, one folder each: a thin `model.py` beside pure modules."""
