"""`python -m viz --port 8765`: the live page on this computer."""

from __future__ import annotations

import argparse
import importlib.util
import os
import sys


def main(arguments: list[str] | None = None) -> int:
    """Check what can be checked early, then serve until Ctrl-C; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m viz", description="The live page of Double Bind, on loopback.")
    parser.add_argument("scenario", nargs="?", help="scenario file (TOML) that a new page starts with")
    parser.add_argument("--port", type=int, default=8765, help="port on 127.0.0.1; 0 takes any free one")
    chosen = parser.parse_args(arguments)
    missing = [name for name in ("solara", "anywidget", "ipyvuetify") if importlib.util.find_spec(name) is None]
    if missing:
        return _refuse(
            f"The page needs the viz extra ({', '.join(missing)} not installed): pip install 'double-bind[viz]'."
        )
    if not 0 <= chosen.port <= 65_535:
        return _refuse(f"Port {chosen.port} does not exist: it must be from 0 to 65535.")
    from viz import server

    if chosen.scenario:
        from abm.errors import InputError
        from abm.scenario import Scenario

        try:
            Scenario.from_toml(chosen.scenario)
        except InputError as problem:
            return _refuse(str(problem))
        os.environ["DOUBLE_BIND_SCENARIO"] = os.path.abspath(chosen.scenario)
    try:
        server.serve(chosen.port)
    except server.PortTakenError as problem:
        return _refuse(str(problem), code=1)
    except KeyboardInterrupt:
        return 130
    return 0


def _refuse(sentence: str, code: int = 2) -> int:
    print(sentence, file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
