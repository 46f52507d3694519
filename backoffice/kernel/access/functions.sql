-- Functions of the shared database. Each runs as its owner with a fixed search path, and is executable by nobody
-- until the rights table says who. Those of enf_owner stay under the policies: they ask who is connected.
-- Statements are separated by lines of two dashes and an equals sign.

-- The journal of rows. Arguments: the key column, then the columns that are kept as keyed digests. What closes a line is
-- every value of it, one to a line of text: backoffice/kernel/chain/digests.py makes the same.
CREATE OR REPLACE FUNCTION journal_row() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    old_row jsonb;
    new_row jsonb;
    line_id bigint := nextval('public.row_journal_id_seq');
    written_at timestamptz := clock_timestamp();
    moment bigint := pg_current_xact_id()::text::bigint + journal_offset();
    verb text := left(TG_OP, 1);
    row_key bigint;
BEGIN
    IF TG_OP <> 'INSERT' THEN old_row := to_jsonb(OLD); END IF;
    IF TG_OP <> 'DELETE' THEN new_row := to_jsonb(NEW); END IF;
    IF TG_OP = 'UPDATE' AND old_row = new_row THEN RETURN NULL; END IF;
    row_key := (coalesce(new_row, old_row) ->> TG_ARGV[0])::bigint;
    IF TG_NARGS > 1 THEN
        old_row := journal_masked(old_row, TG_TABLE_NAME || ' ' || row_key, TG_ARGV[1:]);
        new_row := journal_masked(new_row, TG_TABLE_NAME || ' ' || row_key, TG_ARGV[1:]);
    END IF;
    INSERT INTO row_journal (id, at, actor, moment, table_name, row_id, verb, before, after, digest)
    VALUES (line_id, written_at, session_user, moment, TG_TABLE_NAME, row_key, verb, old_row, new_row,
            sha256(convert_to(concat_ws(E'\n',
                line_id, (extract(epoch FROM written_at) * 1000000)::bigint, moment, TG_TABLE_NAME, row_key, verb,
                coalesce(old_row::text, ''), coalesce(new_row::text, ''), session_user), 'UTF8')));
    RETURN NULL;
END $$
--=
-- Seals the lines whose transaction is certainly over, at most so many, in the order of their transactions: each one's
-- digest is chained to the seal before. Returns how many were sealed. One at a time; the table is locked rather than
-- by an advisory lock, which any login could take.
CREATE OR REPLACE FUNCTION seal_journal(at_most integer) RETURNS integer LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    horizon bigint;
    last_seq bigint;
    head bytea;
    sealed_moment bigint;
    sealed_id bigint;
    ids bigint[];
    digests bytea[];
    chains bytea[] := '{}';
    digest bytea;
BEGIN
    LOCK TABLE journal_chain IN SHARE ROW EXCLUSIVE MODE;
    horizon := pg_snapshot_xmin(pg_current_snapshot())::text::bigint + journal_offset();
    SELECT c.seq, c.chain INTO last_seq, head FROM journal_chain c ORDER BY c.seq DESC LIMIT 1;
    SELECT j.moment, j.id INTO sealed_moment, sealed_id
    FROM journal_chain c JOIN row_journal j ON j.id = c.row_id ORDER BY c.seq DESC LIMIT 1;
    SELECT array_agg(w.id), array_agg(w.digest) INTO ids, digests FROM (
        SELECT j.id, coalesce(j.digest, '') AS digest FROM row_journal j
        WHERE j.moment < horizon AND j.moment >= coalesce(sealed_moment, 0)
          AND (j.moment, j.id) > (coalesce(sealed_moment, 0), coalesce(sealed_id, 0))
          AND NOT EXISTS (SELECT FROM journal_chain c WHERE c.row_id = j.id)
        ORDER BY j.moment, j.id LIMIT at_most
    ) w;
    IF ids IS NULL THEN RETURN 0; END IF;
    head := coalesce(head, '');
    FOREACH digest IN ARRAY digests LOOP
        head := sha256(head || digest);
        chains := chains || head;
    END LOOP;
    INSERT INTO journal_chain (seq, row_id, digest, chain, sealed_at)
    SELECT coalesce(last_seq, 0) + w.n, w.id, w.digest, w.chain, clock_timestamp()
    FROM unnest(ids, digests, chains) WITH ORDINALITY AS w(id, digest, chain, n);
    RETURN cardinality(ids);
END $$
--=
-- HMAC-SHA256 with the key of the journal: a value that comes back in the same row gives the same digest, so that a
-- change shows, and it cannot be guessed. The row is part of it, and nothing is masked too: a yes, or that there is
-- something to say at all, would be told by comparing rows.
CREATE OR REPLACE FUNCTION journal_masked(line jsonb, of_row text, secret text[]) RETURNS jsonb LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    name text;
    inner_key bytea;
    outer_key bytea;
