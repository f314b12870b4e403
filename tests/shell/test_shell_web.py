import contextlib
import socket
import threading

import pytest

from hybridcal_daemon.shell.config import load
from hybridcal_daemon.shell.config_kinds import Address
from hybridcal_daemon.shell.endpoints import admin_endpoint, endpoints, feed_endpoint, push_endpoint
from hybridcal_daemon.shell.listeners import BindError, answers, release, tcp, unix
from hybridcal_daemon.shell.metrics import CountingLog
from hybridcal_daemon.shell.web import Web
from hybridcal_daemon.shell.web_limits import Limits

HERE = Address("127.0.0.1", 0)


def names(config, log):
    return [endpoint.name for endpoint in endpoints(config, CountingLog(log))]


def test_which_listeners_a_configuration_asks_for(config_file, env, log):
    assert names(load(config_file(), env), log) == ["admin", "feed", "metrics"]
    off = load(config_file('feed.listen = ""\nmetrics.listen = ""\n'), env)
    assert names(off, log) == ["admin"]
    push = 'google.push.enabled = true\ngoogle.push.public_url = "https://p.acme.example/google/push"\n'
    assert names(load(config_file(push), env), log) == ["admin", "feed", "push", "metrics"]


def test_a_port_that_is_taken_names_setting_and_fix_and_leaves_nothing_open(daemon, clock, log, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        web = Web(clock=clock, log=log)
        path = tmp_path / "admin.sock"
        with pytest.raises(BindError) as caught:
            web.start(daemon, [admin_endpoint(path, ""), push_endpoint(Address("127.0.0.1", port))])
    assert str(caught.value).startswith(
        f"google.push.listen: cannot listen on 127.0.0.1:{port}: Address already in use"
    )
    assert f"sport = :{port}" in str(caught.value)
    assert not path.exists()
    assert not web.alive(1)


def test_an_address_that_is_not_ours_is_said_so():
    with pytest.raises(BindError, match=r"feed.listen: cannot listen on 192.0.2.1:0: .*no network interface"):
        tcp("feed.listen", Address("192.0.2.1", 0))


def test_ipv6_addresses_are_shown_in_brackets(daemon, clock, log):
    try:
        tcp("feed.listen", Address("::1", 0)).close()
    except BindError:
        pytest.skip("no IPv6 here")
    web = Web(clock=clock, log=log)
    web.start(daemon, [feed_endpoint(Address("::1", 0), "", "hybridcal")])
    assert web.address("feed").startswith("[::1]:")
    web.stop()


def test_the_admin_socket_is_open_to_owner_and_group_only(tmp_path):
    path = tmp_path / "run" / "admin.sock"
    with unix("admin.socket", path, "") as listener:
        assert path.stat().st_mode & 0o777 == 0o660
        assert path.parent.stat().st_mode & 0o007 == 0
        assert answers(path)
        assert listener.getsockname() == str(path)


def test_a_socket_left_by_a_dead_daemon_is_replaced(tmp_path):
    path = tmp_path / "admin.sock"
    unix("admin.socket", path, "").close()
    assert path.exists()
    assert not answers(path)
    with unix("admin.socket", path, ""):
        assert answers(path)


def test_a_socket_that_a_living_daemon_answers_on_is_left_alone(tmp_path):
    path = tmp_path / "admin.sock"
    with unix("admin.socket", path, ""):
        with pytest.raises(BindError, match=r"admin.socket: a daemon already answers on"):
            unix("admin.socket", path, "")
        release(path)
        assert answers(path)


def test_what_is_not_a_socket_is_not_removed(tmp_path):
    path = tmp_path / "admin.sock"
    path.write_text("precious")
    with pytest.raises(BindError, match="exists and is not a socket"):
        unix("admin.socket", path, "")
    release(path)
    assert path.read_text() == "precious"
    link = tmp_path / "link.sock"
    link.symlink_to(path)
    with pytest.raises(BindError, match="exists and is not a socket"):
        unix("admin.socket", link, "")


def test_the_directory_of_the_socket_must_be_there(tmp_path):
    with pytest.raises(BindError, match="the directory above it does not exist"):
        unix("admin.socket", tmp_path / "a" / "b" / "admin.sock", "")
    with pytest.raises(BindError, match="there is no group no-such-group"):
        unix("admin.socket", tmp_path / "admin.sock", "no-such-group")


def test_stop_closes_listeners_and_takes_the_socket_file_away(running):
    port = running.port("feed")
    assert running.web.alive(5)
    running.web.stop()
    assert not running.path.exists()
    assert not running.web.alive(1)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), 5)
    assert not [thread for thread in threading.enumerate() if thread.name == "web"]


