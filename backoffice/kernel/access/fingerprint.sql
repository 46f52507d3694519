-- One line for each thing that the rights of this database are made of, with a digest of all that is said of it.
WITH ours AS (
    SELECT c.oid, c.relname, c.relkind, c.relrowsecurity, c.relforcerowsecurity, c.relowner, c.relacl
    FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'S')
), functions AS (
    SELECT p.oid, p.oid::regprocedure::text AS name, p.proowner, p.proacl, p.pronamespace
    FROM pg_proc p
    WHERE p.pronamespace = 'public'::regnamespace
       OR p.pronamespace = 'pg_catalog'::regnamespace AND p.proname ~ '^(lo_|pg_.*advisory)'
), told AS (
    SELECT 'table ' || relname AS thing,
           concat_ws(' ', relrowsecurity, relforcerowsecurity, pg_get_userbyid(relowner)) AS text
    FROM ours WHERE relkind <> 'S'
    UNION ALL
    SELECT 'policies ' || o.relname, string_agg(concat_ws(' ',
        p.polname, p.polcmd, p.polpermissive,
        (SELECT string_agg(pg_get_userbyid(r), ',' ORDER BY pg_get_userbyid(r)) FROM unnest(p.polroles) r),
        pg_get_expr(p.polqual, p.polrelid), '/', pg_get_expr(p.polwithcheck, p.polrelid)
    ), ';' ORDER BY p.polname)
    FROM ours o JOIN pg_policy p ON p.polrelid = o.oid GROUP BY o.relname
    UNION ALL
    SELECT 'triggers ' || o.relname,
           string_agg(concat_ws(' ', t.tgenabled, pg_get_triggerdef(t.oid)), ';' ORDER BY t.tgname)
    FROM ours o JOIN pg_trigger t ON t.tgrelid = o.oid WHERE NOT t.tgisinternal GROUP BY o.relname
    UNION ALL
    SELECT 'constraints ' || o.relname,
           string_agg(concat_ws(' ', c.conname, c.convalidated, pg_get_constraintdef(c.oid)), ';' ORDER BY c.conname)
    FROM ours o JOIN pg_constraint c ON c.conrelid = o.oid GROUP BY o.relname
    UNION ALL
    SELECT 'rights ' || o.relname, string_agg(
        concat_ws(' ', pg_get_userbyid(a.grantee), a.privilege_type, a.is_grantable),
        ';' ORDER BY a.grantee::regrole::text, a.privilege_type)
    FROM ours o CROSS JOIN aclexplode(o.relacl) a GROUP BY o.relname
    UNION ALL
    SELECT 'columns ' || o.relname, string_agg(
        concat_ws(' ', c.attname, pg_get_userbyid(a.grantee), a.privilege_type, a.is_grantable),
        ';' ORDER BY c.attname, a.grantee::regrole::text, a.privilege_type)
    FROM ours o JOIN pg_attribute c ON c.attrelid = o.oid CROSS JOIN aclexplode(c.attacl) a GROUP BY o.relname
    UNION ALL
    SELECT 'function ' || f.name, concat_ws(' ',
        CASE WHEN f.pronamespace = 'public'::regnamespace THEN pg_get_functiondef(f.oid) END,
        pg_get_userbyid(f.proowner), (
            SELECT string_agg(concat_ws(' ', pg_get_userbyid(a.grantee), a.is_grantable), ',' ORDER BY a.grantee::regrole::text)
            FROM aclexplode(coalesce(f.proacl, acldefault('f', f.proowner))) a))
    FROM functions f
    UNION ALL
    SELECT 'role ' || r.rolname, concat_ws(' ',
        r.rolsuper, r.rolcreaterole, r.rolcreatedb, r.rolcanlogin, r.rolreplication, r.rolbypassrls, (
            SELECT string_agg(pg_get_userbyid(m.roleid), ',' ORDER BY pg_get_userbyid(m.roleid))
            FROM pg_auth_members m WHERE m.member = r.oid))
    FROM pg_roles r WHERE r.rolname ~ '^enf_'
    UNION ALL
    SELECT 'public ' || place.name, coalesce(string_agg(a.privilege_type, ',' ORDER BY a.privilege_type), '')
    FROM (
        SELECT 'le schéma' AS name, n.nspacl AS acl FROM pg_namespace n WHERE n.nspname = 'public'
        UNION ALL
        SELECT 'la base', coalesce(d.datacl, acldefault('d', d.datdba)) FROM pg_database d
        WHERE d.datname = current_database()
    ) place LEFT JOIN LATERAL (SELECT * FROM aclexplode(place.acl) x WHERE x.grantee = 0) a ON true
    GROUP BY place.name
)
SELECT thing, left(md5(coalesce(text, '')), 12) AS digest FROM told
