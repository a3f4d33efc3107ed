"""The door of the page: who is let in, and what stands on every answer."""

from __future__ import annotations

import asyncio

import pytest

from viz.guard import Guard

HERE = "127.0.0.1:8765"


async def answering(scope, receive, send):
    """An application that says yes to everybody, and would let itself be framed."""
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        return
    await send({"type": "http.response.start", "status": 200, "headers": [(b"X-Frame-Options", b"ALLOWALL")]})
    await send({"type": "http.response.body", "body": b"yes"})


def ask(kind="http", method="GET", headers=()):
    """The messages that come back."""
    sent = []

    async def receive():
        return {"type": "websocket.connect"} if kind == "websocket" else {"type": "http.request"}

    async def send(message):
        sent.append(message)

    scope = {"type": kind, "method": method, "headers": [(k.encode(), v.encode()) for k, v in headers]}
    asyncio.run(Guard(answering, [HERE, "localhost:8765"])(scope, receive, send))
    return sent


def status(sent):
    return sent[0]["status"]


def test_the_page_itself_is_served():
    assert status(ask(headers=[("host", HERE)])) == 200
    assert status(ask(headers=[("host", "LOCALHOST:8765")])) == 200


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1:9999", "127.0.0.1", "127.0.0.1:8765.evil.example", ""])
def test_a_foreign_host_is_refused(host):
    sent = ask(headers=[("host", host)])
    assert status(sent) == 403
    assert b"yes" not in sent[1]["body"]


def test_no_host_and_two_hosts_are_refused():
    assert status(ask()) == 403
    assert status(ask(headers=[("host", HERE), ("host", "evil.example")])) == 403


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://localhost:8765", "http://127.0.0.1:80"])
def test_a_websocket_of_another_site_is_closed_before_it_opens(origin):
    sent = ask("websocket", headers=[("host", HERE), ("origin", origin)])
    assert [message["type"] for message in sent] == ["websocket.close"]
    assert sent[0]["code"] == 1008


def test_a_websocket_needs_an_origin_and_gets_through_with_its_own():
    assert ask("websocket", headers=[("host", HERE)])[0]["type"] == "websocket.close"
    opened = ask("websocket", headers=[("host", HERE), ("origin", f"http://{HERE}")])
    assert opened[0]["type"] == "websocket.accept"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_what_may_change_something_needs_the_pages_own_origin(method):
    assert status(ask(method=method, headers=[("host", HERE)])) == 403
    assert status(ask(method=method, headers=[("host", HERE), ("origin", "http://evil.example")])) == 403
    assert status(ask(method=method, headers=[("host", HERE), ("origin", f"http://{HERE}")])) == 200


def test_reading_across_sites_is_refused():
    assert status(ask(headers=[("host", HERE), ("origin", "http://evil.example")])) == 403


@pytest.mark.parametrize("host", [HERE, "evil.example"])
def test_every_answer_forbids_framing_and_foreign_sources(host):
    headers = ask(headers=[("host", host)])[0]["headers"]
    by_name = {}
    for name, value in headers:
        by_name.setdefault(name.lower(), []).append(value.decode())
    assert by_name[b"x-frame-options"] == ["DENY"], "ours replaces the application's"
    assert by_name[b"x-content-type-options"] == ["nosniff"]
    policy = by_name[b"content-security-policy"][0]
    assert "frame-ancestors 'none'" in policy
    assert "http" not in policy, "no other host is a source"


def test_lifespan_passes():
    seen = []

    async def app(scope, receive, send):
        seen.append(scope["type"])

    asyncio.run(Guard(app, [HERE])({"type": "lifespan"}, None, None))
    assert seen == ["lifespan"]
