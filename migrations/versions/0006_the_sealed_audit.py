"""The audit log: whose it is, and the seals over it. Its triggers are put up by env.py."""

import sqlalchemy as sa
from alembic import op

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None

OF_WHOM = """UPDATE audit_entry SET sub_district_id = (SELECT sub_district_id FROM staff WHERE staff.id = audit_entry.staff_id)
WHERE staff_id IS NOT NULL"""
OF_WHAT = (
    ('staff', 'SELECT sub_district_id FROM staff WHERE CAST(staff.id AS VARCHAR) = audit_entry.object_id'),
    ('case', 'SELECT sub_district_id FROM case_file WHERE case_file.number = audit_entry.object_id'),
    ('sub_district', 'SELECT id FROM sub_district WHERE sub_district.code = audit_entry.object_id'),
)


def upgrade() -> None:
    op.create_table('audit_seal',
    sa.Column('number', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('first_id', sa.Integer(), nullable=False),
    sa.Column('last_id', sa.Integer(), nullable=False),
    sa.Column('count', sa.Integer(), nullable=False),
    sa.Column('key_id', sa.String(length=16), nullable=False),
    sa.Column('mac', sa.String(length=64), nullable=False),
    sa.Column('marks', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('number', name=op.f('pk_audit_seal'))
    )
    op.create_index('ix_audit_seal_at', 'audit_seal', ['at', 'number'])
    op.add_column('audit_entry', sa.Column('sub_district_id', sa.Integer(), nullable=True))
    op.execute(OF_WHOM)
    for kind, query in OF_WHAT:
        op.execute(f"UPDATE audit_entry SET sub_district_id = ({query}) WHERE sub_district_id IS NULL AND object_kind = '{kind}'")
    op.create_index('ix_audit_entry_place', 'audit_entry', ['sub_district_id', 'id'])
    op.create_index('ix_audit_entry_when', 'audit_entry', ['sub_district_id', 'at'])
    op.create_index('ix_audit_entry_who', 'audit_entry', ['sub_district_id', 'staff_id', 'id'])
    op.create_index('ix_audit_entry_act', 'audit_entry', ['sub_district_id', 'act', 'id'])
    op.create_index('ix_audit_entry_what', 'audit_entry', ['sub_district_id', 'object_id', 'id'])


def downgrade() -> None:
    for name in ('place', 'when', 'who', 'act', 'what'):
        op.drop_index(f'ix_audit_entry_{name}', 'audit_entry')
    with op.batch_alter_table('audit_entry', schema=None) as batch_op:
        batch_op.drop_column('sub_district_id')
    op.drop_table('audit_seal')
