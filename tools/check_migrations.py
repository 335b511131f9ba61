"""One head, and no difference between the migrated tables and the models."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from alembic.script import ScriptDirectory  # noqa: E402
from flask_migrate import check, upgrade  # noqa: E402

from app import create_app  # noqa: E402
from app.core.migrations import init_migrations  # noqa: E402
from config import Settings  # noqa: E402


def main() -> None:
    heads = ScriptDirectory(str(ROOT / "migrations")).get_heads()
    if len(heads) != 1:
        sys.exit(f"migrations have {len(heads)} heads: {', '.join(heads)}")
    with tempfile.TemporaryDirectory() as directory:
        app = create_app(Settings.from_env({"REHEARSAL": "1", "DATA_DIR": directory}))
        init_migrations(app)
        with app.app_context():
            upgrade(directory=str(ROOT / "migrations"))
            check(directory=str(ROOT / "migrations"))
    print("migrations: one head, tables as the models say")


if __name__ == "__main__":
    main()
