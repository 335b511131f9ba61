"""letters out

Revision ID: 0003
Revises: 0002
Create Date: 2026-11-22 10:08:17.395327

"""
from alembic import op
import sqlalchemy as sa


# revision identifiers, used by Alembic.
revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade():
    op.create_table('mail_batch',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('event_id', sa.Integer(), nullable=True),
    sa.Column('kind', sa.String(length=30), nullable=False),
    sa.Column('title', sa.String(length=200), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('total', sa.Integer(), nullable=False),
    sa.Column('options', sa.JSON(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.String(length=200), nullable=False),
    sa.CheckConstraint("state IN ('preparing','running','paused','stopped')", name=op.f('ck_mail_batch_state')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_mail_batch'))
    )
    with op.batch_alter_table('mail_batch', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_mail_batch_event_id'), ['event_id'], unique=False)

    op.create_table('approval',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('event_id', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=20), nullable=False),
    sa.Column('digest', sa.String(length=64), nullable=False),
    sa.Column('letters', sa.Integer(), nullable=False),
    sa.Column('note', sa.Text(), nullable=True),
    sa.Column('submitted_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('submitted_by', sa.String(length=200), nullable=False),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('decided_by', sa.String(length=200), nullable=True),
    sa.Column('sentence', sa.Text(), nullable=True),
    sa.CheckConstraint("state IN ('submitted','approved','returned','taken_back')", name=op.f('ck_approval_state')),
    sa.ForeignKeyConstraint(['event_id'], ['event.id'], name=op.f('fk_approval_event_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_approval'))
    )
    with op.batch_alter_table('approval', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_approval_event_id'), ['event_id'], unique=False)

    op.create_table('letter_template',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('event_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=10), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('body', sa.JSON(), nullable=False),
    sa.Column('filename', sa.String(length=200), nullable=True),
    sa.Column('content', sa.LargeBinary(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.String(length=200), nullable=False),
    sa.CheckConstraint("kind IN ('text','docx')", name=op.f('ck_letter_template_kind')),
    sa.ForeignKeyConstraint(['event_id'], ['event.id'], name=op.f('fk_letter_template_event_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_letter_template')),
    sa.UniqueConstraint('event_id', 'kind', 'version', name=op.f('uq_letter_template_event_id_kind_version'))
    )
    op.create_table('reminder',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('event_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('anchor', sa.String(length=10), nullable=False),
    sa.Column('days', sa.Integer(), nullable=False),
    sa.Column('at', sa.String(length=5), nullable=False),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.Column('done_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('batch_id', sa.Integer(), nullable=True),
    sa.CheckConstraint("anchor IN ('cutoff','event')", name=op.f('ck_reminder_anchor')),
    sa.CheckConstraint("kind IN ('call','not_registered','no_form','no_answer','thanks','absent')", name=op.f('ck_reminder_kind')),
    sa.ForeignKeyConstraint(['batch_id'], ['mail_batch.id'], name=op.f('fk_reminder_batch_id')),
    sa.ForeignKeyConstraint(['event_id'], ['event.id'], name=op.f('fk_reminder_event_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_reminder')),
    sa.UniqueConstraint('event_id', 'kind', 'anchor', 'days', name=op.f('uq_reminder_event_id_kind_anchor_days'))
    )
    op.create_table('bounce',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('mail_key', sa.String(length=64), nullable=False),
    sa.Column('message_ref', sa.Integer(), nullable=True),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('status', sa.String(length=20), nullable=True),
    sa.Column('recipient', sa.String(length=254), nullable=True),
    sa.Column('detail', sa.Text(), nullable=True),
    sa.Column('found_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("kind IN ('permanent','temporary','auto_reply','unknown')", name=op.f('ck_bounce_kind')),
    sa.ForeignKeyConstraint(['message_ref'], ['message.id'], name=op.f('fk_bounce_message_ref'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_bounce')),
    sa.UniqueConstraint('mail_key', name=op.f('uq_bounce_mail_key'))
    )
    with op.batch_alter_table('bounce', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_bounce_message_ref'), ['message_ref'], unique=False)

    op.create_table('letter_file',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('event_id', sa.Integer(), nullable=False),
    sa.Column('invitation_id', sa.Integer(), nullable=True),
    sa.Column('kind', sa.String(length=20), nullable=False),
    sa.Column('covers', sa.String(length=10), nullable=False),
    sa.Column('filename', sa.String(length=200), nullable=False),
    sa.Column('media_type', sa.String(length=60), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('content', sa.LargeBinary(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('created_by', sa.String(length=200), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("kind IN ('signed_scan','digitally_signed')", name=op.f('ck_letter_file_kind')),
    sa.CheckConstraint("covers IN ('one','all','nobody')", name=op.f('ck_letter_file_covers')),
    sa.ForeignKeyConstraint(['event_id'], ['event.id'], name=op.f('fk_letter_file_event_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['invitation_id'], ['invitation.id'], name=op.f('fk_letter_file_invitation_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_letter_file'))
    )
    with op.batch_alter_table('letter_file', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_letter_file_event_id'), ['event_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_letter_file_invitation_id'), ['invitation_id'], unique=False)

    op.add_column('event', sa.Column('delivery', sa.JSON(), nullable=False, server_default='{}'))

    with op.batch_alter_table('invitation', schema=None) as batch_op:
        batch_op.drop_constraint(op.f('ck_invitation_state'), type_='check')
        batch_op.create_check_constraint(op.f('ck_invitation_state'), "state IN ('draft','submitted','approved','ready','queued','sent','failed','bounced','void')")
        batch_op.add_column(sa.Column('template_id', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('approval_id', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('calendar_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('answer', sa.String(length=10), nullable=True))
        batch_op.add_column(sa.Column('answer_reason', sa.Text(), nullable=True))
        batch_op.add_column(sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('told_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('told_by', sa.String(length=200), nullable=True))
        batch_op.add_column(sa.Column('told_note', sa.Text(), nullable=True))
        batch_op.add_column(sa.Column('printed_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.create_check_constraint(
            op.f('ck_invitation_answer'), "answer IS NULL OR answer IN ('yes','other','no')"
        )
        batch_op.create_index(batch_op.f('ix_invitation_approval_id'), ['approval_id'], unique=False)
        batch_op.create_foreign_key(batch_op.f('fk_invitation_approval_id'), 'approval', ['approval_id'], ['id'])
        batch_op.create_foreign_key(batch_op.f('fk_invitation_template_id'), 'letter_template', ['template_id'], ['id'])

    with op.batch_alter_table('message', schema=None) as batch_op:
        batch_op.add_column(sa.Column('batch_id', sa.Integer(), nullable=True))
        batch_op.create_index('ix_message_batch_id_state_next_at', ['batch_id', 'state', 'next_at'], unique=False)
        batch_op.create_index('ix_message_claimed_at', ['claimed_at'], unique=False)
        batch_op.create_foreign_key(batch_op.f('fk_message_batch_id'), 'mail_batch', ['batch_id'], ['id'])

    with op.batch_alter_table('participation', schema=None) as batch_op:
        batch_op.alter_column('unit_id',
               existing_type=sa.INTEGER(),
               nullable=True)



GUESTS = "SELECT id FROM participation WHERE unit_id IS NULL"
ENTRIES = f"SELECT id FROM registration WHERE participation_id IN ({GUESTS})"


def downgrade():
    # Guests without a unit, and what an older program does not know, cannot stay.
    for table in ('presence', 'scan', 'invitation', 'change_request', 'signed_form'):
        op.execute(f"DELETE FROM {table} WHERE registration_id IN ({ENTRIES})")
    op.execute(f"DELETE FROM registration WHERE participation_id IN ({GUESTS})")
    op.execute(f"DELETE FROM link_device WHERE participation_id IN ({GUESTS})")
    op.execute("DELETE FROM participation WHERE unit_id IS NULL")
    op.execute("UPDATE invitation SET state = 'draft' WHERE state = 'submitted'")
    op.execute("UPDATE invitation SET state = 'approved' WHERE state = 'ready'")
    with op.batch_alter_table('participation', schema=None) as batch_op:
        batch_op.alter_column('unit_id',
               existing_type=sa.INTEGER(),
               nullable=False)

    with op.batch_alter_table('message', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_message_batch_id'), type_='foreignkey')
        batch_op.drop_index('ix_message_claimed_at')
        batch_op.drop_index('ix_message_batch_id_state_next_at')
        batch_op.drop_column('batch_id')

    with op.batch_alter_table('invitation', schema=None) as batch_op:
        batch_op.drop_constraint(op.f('ck_invitation_answer'), type_='check')
        batch_op.drop_constraint(op.f('ck_invitation_state'), type_='check')
        batch_op.create_check_constraint(op.f('ck_invitation_state'), "state IN ('draft','approved','queued','sent','failed','bounced','void')")
        batch_op.drop_constraint(batch_op.f('fk_invitation_template_id'), type_='foreignkey')
        batch_op.drop_constraint(batch_op.f('fk_invitation_approval_id'), type_='foreignkey')
        batch_op.drop_index(batch_op.f('ix_invitation_approval_id'))
        batch_op.drop_column('printed_at')
        batch_op.drop_column('told_note')
        batch_op.drop_column('told_by')
        batch_op.drop_column('told_at')
        batch_op.drop_column('answered_at')
        batch_op.drop_column('answer_reason')
        batch_op.drop_column('answer')
        batch_op.drop_column('calendar_at')
        batch_op.drop_column('approval_id')
        batch_op.drop_column('template_id')

    op.drop_column('event', 'delivery')

    with op.batch_alter_table('letter_file', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_letter_file_invitation_id'))
        batch_op.drop_index(batch_op.f('ix_letter_file_event_id'))

    op.drop_table('letter_file')
    with op.batch_alter_table('bounce', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_bounce_message_ref'))

    op.drop_table('bounce')
    op.drop_table('reminder')
    op.drop_table('letter_template')
    with op.batch_alter_table('approval', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_approval_event_id'))

    op.drop_table('approval')
    with op.batch_alter_table('mail_batch', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_mail_batch_event_id'))

    op.drop_table('mail_batch')
