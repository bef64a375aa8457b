"""Triton, locally: our Python-based backends and the launcher of a real tritonserver."""
