"""What a community may lead, and under which published class a leaf is counted."""

import sqlalchemy as sa
from alembic import op

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table('category', schema=None) as batch_op:
        batch_op.add_column(sa.Column('community_may_lead', sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column('frame', sa.String(length=6), nullable=False, server_default=''))
    op.execute("UPDATE category SET community_may_lead = true WHERE lead_unit = '社区居委会'")


def downgrade() -> None:
    with op.batch_alter_table('category', schema=None) as batch_op:
        batch_op.drop_column('frame')
        batch_op.drop_column('community_may_lead')
