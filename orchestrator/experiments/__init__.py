"""Experiments: who is served which variant, and what the variants were answered.

configuration ─► experiment (assignment) ─► feed … sessions and events ─► reading ─► tally ─►
ratio, sample_ratio ─► report ─► HTTP, table
"""
