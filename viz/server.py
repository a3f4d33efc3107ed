"""The server of the page: Solara's Starlette application behind the guard, on loopback only."""

from __future__ import annotations

import os
import socket
import warnings

HOST = "127.0.0.1"
# Solara reads its settings when it is imported, so they are set before; none of them may be loosened from outside.
SETTINGS = {
    "SOLARA_MODE": "production",
    "SOLARA_TELEMETRY_MIXPANEL_ENABLE": "False",
    "SOLARA_ASSETS_CDN": "http://127.0.0.1:9",  # the discard port: an asset that is not installed fails at once
    "SOLARA_ASSETS_PROXY": "True",  # it serves the installed assets; switched off, those would be off as well
    "SOLARA_ASSETS_FONTAWESOME_ENABLED": "False",
    "SOLARA_KERNEL_CULL_TIMEOUT": "10m",
    "SOLARA_KERNEL_MAX_COUNT": "8",
    "SOLARA_SESSION_HTTP_ONLY": "True",
    "SOLARA_THEME_VARIANT": "light",  # "auto" leaves out the element that the page mounts on
    "SOLARA_THEME_LOADER": "plain",
    "SOLARA_THEME_SHOW_BANNER": "False",
    "SOLARA_THEME_TITLE": "Double Bind",
}


class PortTakenError(OSError):
    """Another program listens on the port already."""

    def __init__(self, port: int) -> None:
        self.port = port
        super().__init__(
            f"Port {port} of {HOST} is taken by another program (perhaps a page that is still open): "
            f"stop it, or choose another port with --port {port + 1}."
        )


def application(port: int, app: str = "viz.app"):
    """The guarded ASGI application.

    Args:
        port: where it will be served, for the hosts that the guard allows.
        app: module with the Solara page.
    """
    os.environ.update(SETTINGS, SOLARA_APP=app)
    from solara.server import starlette

    from viz.guard import Guard

    return Guard(starlette.app, [f"{HOST}:{port}", f"localhost:{port}"])


def listen(port: int) -> socket.socket:
    """A socket bound to loopback; port 0 takes any free one.

    Raises:
        PortTakenError: another program has it.
    """
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((HOST, port))
        bound.listen(128)  # two servers that only bound would both seem to succeed
    except OSError:
        bound.close()
        raise PortTakenError(port) from None
    return bound


def serve(port: int, app: str = "viz.app") -> None:
    """Serve the page until Ctrl-C.

    Raises:
        PortTakenError: another program has the port.
    """
    bound = listen(port)
    port = bound.getsockname()[1]
    import uvicorn

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if self.started:
                print(f"Double Bind is at http://{HOST}:{port}/ (this computer only). Ctrl-C ends it.", flush=True)

    guarded = application(port, app)
    config = uvicorn.Config(guarded, log_level="warning", timeout_graceful_shutdown=2, server_header=False)
    with warnings.catch_warnings():
        # Solara warns of cookies without https at every start; over loopback there is no wire to listen on.
        warnings.filterwarnings("ignore", message="Cookies with samesite=none")
        Server(config).run(sockets=[bound])
