"""Figures for Prometheus; every name begins with `wayside_` and says its unit."""
