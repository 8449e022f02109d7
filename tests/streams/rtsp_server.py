"""A real RTSP camera for the tests: plays an H.264 clip to everybody who connects.

Runs in the system's Python, which has GStreamer's bindings, and prints its port when ready:
/usr/bin/python3 rtsp_server.py CLIP PORT [USER PASSWORD]   (port 0 takes a free one)
"""

import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402 (after the versions are set)


def camera(clip: str) -> "GstRtspServer.RTSPMediaFactory":
    """Every client gets the clip from its start, at its own speed."""
    factory = GstRtspServer.RTSPMediaFactory()
    factory.set_launch(
        f"( filesrc location={clip} ! qtdemux ! rtph264pay name=pay0 pt=96 config-interval=1 )"
    )
    return factory


def lock(
    server: "GstRtspServer.RTSPServer",
    factory: "GstRtspServer.RTSPMediaFactory",
    user: str,
    password: str,
) -> None:
    """Let only this user see the stream."""
    auth = GstRtspServer.RTSPAuth()
    token = GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", "viewer")
    auth.add_basic(GstRtspServer.RTSPAuth.make_basic(user, password), token)
    server.set_auth(auth)
    role = "viewer,media.factory.access=(boolean)true,media.factory.construct=(boolean)true"
    factory.add_role_from_structure(Gst.Structure.new_from_string(role))


def main(clip: str, port: str, *credentials: str) -> None:
    """Serve until killed."""
    Gst.init(None)
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(port)
    factory = camera(clip)
    if credentials:
        lock(server, factory, *credentials)
    server.get_mount_points().add_factory("/camera", factory)
    server.attach(None)
    print(server.get_bound_port(), flush=True)
    GLib.MainLoop().run()


if __name__ == "__main__":
    main(*sys.argv[1:])
