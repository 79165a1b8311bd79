"""Who wrote a report down, and from which order of 12345; stand-in doorways; ledgers of 12345 being looked through."""

import sqlalchemy as sa
from alembic import op

revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None


def _index_what_is_given(table: str, column: str) -> None:
    given = sa.text(f'{column} IS NOT NULL')
    op.create_index(f'ix_{table}_{column}', table, [column], sqlite_where=given, postgresql_where=given)


def upgrade() -> None:
    with op.batch_alter_table('report', schema=None) as batch_op:
        batch_op.add_column(sa.Column('keyed_by_id', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('order_number', sa.String(length=40), nullable=True))
        batch_op.create_foreign_key(batch_op.f('fk_report_keyed_by_id'), 'staff', ['keyed_by_id'], ['id'])
        batch_op.create_index('ix_report_received_at', ['received_at'], unique=False)
    _index_what_is_given('report', 'keyed_by_id')
    _index_what_is_given('report', 'order_number')

    with op.batch_alter_table('doorway', schema=None) as batch_op:
        batch_op.add_column(sa.Column('stands_in', sa.Boolean(), nullable=False, server_default=sa.false()))

    op.create_table('ledger_import',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('sub_district_id', sa.Integer(), nullable=False),
    sa.Column('staff_id', sa.Integer(), nullable=False),
    sa.Column('file_name', sa.String(length=120), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('finished', sa.Integer(), nullable=False),
    sa.Column('lines', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_ledger_import_staff_id')),
    sa.ForeignKeyConstraint(['sub_district_id'], ['sub_district.id'], name=op.f('fk_ledger_import_sub_district_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ledger_import'))
    )
    with op.batch_alter_table('ledger_import', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_ledger_import_sub_district_id'), ['sub_district_id'], unique=False)

    op.create_table('ledger_line',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('ledger_import_id', sa.Integer(), nullable=False),
    sa.Column('line', sa.Integer(), nullable=False),
    sa.Column('order_number', sa.String(length=40), nullable=False),
    sa.Column('sealed', sa.LargeBinary(), nullable=True),
    sa.Column('phone_index', sa.String(length=64), nullable=True),
    sa.Column('place', sa.String(length=10), nullable=False),
    sa.Column('category', sa.String(length=12), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('same', sa.String(length=12), nullable=False),
    sa.Column('outcome', sa.String(length=10), nullable=False),
    sa.Column('faults', sa.JSON(), nullable=False),
    sa.Column('case_number', sa.String(length=12), nullable=False),
    sa.ForeignKeyConstraint(['ledger_import_id'], ['ledger_import.id'], name=op.f('fk_ledger_line_ledger_import_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_ledger_line')),
    sa.UniqueConstraint('ledger_import_id', 'line', name=op.f('uq_ledger_line_ledger_import_id_line'))
    )


def downgrade() -> None:
    op.drop_table('ledger_line')
    with op.batch_alter_table('ledger_import', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_ledger_import_sub_district_id'))
    op.drop_table('ledger_import')
    with op.batch_alter_table('doorway', schema=None) as batch_op:
        batch_op.drop_column('stands_in')
    op.drop_index('ix_report_order_number', 'report')
    op.drop_index('ix_report_keyed_by_id', 'report')
    with op.batch_alter_table('report', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_report_keyed_by_id'), type_='foreignkey')
        batch_op.drop_index('ix_report_received_at')
        batch_op.drop_column('order_number')
        batch_op.drop_column('keyed_by_id')
