"""Which units a case was given to, and what became of it there."""

import sqlalchemy as sa
from alembic import op

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None

ONE_LEAD = sa.text("part = 'lead' AND ended_at IS NULL")


def upgrade() -> None:
    op.create_table('case_unit',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('case_id', sa.Integer(), nullable=False),
    sa.Column('unit_id', sa.Integer(), nullable=False),
    sa.Column('part', sa.String(length=10), nullable=False),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('asked_by', sa.Integer(), nullable=True),
    sa.Column('asked', sa.Text(), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('answer', sa.Text(), nullable=False),
    sa.Column('proposed', sa.Text(), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('outcome', sa.String(length=8), nullable=True),
    sa.ForeignKeyConstraint(['asked_by'], ['staff.id'], name=op.f('fk_case_unit_asked_by')),
    sa.ForeignKeyConstraint(['case_id'], ['case_file.id'], name=op.f('fk_case_unit_case_id')),
    sa.ForeignKeyConstraint(['unit_id'], ['unit.id'], name=op.f('fk_case_unit_unit_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_case_unit'))
    )
    op.create_index(op.f('ix_case_unit_case_id'), 'case_unit', ['case_id'])
    op.create_index('ix_case_unit_unit_id_ended_at', 'case_unit', ['unit_id', 'ended_at'])
    op.create_index('uq_case_unit_lead', 'case_unit', ['case_id'], unique=True,
                    sqlite_where=ONE_LEAD, postgresql_where=ONE_LEAD)


def downgrade() -> None:
    op.drop_table('case_unit')
