"""The resident's minute: me too, publishing, questions, duty, photos of staff, data requests."""

import sqlalchemy as sa
from alembic import op

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def _index_what_is_given(table: str, column: str) -> None:
    given = sa.text(f'{column} IS NOT NULL')
    op.create_index(f'ix_{table}_{column}', table, [column], sqlite_where=given, postgresql_where=given)


def upgrade() -> None:
    op.create_table('duty_shift',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('sub_district_id', sa.Integer(), nullable=False),
    sa.Column('staff_id', sa.Integer(), nullable=False),
    sa.Column('weekday', sa.SmallInteger(), nullable=False),
    sa.Column('starts', sa.SmallInteger(), nullable=False),
    sa.Column('ends', sa.SmallInteger(), nullable=False),
    sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_duty_shift_staff_id')),
    sa.ForeignKeyConstraint(['sub_district_id'], ['sub_district.id'], name=op.f('fk_duty_shift_sub_district_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_duty_shift'))
    )
    with op.batch_alter_table('duty_shift', schema=None) as batch_op:
        batch_op.create_index('ix_duty_shift_when', ['sub_district_id', 'weekday'], unique=False)

    op.create_table('data_request',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('sub_district_id', sa.Integer(), nullable=False),
    sa.Column('report_id', sa.Integer(), nullable=False),
    sa.Column('submission_key', sa.String(length=36), nullable=False),
    sa.Column('kind', sa.String(length=8), nullable=False),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('settled_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('settled_by', sa.Integer(), nullable=True),
    sa.Column('outcome', sa.String(length=8), nullable=True),
    sa.Column('told', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['report_id'], ['report.id'], name=op.f('fk_data_request_report_id')),
    sa.ForeignKeyConstraint(['settled_by'], ['staff.id'], name=op.f('fk_data_request_settled_by')),
    sa.ForeignKeyConstraint(['sub_district_id'], ['sub_district.id'], name=op.f('fk_data_request_sub_district_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_data_request')),
    sa.UniqueConstraint('submission_key', name=op.f('uq_data_request_submission_key'))
    )
    with op.batch_alter_table('data_request', schema=None) as batch_op:
        batch_op.create_index('ix_data_request_open', ['sub_district_id', 'settled_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_data_request_report_id'), ['report_id'], unique=False)

    op.create_table('support',
    sa.Column('report_id', sa.Integer(), nullable=False),
    sa.Column('case_id', sa.Integer(), nullable=False),
    sa.Column('doorway_id', sa.Integer(), nullable=False),
    sa.Column('network_day', sa.String(length=64), nullable=False),
    sa.Column('is_counted', sa.Boolean(), nullable=False),
    sa.Column('joined_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('undone_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['case_id'], ['case_file.id'], name=op.f('fk_support_case_id')),
    sa.ForeignKeyConstraint(['doorway_id'], ['doorway.id'], name=op.f('fk_support_doorway_id')),
    sa.ForeignKeyConstraint(['report_id'], ['report.id'], name=op.f('fk_support_report_id')),
    sa.PrimaryKeyConstraint('report_id', name=op.f('pk_support'))
    )
    with op.batch_alter_table('support', schema=None) as batch_op:
        batch_op.create_index('ix_support_network', ['case_id', 'network_day'], unique=False)

    with op.batch_alter_table('addition', schema=None) as batch_op:
        batch_op.add_column(sa.Column('answers_id', sa.Integer(), nullable=True))
        batch_op.create_foreign_key(batch_op.f('fk_addition_answers_id'), 'case_event', ['answers_id'], ['id'])

    with op.batch_alter_table('case_file', schema=None) as batch_op:
        batch_op.add_column(sa.Column('published_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('urgency', sa.String(length=12), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('step', sa.SmallInteger(), nullable=False, server_default='3'))
        batch_op.add_column(sa.Column('homes', sa.Integer(), nullable=False, server_default='0'))
        batch_op.add_column(sa.Column('waiting_since', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('merged_into_id', sa.Integer(), nullable=True))
        batch_op.create_foreign_key(batch_op.f('fk_case_file_merged_into_id'), 'case_file', ['merged_into_id'], ['id'])

    with op.batch_alter_table('photo', schema=None) as batch_op:
        batch_op.add_column(sa.Column('case_id', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('staff_id', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('is_cleared', sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.alter_column('report_id',
               existing_type=sa.INTEGER(),
               nullable=True)
        batch_op.create_foreign_key(batch_op.f('fk_photo_staff_id'), 'staff', ['staff_id'], ['id'])
        batch_op.create_foreign_key(batch_op.f('fk_photo_case_id'), 'case_file', ['case_id'], ['id'])
        batch_op.create_check_constraint(batch_op.f('ck_photo_of_one'), '(report_id IS NULL) <> (case_id IS NULL)')

    with op.batch_alter_table('report', schema=None) as batch_op:
        batch_op.add_column(sa.Column('contact_forgotten_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.drop_index(batch_op.f('ix_report_doorway_id'))

    _index_what_is_given('case_file', 'merged_into_id')
    _index_what_is_given('photo', 'case_id')
    op.drop_index('ix_report_phone_index', 'report')
    _index_what_is_given('report', 'phone_index')
    op.execute("UPDATE case_file SET step = 1 WHERE due_first")

    with op.batch_alter_table('staff', schema=None) as batch_op:
        batch_op.add_column(sa.Column('supervisor_id', sa.Integer(), nullable=True))
        batch_op.create_foreign_key(batch_op.f('fk_staff_supervisor_id'), 'staff', ['supervisor_id'], ['id'])

    with op.batch_alter_table('sub_district', schema=None) as batch_op:
        batch_op.add_column(sa.Column('lift_at_homes', sa.Integer(), nullable=False, server_default='3'))
        batch_op.add_column(sa.Column('contact_days', sa.Integer(), nullable=False, server_default='90'))



def downgrade() -> None:
    op.drop_index('ix_case_file_merged_into_id', 'case_file')
    op.drop_index('ix_photo_case_id', 'photo')
    op.drop_index('ix_report_phone_index', 'report')
    op.create_index('ix_report_phone_index', 'report', ['phone_index'])
    with op.batch_alter_table('sub_district', schema=None) as batch_op:
        batch_op.drop_column('contact_days')
        batch_op.drop_column('lift_at_homes')

    with op.batch_alter_table('staff', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_staff_supervisor_id'), type_='foreignkey')
        batch_op.drop_column('supervisor_id')

    with op.batch_alter_table('report', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_report_doorway_id'), ['doorway_id'], unique=False)
        batch_op.drop_column('contact_forgotten_at')

    op.execute('DELETE FROM photo WHERE report_id IS NULL')
    with op.batch_alter_table('photo', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('ck_photo_of_one'), type_='check')
        batch_op.drop_constraint(batch_op.f('fk_photo_case_id'), type_='foreignkey')
        batch_op.drop_constraint(batch_op.f('fk_photo_staff_id'), type_='foreignkey')
        batch_op.alter_column('report_id',
               existing_type=sa.INTEGER(),
               nullable=False)
        batch_op.drop_column('is_cleared')
        batch_op.drop_column('staff_id')
        batch_op.drop_column('case_id')

    with op.batch_alter_table('case_file', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_case_file_merged_into_id'), type_='foreignkey')
        batch_op.drop_column('merged_into_id')
        batch_op.drop_column('waiting_since')
        batch_op.drop_column('homes')
        batch_op.drop_column('step')
        batch_op.drop_column('urgency')
        batch_op.drop_column('published_at')

    with op.batch_alter_table('addition', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_addition_answers_id'), type_='foreignkey')
        batch_op.drop_column('answers_id')

    with op.batch_alter_table('support', schema=None) as batch_op:
        batch_op.drop_index('ix_support_network')

    op.drop_table('support')
    with op.batch_alter_table('data_request', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_data_request_report_id'))
        batch_op.drop_index('ix_data_request_open')

    op.drop_table('data_request')
    with op.batch_alter_table('duty_shift', schema=None) as batch_op:
        batch_op.drop_index('ix_duty_shift_when')

    op.drop_table('duty_shift')
