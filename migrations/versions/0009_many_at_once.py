"""What was done to many cases at once, so that it can be taken back."""

import sqlalchemy as sa
from alembic import op

revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('bulk_act',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('sub_district_id', sa.Integer(), nullable=False),
    sa.Column('staff_id', sa.Integer(), nullable=False),
    sa.Column('act', sa.String(length=12), nullable=False),
    sa.Column('handler_id', sa.Integer(), nullable=True),
    sa.Column('done_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('undone_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('undone_by', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['handler_id'], ['staff.id'], name=op.f('fk_bulk_act_handler_id')),
    sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_bulk_act_staff_id')),
    sa.ForeignKeyConstraint(['sub_district_id'], ['sub_district.id'], name=op.f('fk_bulk_act_sub_district_id')),
    sa.ForeignKeyConstraint(['undone_by'], ['staff.id'], name=op.f('fk_bulk_act_undone_by')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_bulk_act'))
    )
    with op.batch_alter_table('bulk_act', schema=None) as batch_op:
        batch_op.create_index('ix_bulk_act_recent', ['staff_id', 'id'], unique=False)

    op.create_table('bulk_line',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('bulk_act_id', sa.Integer(), nullable=False),
    sa.Column('case_id', sa.Integer(), nullable=False),
    sa.Column('version_after', sa.Integer(), nullable=False),
    sa.Column('before', sa.JSON(), nullable=False),
    sa.Column('undone_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['bulk_act_id'], ['bulk_act.id'], name=op.f('fk_bulk_line_bulk_act_id')),
    sa.ForeignKeyConstraint(['case_id'], ['case_file.id'], name=op.f('fk_bulk_line_case_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_bulk_line')),
    sa.UniqueConstraint('bulk_act_id', 'case_id', name=op.f('uq_bulk_line_bulk_act_id_case_id'))
    )
    with op.batch_alter_table('bulk_line', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_bulk_line_case_id'), ['case_id'], unique=False)


def downgrade() -> None:
    with op.batch_alter_table('bulk_line', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_bulk_line_case_id'))

    op.drop_table('bulk_line')
    with op.batch_alter_table('bulk_act', schema=None) as batch_op:
        batch_op.drop_index('ix_bulk_act_recent')

    op.drop_table('bulk_act')
