"""Who may change what every sub-district of an installation shares; until now every administrator did."""

import sqlalchemy as sa
from alembic import op

revision = '0016'
down_revision = '0015'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('staff', schema=None) as batch_op:
        batch_op.add_column(sa.Column('keeps_shared', sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute(
        "UPDATE staff SET keeps_shared = true WHERE role = 'admin' AND (SELECT count(*) FROM sub_district) = 1"
    )
    with op.batch_alter_table('staff', schema=None) as batch_op:
        batch_op.alter_column('keeps_shared', server_default=None)


def downgrade() -> None:
    with op.batch_alter_table('staff', schema=None) as batch_op:
        batch_op.drop_column('keeps_shared')
