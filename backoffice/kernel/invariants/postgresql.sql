-- What must hold in a shared database. See __init__.py for the form.

-- name: numbers_follow
-- Les numéros d'une série se suivent sans trou ni doublon, jusqu'au compteur.
-- sees: billing.read
SELECT coalesce(c.series, n.series) AS series, c.last, n.used, n.highest
FROM number_counters c FULL JOIN (
    SELECT left(number, -5) AS series, count(DISTINCT number) AS used, max(right(number, 5)) AS highest
    FROM invoices WHERE kind <> 'historic' GROUP BY left(number, -5)
) n ON n.series = c.series
WHERE c.last IS DISTINCT FROM n.used OR lpad(c.last::text, 5, '0') IS DISTINCT FROM n.highest;

-- name: totals
-- Chaque facture est la somme de ses lignes, et les porte toutes.
-- sees: billing.read
SELECT i.number, i.total, l.total AS lines FROM invoices i LEFT JOIN (
    SELECT invoice_id, count(*) AS lines, sum(amount) AS total FROM charges WHERE invoice_id IS NOT NULL
    GROUP BY invoice_id
) l ON l.invoice_id = i.id
WHERE i.kind <> 'historic'
  AND (coalesce(l.lines, 0) <> i.line_count OR i.kind = 'invoice' AND coalesce(l.total, 0) <> i.total);

-- name: payers
-- Chaque facture nomme tous ses débiteurs.
-- sees: billing.read
SELECT i.number, i.payer_count, p.payers FROM invoices i LEFT JOIN (
    SELECT invoice_id, count(*) AS payers FROM invoice_payers GROUP BY invoice_id
) p ON p.invoice_id = i.id
WHERE i.kind <> 'historic' AND (i.payer_count = 0 OR coalesce(p.payers, 0) <> i.payer_count);

-- name: credit_notes
-- Chaque avoir est l'opposé d'une facture du même service et de la même famille.
-- sees: billing.read
SELECT n.number, i.number AS cancelled FROM invoices n LEFT JOIN invoices i ON i.id = n.cancels_id
WHERE n.kind = 'credit_note' AND (
    i.id IS NULL OR i.kind <> 'invoice' OR i.total <> -n.total OR i.service_id <> n.service_id
    OR i.family_id <> n.family_id
);

-- name: billed_days
-- Un jour facturé l'est par une ligne vivante, de la même famille.
-- sees: billing.read, attendance.read
SELECT a.id, a.charge_id FROM attendances a JOIN charges c ON c.id = a.charge_id
WHERE c.family_id <> a.family_id OR c.invoice_id IN (SELECT cancels_id FROM invoices WHERE cancels_id IS NOT NULL);

-- name: priced_lines
-- Une ligne vivante que le programme a calculée facture au moins un jour.
-- sees: billing.read, attendance.read
SELECT c.id, c.invoice_id FROM charges c
WHERE NOT c.stored_price
  AND NOT EXISTS (SELECT 1 FROM attendances a WHERE a.charge_id = c.id)
  AND NOT EXISTS (SELECT 1 FROM invoices n WHERE n.cancels_id = c.invoice_id);

-- name: whole_runs
-- Chaque facturation a émis ou reporté quelque chose, repris depuis s'il attendait encore.
-- sees: billing.read, audit.read
SELECT r.id, r.month FROM billing_runs r
WHERE NOT EXISTS (SELECT 1 FROM invoices i WHERE i.run_id = r.id)
  AND NOT EXISTS (SELECT 1 FROM charges c WHERE c.carried_by_run_id = r.id)
  AND NOT EXISTS (
      SELECT 1 FROM row_journal j
      WHERE j.table_name = 'charges' AND j.verb = 'D' AND (j.before ->> 'carried_by_run_id')::bigint = r.id
  )
  AND EXISTS (SELECT 1 FROM invoices);

-- name: traces
-- Chaque facture a sa ligne dans le journal, signée par qui l'a écrite.
-- sees: billing.read, audit.read
SELECT i.number FROM invoices i
WHERE NOT EXISTS (
    SELECT 1 FROM row_journal j WHERE j.table_name = 'invoices' AND j.row_id = i.id AND j.verb = 'I' AND j.actor <> ''
);

-- name: registered_children
-- Chaque enfant inscrit l'est dans une famille dont il est un enfant.
-- sees: registrations.read, families.read
SELECT r.id FROM registrations r
WHERE r.state <> 'withdrawn' AND NOT EXISTS (
    SELECT 1 FROM memberships m WHERE m.person_id = r.child_id AND m.family_id = r.family_id AND m.role = 'child'
);

-- name: waivers_end
-- Chaque dérogation a un auteur et une raison, et court au moins jusqu'au jour où elle fut accordée.
-- sees: documents.read
SELECT w.id FROM document_waivers w
WHERE w.given_by = '' OR w.reason = '' OR w.until < (w.given_at AT TIME ZONE 'UTC')::date;

