"""A long ledger is kept until the worker has read it, and says how far it is; what the hotline's own follow-up
heard stands beside the report."""

import sqlalchemy as sa
from alembic import op

revision = '0014'
down_revision = '0013'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('ledger_import', schema=None) as batch_op:
        batch_op.add_column(sa.Column('state', sa.String(length=10), nullable=False, server_default='ready'))
        batch_op.add_column(sa.Column('broken', sa.String(length=200), nullable=False, server_default=''))
        batch_op.add_column(sa.Column('read_to', sa.Integer(), nullable=False, server_default='0'))
        batch_op.add_column(sa.Column('taker_id', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('taken_to', sa.Integer(), nullable=False, server_default='0'))
        batch_op.create_foreign_key(batch_op.f('fk_ledger_import_taker_id'), 'staff', ['taker_id'], ['id'])

    op.create_table('ledger_file',
    sa.Column('ledger_import_id', sa.Integer(), nullable=False),
    sa.Column('suffix', sa.String(length=5), nullable=False),
    sa.Column('sealed', sa.LargeBinary(), nullable=False),
    sa.ForeignKeyConstraint(['ledger_import_id'], ['ledger_import.id'], name=op.f('fk_ledger_file_ledger_import_id')),
    sa.PrimaryKeyConstraint('ledger_import_id', name=op.f('pk_ledger_file'))
    )

    op.create_table('hotline_follow_up',
    sa.Column('report_id', sa.Integer(), nullable=False),
    sa.Column('contacted', sa.Boolean(), nullable=True),
    sa.Column('solved', sa.Boolean(), nullable=True),
    sa.Column('satisfaction', sa.String(length=20), nullable=True),
    sa.Column('read_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['report_id'], ['report.id'], name=op.f('fk_hotline_follow_up_report_id')),
    sa.PrimaryKeyConstraint('report_id', name=op.f('pk_hotline_follow_up'))
    )


def downgrade() -> None:
    op.drop_table('hotline_follow_up')
    op.drop_table('ledger_file')
    with op.batch_alter_table('ledger_import', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('fk_ledger_import_taker_id'), type_='foreignkey')
        batch_op.drop_column('taken_to')
        batch_op.drop_column('taker_id')
        batch_op.drop_column('read_to')
        batch_op.drop_column('broken')
        batch_op.drop_column('state')
