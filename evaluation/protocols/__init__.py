"""How policies are let to serve, and what is measured of it."""
