"""Frames in: file, folder of pictures, RTSP or HTTP camera, USB."""
