"""Runs the renderer: python -m sample_videos.render."""

from sample_videos.render.cli import main

main()
