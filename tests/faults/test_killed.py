"""kill -9 of the whole server in the middle of 200 registrations."""

from __future__ import annotations

from pathlib import Path

from bench.killing import integrity, kill_in_the_middle
from bench.server import RealServer, environment, free_port
from bench.world import make_app, make_world, seating, stored_units, visit
from tests.factories.registration import assert_seats_hold


def test_everything_acknowledged_is_there_after_the_restart(
    tmp_path: Path, sqlite_template: Path
) -> None:
    path = tmp_path / "app.db"
    path.write_bytes(sqlite_template.read_bytes())
    env = environment(tmp_path, f"sqlite:///{path}", free_port())
    app = make_app(env)
    world = make_world(app, seats=60, units=200)
    server = RealServer(env)
    clerks = kill_in_the_middle(server, world, world.paths, after=90)
    assert integrity(path) == "ok"
    assert 90 <= len(clerks.acknowledged) < 200
    assert clerks.unanswered > 0, "nothing was under way when the server died"
    assert clerks.refused == []
    with server:
        kept = stored_units(app, world)
        assert set(clerks.acknowledged) <= kept
        assert len(kept) <= len(clerks.acknowledged) + clerks.unanswered
        with visit(app):
            assert_seats_hold(world.event_id)
        waiting = len(kept) - 60
        assert seating(app, world.event_id).queue == list(range(1, waiting + 1))
