"""Pure ranking: posts, a viewer and a clock in; an order with its reasons out.

Nothing here does I/O, reads a clock or the environment, logs, or draws a random number.
The way of the data: `signals` → `weights` → `diversity` → `rank`; `viewer` makes the vectors
that posts are compared with, `calibration` puts cosines of different models on one scale.
"""