BEGIN
    IF line IS NULL THEN RETURN NULL; END IF;
    SELECT k.inner_pad, k.outer_pad INTO STRICT inner_key, outer_key FROM journal_keys k;
    FOREACH name IN ARRAY secret LOOP
        line := jsonb_set(line, ARRAY[name], to_jsonb('hmac:' || encode(sha256(outer_key || sha256(
            inner_key || convert_to(concat_ws(chr(31), of_row, name, line ->> name), 'UTF8'))), 'hex')));
    END LOOP;
    RETURN line;
END $$
--=
-- A save made on another version than the one that is there, or that does not say so.
CREATE OR REPLACE FUNCTION refuse_stale() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN RAISE EXCEPTION 'this row has another version' USING ERRCODE = 'BE002'; END $$
--=
-- A line of the journal of commands has the hour of the server, whatever its writer says.
CREATE OR REPLACE FUNCTION tell_hour() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $$
BEGIN NEW.at := clock_timestamp(); RETURN NEW; END $$
--=
-- Numbers for new families, known to the services where the caller may write families (only `in_service` when given).
CREATE OR REPLACE FUNCTION new_families(how_many integer, in_service bigint DEFAULT NULL) RETURNS SETOF bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    ids bigint[];
BEGIN
    IF how_many > 100000 THEN RAISE EXCEPTION 'too many at once' USING ERRCODE = '54000'; END IF;
    SELECT array_agg(nextval('public.families_id_seq')) INTO ids FROM generate_series(1, how_many);
    INSERT INTO family_access (family_id, service_id, structure_id)
    SELECT DISTINCT drawn.id, s.service_id, s.structure_id
    FROM unnest(ids) AS drawn(id) CROSS JOIN agent_scopes s
    WHERE s.login = session_user::text AND s.permission = 'families.edit' AND s.service_id IS NOT NULL
      AND (in_service IS NULL OR s.service_id = in_service);
    RETURN QUERY SELECT unnest(ids);
END $$
--=
-- Numbers for new people, seen by who types them until they are in a family.
CREATE OR REPLACE FUNCTION new_people(how_many integer) RETURNS SETOF bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    ids bigint[];
BEGIN
    IF how_many > 100000 THEN RAISE EXCEPTION 'too many at once' USING ERRCODE = '54000'; END IF;
    SELECT array_agg(nextval('public.people_id_seq')) INTO ids FROM generate_series(1, how_many);
    IF NOT EXISTS (SELECT FROM agent_scopes s WHERE s.login = session_user::text
                   AND s.permission = 'families.edit' AND s.service_id IS NULL) THEN
        INSERT INTO unattached_people (person_id, login) SELECT drawn.id, session_user::text FROM unnest(ids) AS drawn(id);
    END IF;
    RETURN QUERY SELECT unnest(ids);
