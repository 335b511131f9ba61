"""fewer pages a scan

Revision ID: 0005
Revises: 0004
Create Date: 2026-11-22 19:55:00.000000
"""
from alembic import op
import sqlalchemy as sa


# revision identifiers, used by Alembic.
revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None

STANDING = sa.text('undone_at IS NULL')
REMARKED = sa.text('remark IS NOT NULL')
REFUSED = sa.text("outcome NOT IN ('already','welcome')")


def upgrade():
    op.drop_index('ix_presence_event_id_at', 'presence')
    op.create_index('ix_presence_arrivals', 'presence', ['event_id', 'session_id', 'at', 'undone_at'], sqlite_where=STANDING, postgresql_where=STANDING)
    op.drop_index('ix_scan_event_id_remark', 'scan')
    op.create_index('ix_scan_event_id_remark', 'scan', ['event_id', 'remark'], sqlite_where=REMARKED, postgresql_where=REMARKED)
    op.drop_index('ix_scan_event_id', 'scan')
    op.create_index('ix_scan_refused', 'scan', ['event_id'], sqlite_where=REFUSED, postgresql_where=REFUSED)


def downgrade():
    op.drop_index('ix_scan_refused', 'scan')
    op.create_index('ix_scan_event_id', 'scan', ['event_id'])
    op.drop_index('ix_scan_event_id_remark', 'scan')
    op.create_index('ix_scan_event_id_remark', 'scan', ['event_id', 'remark'])
    op.drop_index('ix_presence_arrivals', 'presence')
    op.create_index('ix_presence_event_id_at', 'presence', ['event_id', 'at'])