-- name: journal_chain
-- Le sceau du journal n'a pas de trou et porte sur des lignes qui existent.
-- sees: audit.read
SELECT c.seq FROM journal_chain c LEFT JOIN row_journal j ON j.id = c.row_id
WHERE j.id IS NULL OR j.digest IS DISTINCT FROM c.digest OR c.seq > (SELECT count(*) FROM journal_chain);

-- name: protected_tables
-- Chaque table est protégée, même de son propriétaire, et a ses règles.
-- sees:
SELECT c.relname FROM pg_class c
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND c.relname <> 'alembic_version' AND (
    NOT c.relrowsecurity OR NOT c.relforcerowsecurity
    OR pg_get_userbyid(c.relowner) NOT IN ('enf_owner', 'enf_audit')
    OR NOT EXISTS (SELECT 1 FROM pg_policy p WHERE p.polrelid = c.oid) AND c.relname NOT IN ('acting')
);

-- name: silent_triggers
-- Aucun déclencheur n'est arrêté.
-- sees:
SELECT c.relname, t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
WHERE c.relnamespace = 'public'::regnamespace AND NOT t.tgisinternal AND t.tgenabled <> 'O';

-- name: indexed_keys
-- Chaque clé étrangère est indexée.
-- sees:
SELECT c.relname, k.conname FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
WHERE k.contype = 'f' AND c.relnamespace = 'public'::regnamespace AND NOT EXISTS (
    SELECT 1 FROM pg_index i WHERE i.indrelid = k.conrelid AND i.indpred IS NULL
      AND (i.indkey::int2[])[0:cardinality(k.conkey) - 1] @> k.conkey
);

-- name: closed_functions
-- Aucune fonction n'est ouverte à tous, ni ne cherche ses tables où l'appelant le dit.
-- sees:
SELECT p.oid::regprocedure FROM pg_proc p
WHERE p.pronamespace = 'public'::regnamespace AND (
    has_function_privilege('public', p.oid, 'EXECUTE')
    OR NOT EXISTS (SELECT 1 FROM unnest(p.proconfig) c WHERE c ~ '^search_path=pg_catalog(, public)?, pg_temp$')
    OR p.prosecdef AND pg_get_userbyid(p.proowner) !~ '^enf_'
);

-- name: nothing_for_everybody
-- Rien n'est donné à tous : ni table, ni séquence, ni schéma, ni la base elle-même.
-- sees:
SELECT c.relname::text, a.privilege_type FROM pg_class c CROSS JOIN aclexplode(c.relacl) a
WHERE c.relnamespace = 'public'::regnamespace AND a.grantee = 0
UNION ALL
SELECT n.nspname::text, a.privilege_type FROM pg_namespace n CROSS JOIN aclexplode(n.nspacl) a
WHERE n.nspname = 'public' AND a.grantee = 0
UNION ALL
SELECT 'database', a.privilege_type FROM pg_database d
CROSS JOIN aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a
WHERE d.datname = current_database() AND a.grantee = 0
UNION ALL
SELECT p.proname::text, 'EXECUTE' FROM pg_proc p
WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.proname ~ '^(lo_|loread|lowrite|pg_.*advisory)'
  AND has_function_privilege('public', p.oid, 'EXECUTE');

-- name: powerless_groups
-- Les groupes n'ont pas de mot de passe, pas de pouvoir sur le serveur, et ne se prêtent pas.
-- sees:
SELECT r.rolname::text, '' FROM pg_roles r
WHERE r.rolname ~ '^enf_' AND (r.rolcanlogin OR r.rolsuper OR r.rolbypassrls OR r.rolcreaterole OR r.rolcreatedb)
UNION ALL
SELECT m.roleid::regrole::text, m.member::regrole::text FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.member
WHERE m.roleid::regrole::text ~ '^enf_' AND r.rolcanlogin AND NOT r.rolsuper AND (
    m.set_option OR m.admin_option OR m.roleid::regrole::text IN ('enf_owner', 'enf_audit', 'enf_finder')
);

-- name: known_logins
-- Qui peut se connecter ici est un agent en poste, dont la base connaît les droits.
-- sees: agents.read
SELECT a.grantee::regrole::text FROM pg_database d CROSS JOIN aclexplode(d.datacl) a
JOIN pg_roles r ON r.oid = a.grantee
WHERE d.datname = current_database() AND a.privilege_type = 'CONNECT' AND r.rolcanlogin AND NOT r.rolsuper
  AND a.grantee <> d.datdba AND r.rolname NOT IN (SELECT login FROM agents WHERE active)
  AND NOT pg_has_role(r.oid, 'enf_worker', 'MEMBER') AND NOT pg_has_role(r.oid, 'enf_reader', 'MEMBER');
