-- Documents of families. No agent reaches their bytes: these functions ask who is connected and what is sensitive, and
-- opening what is leaves a trace. They see documents and their types under the policies of whoever calls them.

-- Whether the caller may open what a type holds, for a family: what is about health asks for the right to read it.
CREATE OR REPLACE FUNCTION may_open_document(kind bigint, family bigint) RETURNS boolean LANGUAGE plpgsql STABLE
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RETURN EXISTS (
        SELECT FROM document_types t WHERE t.id = kind
        AND (t.sensitivity <> 'health' OR reaches_family('health.read', family, false))
    );
END $$
--=
-- A document that is sensitive does not become another one to be opened without a trace, and is not decided, by who
-- may not open it; nor is one accepted while a file of it is in quarantine.
CREATE OR REPLACE FUNCTION refuse_opening() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT may_open_document(OLD.type_id, OLD.family_id) THEN
        RAISE EXCEPTION 'not a document of yours to name' USING ERRCODE = '42501';
    END IF;
    IF NEW.state = 'accepted' AND OLD.state <> 'accepted' AND EXISTS (
        SELECT FROM document_files f WHERE f.document_id = NEW.id AND f.is_quarantined
    ) THEN
        RAISE EXCEPTION 'a file of it is in quarantine' USING ERRCODE = '42501';
    END IF;
    RETURN NEW;
END $$
--=
-- A type about health stays so, but for who reads health sheets everywhere: else who keeps the types would open what
-- was sent under it, and leave no trace.
CREATE OR REPLACE FUNCTION refuse_lowering() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM agent_scopes s
        WHERE s.login = session_user::text AND s.permission = 'health.read' AND s.service_id IS NULL
    ) THEN
        RAISE EXCEPTION 'a type about health stays so' USING ERRCODE = '42501';
    END IF;
    RETURN NEW;
END $$
--=
-- The line of an opening; only the function that opens may write it.
CREATE OR REPLACE FUNCTION note_document_opening(document bigint, family bigint) RETURNS void LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO document_openings (at, actor, document_id, family_id)
    VALUES (clock_timestamp(), session_user, document, family);
END $$
--=
-- The bytes of a file one has just described: its size and its digest must be theirs, and they come once.
CREATE OR REPLACE FUNCTION keep_document_content(file bigint, bytes bytea) RETURNS void LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM document_files f JOIN documents d ON d.id = f.document_id
        WHERE f.id = file AND d.decided_at IS NULL AND f.size = octet_length(bytes)
        AND f.sha256 = encode(sha256(bytes), 'hex') AND reaches_family('documents.add', f.family_id, false)
    ) THEN
        RAISE EXCEPTION 'not a file of yours' USING ERRCODE = '42501';
    END IF;
    INSERT INTO document_contents (file_id, content) VALUES (file, bytes);
END $$
--=
-- The bytes of a file. Opening a sensitive document leaves a trace, in the log of the server too when the transaction
-- is rolled back; a file in quarantine is given to nobody.
CREATE OR REPLACE FUNCTION open_document(file bigint) RETURNS bytea LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    wanted record;
BEGIN
    SELECT d.id, d.family_id, d.type_id, t.sensitivity INTO wanted
    FROM document_files f JOIN documents d ON d.id = f.document_id JOIN document_types t ON t.id = d.type_id
    WHERE f.id = file AND NOT f.is_quarantined;
    IF NOT FOUND OR NOT may_open_document(wanted.type_id, wanted.family_id) THEN
        RAISE EXCEPTION 'not a document of yours' USING ERRCODE = '42501';
    END IF;
    IF wanted.sensitivity <> 'usual' THEN
        RAISE LOG 'document % opened by %', wanted.id, session_user;
        PERFORM note_document_opening(wanted.id, wanted.family_id);
    END IF;
    RETURN (SELECT c.content FROM document_contents c WHERE c.file_id = file);
