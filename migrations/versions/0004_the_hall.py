"""the hall

Revision ID: 0004
Revises: 0003
Create Date: 2026-11-22 12:38:14.842932
"""
from alembic import op
import sqlalchemy as sa


# revision identifiers, used by Alembic.
revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table('attendance_sheet',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('event_id', sa.Integer(), nullable=False),
    sa.Column('session_ids', sa.JSON(), nullable=False),
    sa.Column('row_codes', sa.Boolean(), nullable=False),
    sa.Column('row_count', sa.Integer(), nullable=False),
    sa.Column('content', sa.JSON(), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('made_by', sa.String(length=200), nullable=False),
    sa.ForeignKeyConstraint(['event_id'], ['event.id'], name=op.f('fk_attendance_sheet_event_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_attendance_sheet'))
    )
    with op.batch_alter_table('attendance_sheet', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_attendance_sheet_event_id'), ['event_id'], unique=False)

    op.create_table('hall_print',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('event_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('layout', sa.String(length=40), nullable=False),
    sa.Column('people', sa.JSON(), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('made_by', sa.String(length=200), nullable=False),
    sa.ForeignKeyConstraint(['event_id'], ['event.id'], name=op.f('fk_hall_print_event_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_hall_print'))
    )
    with op.batch_alter_table('hall_print', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_hall_print_event_id'), ['event_id'], unique=False)

    op.create_table('attendance_sheet_page',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('sheet_id', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('rows', sa.JSON(), nullable=False),
    sa.Column('columns', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['sheet_id'], ['attendance_sheet.id'], name=op.f('fk_attendance_sheet_page_sheet_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_attendance_sheet_page')),
    sa.UniqueConstraint('sheet_id', 'number', name=op.f('uq_attendance_sheet_page_sheet_id_number'))
    )
    op.create_table('gate_device',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('gate_id', sa.Integer(), nullable=False),
    sa.Column('secret_hash', sa.String(length=64), nullable=False),
    sa.Column('label', sa.String(length=60), nullable=False),
    sa.Column('paired_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('last_seen_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('unsent', sa.Integer(), nullable=False),
    sa.Column('battery', sa.Integer(), nullable=True),
    sa.Column('list_version', sa.Integer(), nullable=True),
    sa.Column('offset_ms', sa.BigInteger(), nullable=True),
    sa.Column('wiped_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('heard_from', sa.DateTime(timezone=True), nullable=True),
    sa.Column('heard', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['gate_id'], ['gate.id'], name=op.f('fk_gate_device_gate_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_gate_device')),
    sa.UniqueConstraint('secret_hash', name=op.f('uq_gate_device_secret_hash'))
    )
    with op.batch_alter_table('gate_device', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_gate_device_gate_id'), ['gate_id'], unique=False)

    op.create_table('excused_absence',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('event_id', sa.Integer(), nullable=False),
    sa.Column('session_id', sa.Integer(), nullable=False),
    sa.Column('registration_id', sa.Integer(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('by', sa.String(length=200), nullable=False),
    sa.ForeignKeyConstraint(['event_id'], ['event.id'], name=op.f('fk_excused_absence_event_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['registration_id'], ['registration.id'], name=op.f('fk_excused_absence_registration_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['session_id'], ['event_session.id'], name=op.f('fk_excused_absence_session_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_excused_absence')),
    sa.UniqueConstraint('registration_id', 'session_id', name=op.f('uq_excused_absence_registration_id_session_id'))
    )
    with op.batch_alter_table('excused_absence', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_excused_absence_event_id'), ['event_id'], unique=False)

    op.create_table('sheet_scan',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('event_id', sa.Integer(), nullable=False),
    sa.Column('page_id', sa.Integer(), nullable=True),
    sa.Column('upload', sa.String(length=12), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('filename', sa.String(length=200), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('problem', sa.String(length=30), nullable=True),
    sa.Column('width', sa.Integer(), nullable=False),
    sa.Column('height', sa.Integer(), nullable=False),
    sa.Column('picture', sa.LargeBinary(), nullable=False),
    sa.Column('findings', sa.JSON(), nullable=False),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('received_by', sa.String(length=200), nullable=False),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('decided_by', sa.String(length=200), nullable=True),
    sa.CheckConstraint("state IN ('unread','to_review','confirmed','discarded')", name=op.f('ck_sheet_scan_state')),
    sa.ForeignKeyConstraint(['event_id'], ['event.id'], name=op.f('fk_sheet_scan_event_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['page_id'], ['attendance_sheet_page.id'], name=op.f('fk_sheet_scan_page_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sheet_scan'))
    )
    with op.batch_alter_table('sheet_scan', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_sheet_scan_event_id'), ['event_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_sheet_scan_page_id'), ['page_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_sheet_scan_sha256'), ['sha256'], unique=False)
        batch_op.create_index(batch_op.f('ix_sheet_scan_upload'), ['upload'], unique=False)

    with op.batch_alter_table('event_session', schema=None) as batch_op:
        batch_op.add_column(sa.Column('opened_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('late_after', sa.Integer(), nullable=True))
        batch_op.create_check_constraint(op.f('ck_event_session_late_after'), 'late_after IS NULL OR late_after BETWEEN 0 AND 600')

    # A gate was its own phone: its secret becomes the pairing secret, the phone keeps it.
    with op.batch_alter_table('gate', schema=None) as batch_op:
        batch_op.add_column(sa.Column('role', sa.String(length=20), nullable=False, server_default='steward'))
        batch_op.add_column(sa.Column('session_ids', sa.JSON(), nullable=False, server_default='[]'))
        batch_op.add_column(sa.Column('many_devices', sa.Boolean(), nullable=False, server_default=sa.true()))
        batch_op.add_column(sa.Column('pair_hash', sa.String(length=64), nullable=True))
    op.execute('UPDATE gate SET pair_hash = secret_hash')
    op.execute(
        "INSERT INTO gate_device (gate_id, secret_hash, label, paired_at, revoked_at, last_seen_at, unsent, heard) "
        "SELECT id, secret_hash, '', last_seen_at, revoked_at, last_seen_at, 0, 0 FROM gate WHERE last_seen_at IS NOT NULL"
    )
    with op.batch_alter_table('gate', schema=None) as batch_op:
        batch_op.alter_column('pair_hash', existing_type=sa.String(length=64), nullable=False)
        batch_op.drop_constraint(batch_op.f('uq_gate_secret_hash'), type_='unique')
        batch_op.create_unique_constraint(batch_op.f('uq_gate_pair_hash'), ['pair_hash'])
        batch_op.create_check_constraint(op.f('ck_gate_role'), "role IN ('steward','supervisor')")
        batch_op.drop_column('last_seen_at')
        batch_op.drop_column('secret_hash')

    with op.batch_alter_table('registration', schema=None) as batch_op:
        batch_op.add_column(sa.Column('allowed_by', sa.String(length=120), nullable=True))

    with op.batch_alter_table('presence', schema=None) as batch_op:
        batch_op.create_index('ix_presence_undone', ['registration_id', 'session_id'], unique=False, sqlite_where=sa.text('undone_at IS NOT NULL'), postgresql_where=sa.text('undone_at IS NOT NULL'))

    with op.batch_alter_table('scan', schema=None) as batch_op:
        batch_op.add_column(sa.Column('device_id', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('given', sa.JSON(none_as_null=True), nullable=True))
        batch_op.add_column(sa.Column('counted_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('told', sa.String(length=30), nullable=True))
        batch_op.add_column(sa.Column('remark', sa.String(length=30), nullable=True))
        batch_op.add_column(sa.Column('settled_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('settled_by', sa.String(length=200), nullable=True))
        batch_op.create_index('ix_scan_event_id_remark', ['event_id', 'remark'], unique=False)
        batch_op.create_index(batch_op.f('ix_scan_registration_id'), ['registration_id'], unique=False)
        batch_op.create_foreign_key(batch_op.f('fk_scan_device_id'), 'gate_device', ['device_id'], ['id'], ondelete='SET NULL')
    op.execute('UPDATE scan SET counted_at = arrived_at')
    with op.batch_alter_table('scan', schema=None) as batch_op:
        batch_op.alter_column('counted_at', existing_type=sa.DateTime(timezone=True), nullable=False)



def downgrade():
    with op.batch_alter_table('scan', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_scan_device_id'), type_='foreignkey')
        batch_op.drop_index(batch_op.f('ix_scan_registration_id'))
        batch_op.drop_index('ix_scan_event_id_remark')
        batch_op.drop_column('settled_by')
        batch_op.drop_column('settled_at')
        batch_op.drop_column('remark')
        batch_op.drop_column('told')
        batch_op.drop_column('counted_at')
        batch_op.drop_column('given')
        batch_op.drop_column('device_id')

    with op.batch_alter_table('presence', schema=None) as batch_op:
        batch_op.drop_index('ix_presence_undone', sqlite_where=sa.text('undone_at IS NOT NULL'), postgresql_where=sa.text('undone_at IS NOT NULL'))

    with op.batch_alter_table('registration', schema=None) as batch_op:
        batch_op.drop_column('allowed_by')

    with op.batch_alter_table('gate', schema=None) as batch_op:
        batch_op.add_column(sa.Column('secret_hash', sa.String(length=64), nullable=True))
        batch_op.add_column(sa.Column('last_seen_at', sa.DateTime(timezone=True), nullable=True))
    op.execute('UPDATE gate SET secret_hash = pair_hash')
    with op.batch_alter_table('gate', schema=None) as batch_op:
        batch_op.alter_column('secret_hash', existing_type=sa.String(length=64), nullable=False)
        batch_op.drop_constraint(op.f('ck_gate_role'), type_='check')
        batch_op.drop_constraint(batch_op.f('uq_gate_pair_hash'), type_='unique')
        batch_op.create_unique_constraint(batch_op.f('uq_gate_secret_hash'), ['secret_hash'])
        batch_op.drop_column('pair_hash')
        batch_op.drop_column('many_devices')
        batch_op.drop_column('session_ids')
        batch_op.drop_column('role')

    with op.batch_alter_table('event_session', schema=None) as batch_op:
        batch_op.drop_constraint(op.f('ck_event_session_late_after'), type_='check')
        batch_op.drop_column('late_after')
        batch_op.drop_column('closed_at')
        batch_op.drop_column('opened_at')

    with op.batch_alter_table('sheet_scan', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_sheet_scan_upload'))
        batch_op.drop_index(batch_op.f('ix_sheet_scan_sha256'))
        batch_op.drop_index(batch_op.f('ix_sheet_scan_page_id'))
        batch_op.drop_index(batch_op.f('ix_sheet_scan_event_id'))

    op.drop_table('sheet_scan')
    with op.batch_alter_table('excused_absence', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_excused_absence_event_id'))

    op.drop_table('excused_absence')
    with op.batch_alter_table('gate_device', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_gate_device_gate_id'))

    op.drop_table('gate_device')
    op.drop_table('attendance_sheet_page')
    with op.batch_alter_table('hall_print', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_hall_print_event_id'))

    op.drop_table('hall_print')
    with op.batch_alter_table('attendance_sheet', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_attendance_sheet_event_id'))

    op.drop_table('attendance_sheet')
