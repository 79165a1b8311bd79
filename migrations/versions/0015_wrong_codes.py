"""Wrong codes of the second step are counted for a day, in whichever process they were tried."""

import sqlalchemy as sa
from alembic import op

revision = '0015'
down_revision = '0014'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('staff', schema=None) as batch_op:
        batch_op.add_column(sa.Column('code_misses', sa.Integer(), nullable=False, server_default='0'))
        batch_op.add_column(sa.Column('code_misses_since', sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table('staff', schema=None) as batch_op:
        batch_op.alter_column('code_misses', server_default=None)


def downgrade() -> None:
    with op.batch_alter_table('staff', schema=None) as batch_op:
        batch_op.drop_column('code_misses_since')
        batch_op.drop_column('code_misses')