END $$
--=
-- Let go documents that were kept long enough, their files included; answers how many went. Whoever asks names them,
-- and none goes that waits for its decision, still holds, or is younger than its type says.
CREATE OR REPLACE FUNCTION purge_documents(ids bigint[]) RETURNS bigint LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    gone bigint[] := ARRAY(
        SELECT d.id FROM documents d JOIN document_types t ON t.id = d.type_id
        WHERE d.id = ANY(ids) AND d.state <> 'pending'
        AND d.decided_at + t.retention_days * interval '1 day' < clock_timestamp()
        AND (d.state = 'rejected' OR d.valid_to + t.retention_days::integer < current_date OR (
            d.valid_to IS NULL AND EXISTS (
                SELECT FROM documents l WHERE l.type_id = d.type_id AND l.family_id = d.family_id
                AND l.person_id IS NOT DISTINCT FROM d.person_id AND l.state = 'accepted'
                AND (l.received_at, l.id) > (d.received_at, d.id)
                AND l.decided_at + t.retention_days * interval '1 day' < clock_timestamp()
            )
        ))
        AND reaches_family('documents.configure', d.family_id, false)
    );
BEGIN
    IF cardinality(gone) IS DISTINCT FROM cardinality(ids) THEN
        RAISE EXCEPTION 'one of these documents is kept' USING ERRCODE = '42501';
    END IF;
    DELETE FROM document_contents c USING document_files f WHERE f.id = c.file_id AND f.document_id = ANY(gone);
    DELETE FROM document_files f WHERE f.document_id = ANY(gone);
    DELETE FROM document_takes k WHERE k.document_id = ANY(gone);
    DELETE FROM documents d WHERE d.id = ANY(gone);
    RETURN cardinality(gone);
END $$
--=
-- What waits for the antivirus, among pieces and in the sorting basket. Called by the background service alone, as are
-- the two that follow: they reach no file that is not in quarantine.
CREATE OR REPLACE FUNCTION quarantined_files() RETURNS TABLE(place text, file bigint) LANGUAGE plpgsql STABLE
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RETURN QUERY
    SELECT 'piece', f.id FROM document_files f WHERE f.is_quarantined AND f.flags::jsonb @> '["quarantine"]'
    UNION ALL
    SELECT 'arrival', a.id FROM document_arrival_files a
    WHERE a.refusal = '' AND a.flags::jsonb @> '["quarantine"]'
    ORDER BY 1 DESC, 2;
END $$
--=
-- The bytes of one of them.
CREATE OR REPLACE FUNCTION open_quarantined(place text, file bigint) RETURNS bytea LANGUAGE plpgsql STABLE
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF place = 'piece' THEN
        RETURN (
            SELECT c.content FROM document_contents c JOIN document_files f ON f.id = c.file_id
            WHERE f.id = file AND f.is_quarantined AND f.flags::jsonb @> '["quarantine"]'
        );
    END IF;
    RETURN (
        SELECT a.content FROM document_arrival_files a
        WHERE a.id = file AND a.refusal = '' AND a.flags::jsonb @> '["quarantine"]'
    );
END $$
--=
-- What the antivirus said of one of them: clean, it opens; infected, a piece stays shut and what arrived is not kept.
CREATE OR REPLACE FUNCTION end_quarantine(place text, file bigint, infected boolean) RETURNS void LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF place = 'piece' THEN
        UPDATE document_files f SET is_quarantined = infected, flags = (
            (f.flags::jsonb - 'quarantine') || CASE WHEN infected THEN '["infected"]'::jsonb ELSE '[]'::jsonb END
        )::json
        WHERE f.id = file AND f.is_quarantined AND f.flags::jsonb @> '["quarantine"]';
    ELSE
        UPDATE document_arrival_files a SET flags = (a.flags::jsonb - 'quarantine')::json,
            refusal = CASE WHEN infected THEN 'judged.infected' ELSE '' END,
            content = CASE WHEN infected THEN ''::bytea ELSE a.content END
        WHERE a.id = file AND a.refusal = '' AND a.flags::jsonb @> '["quarantine"]';
    END IF;
END $$
