"""Reads a database's tables, functions, triggers and the like from its catalogue, by kind and name.

PostgreSQL keeps an expression as it was parsed. One that went through a dump has its casts written
otherwise, so both sides are compared after `retell`.
"""

from tests.upgrade.databases import Database

_NOT_AN_EXTENSIONS = (
    "NOT EXISTS (SELECT 1 FROM pg_depend WHERE pg_depend.objid = {}.oid AND deptype = 'e')"
)
_KINDS = {
    "functions": f"""
        SELECT proc.oid::regprocedure::text, pg_get_functiondef(proc.oid)
          FROM pg_proc AS proc WHERE proc.pronamespace = 'public'::regnamespace
           AND proc.prokind = 'f' AND {_NOT_AN_EXTENSIONS.format("proc")}""",
    "triggers": """
        SELECT tgrelid::regclass || ' ' || tgname, concat_ws(' ', pg_get_triggerdef(oid),
               tgenabled, obj_description(oid, 'pg_trigger'))
          FROM pg_trigger WHERE NOT tgisinternal""",
    "constraints": """
        SELECT conrelid::regclass || ' ' || conname,
               pg_get_constraintdef(oid) || CASE WHEN convalidated THEN '' ELSE ' not valid' END
          FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND conrelid <> 0""",
    "indexes": "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'",
    "columns": """
        SELECT rel.oid::regclass || ' ' || col.attname,
               concat_ws(' ', format_type(col.atttypid, col.atttypmod), col.attnotnull,
                         col.attidentity, pg_get_expr(def.adbin, def.adrelid))
          FROM pg_attribute AS col JOIN pg_class AS rel ON rel.oid = col.attrelid
          LEFT JOIN pg_attrdef AS def ON def.adrelid = col.attrelid AND def.adnum = col.attnum
         WHERE rel.relnamespace = 'public'::regnamespace AND rel.relkind IN ('r', 'v', 'm', 'c')
           AND col.attnum > 0 AND NOT col.attisdropped""",
    "relations": f"""
        SELECT rel.oid::regclass::text, concat_ws(' ', rel.relkind, rel.relpersistence,
               rel.reloptions::text, rel.relrowsecurity) FROM pg_class AS rel
         WHERE rel.relnamespace = 'public'::regnamespace AND {_NOT_AN_EXTENSIONS.format("rel")}""",
    "views": "SELECT viewname, definition FROM pg_views WHERE schemaname = 'public'",
    "types": f"""
        SELECT typ.typname, concat_ws(' ', typ.typtype, (
               SELECT string_agg(enumlabel, ',' ORDER BY enumsortorder) FROM pg_enum
                WHERE enumtypid = typ.oid)) FROM pg_type AS typ
         WHERE typ.typnamespace = 'public'::regnamespace AND {_NOT_AN_EXTENSIONS.format("typ")}""",
    "extensions": "SELECT extname, extversion FROM pg_extension",
}
KINDS = tuple(_KINDS)

_RETELL = """
DO $$
DECLARE
    v_row record;
BEGIN
    FOR v_row IN SELECT conrelid::regclass AS relation, conname, pg_get_constraintdef(oid) AS told
                   FROM pg_constraint WHERE contype = 'c' AND conrelid <> 0
                    AND connamespace = 'public'::regnamespace LOOP
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I, ADD CONSTRAINT %I %s',
                       v_row.relation, v_row.conname, v_row.conname, v_row.told);
    END LOOP;
    FOR v_row IN SELECT tgrelid::regclass AS relation, tgname, pg_get_triggerdef(oid) AS told,
                        tgenabled, obj_description(oid, 'pg_trigger') AS said
                   FROM pg_trigger WHERE NOT tgisinternal LOOP
        EXECUTE format('DROP TRIGGER %I ON %s', v_row.tgname, v_row.relation);
        EXECUTE v_row.told;
        EXECUTE format('COMMENT ON TRIGGER %I ON %s IS %L', v_row.tgname, v_row.relation,
                       v_row.said);
        IF v_row.tgenabled <> 'O' THEN
            EXECUTE format('ALTER TABLE %s DISABLE TRIGGER %I', v_row.relation, v_row.tgname);
        END IF;
    END LOOP;
END $$
"""


def retell(database: Database) -> None:
    """Write every check and trigger again, in the catalogue's own words, as a restore does."""
    database.run(_RETELL)


def read_schema(database: Database, kind: str) -> dict[str, str]:
    """Return everything of a kind by its name, in the words of the catalogue."""
    return dict(database.rows(_KINDS[kind]))