def test_a_request_under_way_survives_stop(running, daemon):
    daemon.gate = threading.Event()
    found = []
    client = threading.Thread(target=lambda: found.append(running.get("admin", "/v1/status")))
    client.start()
    assert daemon.entered.acquire(timeout=10)
    stopper = threading.Thread(target=running.web.stop)
    stopper.start()
    daemon.gate.set()
    client.join(10)
    stopper.join(10)
    assert found[0].status == 200


def test_a_request_that_hangs_does_not_hold_stop(running, daemon):
    daemon.gate = threading.Event()

    def swallow():
        with contextlib.suppress(OSError, IndexError):  # the connection is cut
            running.get("admin", "/v1/status")

    client = threading.Thread(target=swallow)
    client.start()
    assert daemon.entered.acquire(timeout=10)
    running.web.stop()  # returns although the daemon does not answer
    assert not running.web.alive(1)
    daemon.gate.set()
    client.join(10)


def test_more_requests_than_may_wait_are_turned_away(running, kit, daemon, log):
    daemon.gate = threading.Event()
    found = []
    clients = [threading.Thread(target=lambda: found.append(running.get("feed", "/readyz").status)) for _ in range(4)]
    for client in clients:  # limits: 2 threads, 2 waiting
        client.start()
    assert daemon.entered.acquire(timeout=10)
    assert daemon.entered.acquire(timeout=10)
    statuses = [running.get("feed", "/livez").status]
    turned_away = None
    while turned_away is None:  # the last two clients may not have arrived yet; a fifth is turned away once they have
        answer = try_briefly(running, kit)
        turned_away = answer if answer is not None and answer.status == 503 else None
    daemon.gate.set()
    for client in clients:
        client.join(10)
    assert statuses == [200]
    assert turned_away.json["code"] == "busy"
    assert turned_away.headers["retry-after"] == "5"
    assert log.named("web.busy")[0]["site"] == "feed"


def try_briefly(running, kit):
    with running.connect("feed", 0.2) as peer:
        peer.sendall(b"GET /readyz HTTP/1.1\r\nHost: d\r\nConnection: close\r\n\r\n")
        try:
            return kit.Answer(kit.read_all(peer))
        except TimeoutError:
            return None


def test_connections_beyond_the_limit_are_closed_and_the_rest_served(daemon, clock, log):
    web = Web(clock=clock, log=log)
    web.start(daemon, [push_endpoint(HERE, Limits(connections=3, keepalive=5))])
    port = int(web.address("push").rsplit(":", 1)[1])
    peers = [socket.create_connection(("127.0.0.1", port), 5) for _ in range(3)]
    request = b"GET /robots.txt HTTP/1.1\r\nHost: d\r\n\r\n"
    for peer in peers:
        peer.sendall(request)
        assert peer.recv(100).startswith(b"HTTP/1.1 200")
    with socket.create_connection(("127.0.0.1", port), 5) as extra:
        assert extra.recv(100) == b""
    for peer in peers:
        peer.close()
    web.stop()


def test_a_fault_shows_neither_text_nor_trace(running, daemon, log):
    daemon.fault = RuntimeError("marker text")
    answer = running.get("admin", "/v1/status")
    assert answer.status == 500
    assert answer.json["code"] == "fault"
    assert b"marker" not in answer.raw
    (line,) = log.named("web.failed")
    assert line["trace"].startswith("RuntimeError@shell/shell_fakes.py:")
    assert "marker" not in str(log.lines)


def test_unknown_paths_and_methods_are_problems(running):
    nowhere = running.get("feed", "/marker")
    assert (nowhere.status, nowhere.json["code"]) == (404, "no-such-path")
    assert nowhere.headers["content-type"] == "application/problem+json"
    assert b"marker" not in nowhere.body
    assert running.get("feed", "/livez", "POST", b"{}").json["code"] == "wrong-method"
    assert running.get("feed", "/livez", Expect="marker").status == 200


def test_no_exception_text_in_answers_to_broken_http(running, kit):
    for name in ("admin", "feed", "push"):
        answer = kit.Answer(running.send(name, b"GET /marker\x00 HTTP/1.1\r\nHost: d\r\n\r\n"))
        assert (answer.status, answer.body) == (400, b"")


def test_answers_do_not_say_what_runs_here(running):
    for name, request in (
        ("feed", b"GET /livez HTTP/1.1\r\nHost: d\r\nConnection: close\r\n\r\n"),
        ("push", b"junk\r\n\r\n"),
    ):
        raw = running.send(name, request)
        assert b"Server: hybridcal\r\n" in raw
        assert b"aiohttp" not in raw