END $$
--=
-- Whether the caller sees a family: for what is rarely asked, a call costs a policy less than what it would look at.
CREATE OR REPLACE FUNCTION sees_family(family bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RETURN EXISTS (SELECT FROM families f WHERE f.id = family);
END $$
--=
-- Whether the caller sees a person: a policy on memberships cannot look at people, whose policy looks at memberships.
CREATE OR REPLACE FUNCTION sees_person(person bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RETURN EXISTS (SELECT FROM people p WHERE p.id = person);
END $$
--=
-- Whether the caller sees a line, and holds a permission somewhere in its service.
CREATE OR REPLACE FUNCTION bills_line(wanted text, line bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RETURN EXISTS (SELECT FROM charges c JOIN agent_scopes s ON s.service_id = c.service_id
                   WHERE c.id = line AND s.login = session_user::text AND s.permission = wanted);
END $$
--=
CREATE OR REPLACE FUNCTION forget_unattached() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    DELETE FROM unattached_people u USING new_rows n WHERE u.person_id = n.person_id;
    RETURN NULL;
END $$
--=
-- A day is hung on a line by whoever bills its service, and on a line of its own family: hung by anybody else, or on
-- any other line, it would be billed to nobody, and the journal does not follow that column.
CREATE OR REPLACE FUNCTION refuse_hanging() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM charges c JOIN agent_scopes s ON s.service_id = c.service_id OR s.service_id IS NULL
        WHERE c.id = NEW.charge_id AND c.family_id = NEW.family_id AND s.login = session_user::text
        AND s.permission IN ('billing.issue', 'billing.cancel', 'importing.run')
    ) THEN
        RAISE EXCEPTION 'not a line of yours for this day' USING ERRCODE = '42501';
    END IF;
    RETURN NEW;
END $$
--=
-- A family is known to the services and structures where its children come.
CREATE OR REPLACE FUNCTION know_family() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO family_access (family_id, service_id, structure_id)
    SELECT DISTINCT n.family_id, a.service_id, a.structure_id
    FROM new_rows n JOIN slots s ON s.id = n.slot_id JOIN activities a ON a.id = s.activity_id
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$
--=
-- The same for the activities where its children are registered.
CREATE OR REPLACE FUNCTION know_registered() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO family_access (family_id, service_id, structure_id)
    SELECT DISTINCT n.family_id, a.service_id, a.structure_id
    FROM new_rows n JOIN activities a ON a.id = n.activity_id
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$
--=
-- The next numbers of a series: only for whoever bills, or cancels, in its service; every one of them must be used.
CREATE OR REPLACE FUNCTION draw_numbers(wanted_series text, how_many integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    last_drawn bigint;
BEGIN
    IF how_many NOT BETWEEN 1 AND 99999 OR right(wanted_series, 4) !~ '^[0-9]+$' OR NOT EXISTS (
        SELECT FROM services v JOIN agent_scopes s ON s.service_id = v.id OR s.service_id IS NULL
        WHERE s.login = session_user::text AND s.structure_id IS NULL AND left(wanted_series, -4) = v.prefix ||
            CASE s.permission WHEN 'billing.issue' THEN '-F' WHEN 'billing.cancel' THEN '-A' END
    ) THEN
        RAISE EXCEPTION 'not a series of yours' USING ERRCODE = '42501';
    END IF;
    INSERT INTO number_counters AS c (series, last) VALUES (wanted_series, how_many)
    ON CONFLICT (series) DO UPDATE SET last = c.last + how_many
    RETURNING last INTO last_drawn;
    RETURN last_drawn - how_many + 1;
END $$
--=
-- At commit: a series has no hole. Numbers are the series and five digits; no two documents of ours have the same.
CREATE OR REPLACE FUNCTION refuse_holes() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    first_new bigint := 1;
    used bigint;
BEGIN
    IF TG_OP = 'UPDATE' THEN first_new := OLD.last + 1; END IF;
    SELECT count(*) INTO used FROM invoices i
    WHERE i.origin = '' AND left(i.number, -5) = NEW.series AND i.number BETWEEN
        NEW.series || lpad(first_new::text, 5, '0') AND NEW.series || lpad(NEW.last::text, 5, '0');
    IF NEW.last > 99999 OR used <> NEW.last - first_new + 1 THEN
        RAISE EXCEPTION 'numbers of % were drawn and not used', NEW.series USING ERRCODE = 'BE003';
    END IF;
    RETURN NULL;
END $$
--=
-- At commit: an invoice has a number that was drawn, all its lines and their sum, payers, and the head of its service.
CREATE OR REPLACE FUNCTION refuse_partial_invoice() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    lines bigint;
    sum_of_lines numeric;
BEGIN
    IF NEW.kind = 'historic' THEN RETURN NULL; END IF;
    IF NOT EXISTS (SELECT FROM number_counters c
                   WHERE c.series = left(NEW.number, -5) AND c.last >= right(NEW.number, 5)::bigint) THEN
        RAISE EXCEPTION 'invoice % has a number that was not drawn', NEW.id USING ERRCODE = 'BE003';
    END IF;
    SELECT count(*), coalesce(sum(amount), 0) INTO lines, sum_of_lines FROM charges WHERE invoice_id = NEW.id;
    IF lines <> NEW.line_count OR NEW.kind = 'invoice' AND (lines = 0 OR sum_of_lines <> NEW.total) THEN
        RAISE EXCEPTION 'invoice % is not the sum of its lines', NEW.id USING ERRCODE = 'BE003';
    END IF;
    IF NOT EXISTS (SELECT FROM letterheads l WHERE l.id = NEW.letterhead_id AND l.service_id = NEW.service_id) THEN
        RAISE EXCEPTION 'invoice % is not written by its service', NEW.id USING ERRCODE = 'BE003';
    END IF;
    IF NEW.payer_count = 0 OR NEW.payer_count <> (SELECT count(*) FROM invoice_payers WHERE invoice_id = NEW.id) THEN
        RAISE EXCEPTION 'invoice % does not name whom it should', NEW.id USING ERRCODE = 'BE003';
    END IF;
    RETURN NULL;
END $$
--=
-- What was committed since a snapshot: the tables that changed (the journal of commands, which every change writes in,
-- is none of them), and the snapshot to ask from next time.
CREATE OR REPLACE FUNCTION changed_since(earlier text) RETURNS TABLE (snapshot text, tables text[])
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT pg_current_snapshot()::text, coalesce((
        SELECT array_agg(DISTINCT j.table_name::text) FROM row_journal j
        WHERE earlier <> '' AND j.moment >= pg_snapshot_xmin(earlier::pg_snapshot)::text::bigint + journal_offset()
          AND NOT pg_visible_in_snapshot(
              greatest(j.moment - journal_offset(), 0)::text::xid8, earlier::pg_snapshot)
          AND j.table_name <> 'audit_journal'
    ), '{}')
$$
