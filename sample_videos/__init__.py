"""Rendered clips with exact truth, their site files, and the renderer that makes them."""
