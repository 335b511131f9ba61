"""the school's side

Revision ID: 0002
Revises: 0001
Create Date: 2026-11-22 09:22:14.764263

"""
from alembic import op
import sqlalchemy as sa


# revision identifiers, used by Alembic.
revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table('link_device',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('participation_id', sa.Integer(), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('label', sa.String(length=60), nullable=False),
    sa.Column('first_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['participation_id'], ['participation.id'], name=op.f('fk_link_device_participation_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_link_device')),
    sa.UniqueConstraint('participation_id', 'digest', name=op.f('uq_link_device_participation_id_digest'))
    )
    op.create_table('link_request',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('typed', sa.String(length=300), nullable=False),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_link_request'))
    )
    op.create_table('change_request',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('event_id', sa.Integer(), nullable=False),
    sa.Column('participation_id', sa.Integer(), nullable=False),
    sa.Column('registration_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('source', sa.String(length=10), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('full_name', sa.String(length=120), nullable=True),
    sa.Column('position', sa.String(length=120), nullable=True),
    sa.Column('honorific', sa.String(length=10), nullable=True),
    sa.Column('phone', sa.String(length=20), nullable=True),
    sa.Column('email', sa.String(length=254), nullable=True),
    sa.Column('notice_version', sa.String(length=20), nullable=True),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('receipt_code', sa.String(length=12), nullable=False),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('sentence', sa.Text(), nullable=True),
    sa.CheckConstraint("kind IN ('replace','withdraw')", name=op.f('ck_change_request_kind')),
    sa.CheckConstraint("source IN ('unit','delegate')", name=op.f('ck_change_request_source')),
    sa.CheckConstraint("state IN ('open','accepted','refused','taken_back','moot')", name=op.f('ck_change_request_state')),
    sa.ForeignKeyConstraint(['event_id'], ['event.id'], name=op.f('fk_change_request_event_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['participation_id'], ['participation.id'], name=op.f('fk_change_request_participation_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['registration_id'], ['registration.id'], name=op.f('fk_change_request_registration_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_change_request')),
    sa.UniqueConstraint('receipt_code', name=op.f('uq_change_request_receipt_code'))
    )
    with op.batch_alter_table('change_request', schema=None) as batch_op:
        batch_op.create_index('ix_change_request_event_id_state', ['event_id', 'state'], unique=False)
        batch_op.create_index('ix_change_request_participation_id', ['participation_id'], unique=False)
        batch_op.create_index('uq_change_request_open', ['registration_id'], unique=True, sqlite_where=sa.text("state = 'open'"), postgresql_where=sa.text("state = 'open'"))

    op.create_table('data_request',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('full_name', sa.String(length=120), nullable=True),
    sa.Column('unit_name', sa.String(length=300), nullable=True),
    sa.Column('contact', sa.String(length=254), nullable=True),
    sa.Column('text', sa.Text(), nullable=True),
    sa.Column('registration_id', sa.Integer(), nullable=True),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('answer_by', sa.DateTime(timezone=True), nullable=False),
    sa.Column('act_by', sa.DateTime(timezone=True), nullable=False),
    sa.Column('extended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('done_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('answer', sa.Text(), nullable=True),
    sa.Column('receipt_code', sa.String(length=12), nullable=False),
    sa.CheckConstraint("kind IN ('see','correct','erase','restrict','object')", name=op.f('ck_data_request_kind')),
    sa.CheckConstraint("state IN ('open','answered','done','refused')", name=op.f('ck_data_request_state')),
    sa.ForeignKeyConstraint(['registration_id'], ['registration.id'], name=op.f('fk_data_request_registration_id'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_data_request')),
    sa.UniqueConstraint('receipt_code', name=op.f('uq_data_request_receipt_code'))
    )
    with op.batch_alter_table('data_request', schema=None) as batch_op:
        batch_op.create_index('ix_data_request_state_answer_by', ['state', 'answer_by'], unique=False)

    op.create_table('signed_form',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('event_id', sa.Integer(), nullable=False),
    sa.Column('participation_id', sa.Integer(), nullable=False),
    sa.Column('registration_id', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('form_version', sa.Integer(), nullable=True),
    sa.Column('source', sa.String(length=20), nullable=False),
    sa.Column('filename', sa.String(length=200), nullable=False),
    sa.Column('media_type', sa.String(length=60), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('page_count', sa.Integer(), nullable=False),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('on_time', sa.Boolean(), nullable=False),
    sa.Column('receipt_code', sa.String(length=12), nullable=False),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('sentence', sa.Text(), nullable=True),
    sa.CheckConstraint("state IN ('received','doubtful','accepted','refused','old')", name=op.f('ck_signed_form_state')),
    sa.ForeignKeyConstraint(['event_id'], ['event.id'], name=op.f('fk_signed_form_event_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['participation_id'], ['participation.id'], name=op.f('fk_signed_form_participation_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['registration_id'], ['registration.id'], name=op.f('fk_signed_form_registration_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_signed_form')),
    sa.UniqueConstraint('participation_id', 'sha256', name=op.f('uq_signed_form_participation_id_sha256')),
    sa.UniqueConstraint('receipt_code', name=op.f('uq_signed_form_receipt_code'))
    )
    with op.batch_alter_table('signed_form', schema=None) as batch_op:
        batch_op.create_index('ix_signed_form_event_id_state', ['event_id', 'state'], unique=False)
        batch_op.create_index('ix_signed_form_registration_id', ['registration_id'], unique=False)

    op.create_table('signed_form_page',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('signed_form_id', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('width', sa.Integer(), nullable=False),
    sa.Column('height', sa.Integer(), nullable=False),
    sa.Column('picture', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['signed_form_id'], ['signed_form.id'], name=op.f('fk_signed_form_page_signed_form_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_signed_form_page')),
    sa.UniqueConstraint('signed_form_id', 'number', name=op.f('uq_signed_form_page_signed_form_id_number'))
    )
    op.add_column('event', sa.Column('retention_until', sa.Date(), nullable=True))
    op.add_column('event', sa.Column('erased_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('registration', sa.Column('on_time', sa.Boolean(), nullable=False, server_default=sa.true()))
    op.add_column('registration', sa.Column('form_version', sa.Integer(), nullable=False, server_default='1'))
    op.execute("UPDATE registration SET on_time = (state <> 'late')")



def downgrade():
    # Plain statements: a batch would copy the table, and dropping the old one cascades on SQLite.
    op.drop_column('registration', 'form_version')
    op.drop_column('registration', 'on_time')
    op.drop_column('event', 'erased_at')
    op.drop_column('event', 'retention_until')

    op.drop_table('signed_form_page')
    with op.batch_alter_table('signed_form', schema=None) as batch_op:
        batch_op.drop_index('ix_signed_form_registration_id')
        batch_op.drop_index('ix_signed_form_event_id_state')

    op.drop_table('signed_form')
    with op.batch_alter_table('data_request', schema=None) as batch_op:
        batch_op.drop_index('ix_data_request_state_answer_by')

    op.drop_table('data_request')
    with op.batch_alter_table('change_request', schema=None) as batch_op:
        batch_op.drop_index('uq_change_request_open', sqlite_where=sa.text("state = 'open'"), postgresql_where=sa.text("state = 'open'"))
        batch_op.drop_index('ix_change_request_participation_id')
        batch_op.drop_index('ix_change_request_event_id_state')

    op.drop_table('change_request')
    op.drop_table('link_request')
    op.drop_table('link_device')
