"""Pure ranking: posts, a viewer and a clock in; an order with its reasons out.

Nothing here does I/O, reads a clock or the environment, logs, or draws a random number
without a seed.
The way of the data: `affinity` and `signals` → `weights` → `placing` → `rank`. `variety` and
`window`, over `similarity`, tell `placing` what a post repeats; `viewer` makes the interests that
posts are compared with, `calibration` puts cosines of different models on one scale, and
`exploration` draws the places of posts that are not known yet. `duplicates` tells copies of one
content. `fitting`, over `sampling` and `cone`, makes calibrations; `metrics` and `estimators` say
how good an order was.
"""
