"""The queue: counts that are kept, an index of words, saved filters, and its orders as indexes."""

import sqlalchemy as sa
from alembic import op

revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None

GIVEN = ('category_id', 'handler_id')


def upgrade() -> None:
    op.create_table('case_touched',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('case_id', sa.Integer(), nullable=False),
    sa.Column('sub_district_id', sa.Integer(), nullable=False),
    sa.Column('community_id', sa.Integer(), nullable=False),
    sa.Column('from_state', sa.String(length=12), nullable=True),
    sa.Column('to_state', sa.String(length=12), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_case_touched'))
    )
    op.create_index('ix_case_touched_where', 'case_touched', ['sub_district_id'])
    op.create_table('case_count',
    sa.Column('sub_district_id', sa.Integer(), nullable=False),
    sa.Column('community_id', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=12), nullable=False),
    sa.Column('cases', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['community_id'], ['community.id'], name=op.f('fk_case_count_community_id')),
    sa.ForeignKeyConstraint(['sub_district_id'], ['sub_district.id'], name=op.f('fk_case_count_sub_district_id')),
    sa.PrimaryKeyConstraint('sub_district_id', 'community_id', 'state', name=op.f('pk_case_count'))
    )
    op.create_table('case_words',
    sa.Column('case_id', sa.Integer(), nullable=False),
    sa.Column('words', sa.Text(), nullable=False),
    sa.Column('marks', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['case_file.id'], name=op.f('fk_case_words_case_id')),
    sa.PrimaryKeyConstraint('case_id', name=op.f('pk_case_words'))
    )
    op.create_table('saved_filter',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('sub_district_id', sa.Integer(), nullable=False),
    sa.Column('staff_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=40), nullable=False),
    sa.Column('query', sa.String(length=1000), nullable=False),
    sa.Column('is_shared', sa.Boolean(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['staff_id'], ['staff.id'], name=op.f('fk_saved_filter_staff_id')),
    sa.ForeignKeyConstraint(['sub_district_id'], ['sub_district.id'], name=op.f('fk_saved_filter_sub_district_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_saved_filter')),
    sa.UniqueConstraint('staff_id', 'name', name=op.f('uq_saved_filter_staff_id_name'))
    )
    op.create_index('ix_saved_filter_place', 'saved_filter', ['sub_district_id'])
    op.drop_index('ix_case_file_queue', 'case_file')
    op.create_index('ix_case_file_queue', 'case_file', ['sub_district_id', 'state', 'step', 'internal_due_at', 'id'])
    op.create_index('ix_case_file_community', 'case_file', ['community_id', 'state', 'step', 'internal_due_at', 'id'])
    op.create_index('ix_case_file_newest', 'case_file', ['sub_district_id', 'received_at', 'id'])
    for column in GIVEN:
        given = sa.text(f'{column} IS NOT NULL')
        op.create_index(f'ix_case_file_{column}', 'case_file', [column], sqlite_where=given, postgresql_where=given)
    if op.get_bind().dialect.name == 'sqlite':
        op.execute("CREATE VIRTUAL TABLE case_search USING fts5(grams, marks, content='', tokenize='ascii')")
    else:
        # with what it really costs to take a row's marks apart, so that they are looked up and not read one by one
        op.execute(
            "CREATE FUNCTION case_marks(marks text) RETURNS text[] LANGUAGE plpgsql IMMUTABLE STRICT COST 1000 "
            "AS $$ BEGIN RETURN string_to_array(marks, ' '); END $$"
        )
        op.execute('CREATE INDEX ix_case_words_marks ON case_words USING gin (case_marks(marks))')
    op.execute(
        'INSERT INTO case_count (sub_district_id, community_id, state, cases) '
        'SELECT sub_district_id, community_id, state, count(*) FROM case_file GROUP BY sub_district_id, community_id, state'
    )
    # the worker reads the words of what is there already
    op.execute(
        'INSERT INTO case_touched (case_id, sub_district_id, community_id) '
        'SELECT id, sub_district_id, community_id FROM case_file ORDER BY id'
    )


def downgrade() -> None:
    if op.get_bind().dialect.name == 'sqlite':
        op.execute('DROP TABLE case_search')
    else:
        op.execute('DROP INDEX ix_case_words_marks')
        op.execute('DROP FUNCTION case_marks')
    for column in GIVEN:
        op.drop_index(f'ix_case_file_{column}', 'case_file')
    op.drop_index('ix_case_file_newest', 'case_file')
    op.drop_index('ix_case_file_community', 'case_file')
    op.drop_index('ix_case_file_queue', 'case_file')
    op.create_index('ix_case_file_queue', 'case_file', ['sub_district_id', 'state', 'id'])
    for table in ('saved_filter', 'case_words', 'case_count', 'case_touched'):
        op.drop_table(table)
