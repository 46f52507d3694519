-- Health sheets. No agent reaches the table: these functions ask who is connected, and reading leaves a trace.

-- Whether the caller holds a right on a child: through a service or a structure that knows one of its families. The
-- tables of families keep their own policies here, so that it takes the right to read families too.
CREATE OR REPLACE FUNCTION reaches_child(wanted text, child bigint) RETURNS boolean LANGUAGE plpgsql STABLE
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RETURN EXISTS (
        SELECT FROM memberships m JOIN agent_scopes s ON s.login = session_user::text AND s.permission = wanted
        WHERE m.person_id = child AND m.role = 'child' AND (s.service_id IS NULL OR EXISTS (
            SELECT FROM family_access a WHERE a.family_id = m.family_id AND a.service_id = s.service_id
            AND (s.structure_id IS NULL OR a.structure_id = s.structure_id)
        ))
    );
END $$
--=
-- The line of a reading; only the function that reads may write it.
CREATE OR REPLACE FUNCTION note_health_read(child bigint, given_reason text) RETURNS void LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO health_reads (at, actor, person_id, reason) VALUES (clock_timestamp(), session_user, child, given_reason);
END $$
--=
-- The sheet of a child. The line of the reading goes with the transaction when it is rolled back: the log of the
-- server keeps who and whom, and neither the reason nor anything of the sheet.
CREATE OR REPLACE FUNCTION read_health_sheet(child bigint, given_reason text) RETURNS SETOF health_sheets
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF coalesce(given_reason, '') !~ '[[:alnum:]]' THEN  -- a tab is no reason
        RAISE EXCEPTION 'a health sheet is read for a reason' USING ERRCODE = '22004';
    END IF;
    IF NOT reaches_child('health.read', child) THEN
        RAISE EXCEPTION 'not a child of yours' USING ERRCODE = '42501';
    END IF;
    RAISE LOG 'health sheet of person % read by %', child, session_user;
    PERFORM note_health_read(child, given_reason);
    RETURN QUERY SELECT * FROM health_sheets h WHERE h.person_id = child;
END $$
--=
-- Write a sheet: `version` is the one after that which was read, 1 for a first sheet. Nothing of it comes back.
-- A missing value is refused here: what a constraint refuses is copied whole into the log of the server.
CREATE OR REPLACE FUNCTION write_health_sheet(sheet jsonb) RETURNS void LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    given health_sheets := jsonb_populate_record(NULL::health_sheets, sheet);
BEGIN
    IF num_nulls(given.person_id, given.version, given.allergies, given.menu, given.has_pai, given.pai_conduct,
                 given.treatments, given.doctor_name, given.doctor_phone, given.remarks) > 0 THEN
        RAISE EXCEPTION 'a health sheet lacks a value' USING ERRCODE = '22004';
    END IF;
    IF NOT (coalesce(given.pai_until, 'today') BETWEEN '0001-01-02' AND '9999-12-30'
            AND coalesce(given.vaccines_until, 'today') BETWEEN '0001-01-02' AND '9999-12-30') THEN
        RAISE EXCEPTION 'a health sheet has a day that no program reads' USING ERRCODE = '22008';
    END IF;
    IF NOT reaches_child('health.edit', given.person_id) THEN
        RAISE EXCEPTION 'not a child of yours' USING ERRCODE = '42501';
    END IF;
    IF given.version = 1 THEN
        INSERT INTO health_sheets SELECT given.* ON CONFLICT DO NOTHING;
    ELSE
        UPDATE health_sheets h SET
            version = given.version, allergies = given.allergies, menu = given.menu, has_pai = given.has_pai,
            pai_until = given.pai_until, pai_conduct = given.pai_conduct, treatments = given.treatments,
            vaccines_until = given.vaccines_until, doctor_name = given.doctor_name,
            doctor_phone = given.doctor_phone, remarks = given.remarks
        WHERE h.person_id = given.person_id;
    END IF;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'this sheet has another version' USING ERRCODE = 'BE002';
    END IF;
END $$
--=
-- Which of these children have an allergy or a PAI: all that the people who look after them need to know before they
-- open a sheet. A function and not a column, so that nothing else of the table is one grant away.
CREATE OR REPLACE FUNCTION health_alerts(children bigint[]) RETURNS SETOF bigint LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT h.person_id FROM health_sheets h
    WHERE h.person_id = ANY(children) AND (h.allergies <> '' OR h.has_pai)
    AND reaches_child('attendance.read', h.person_id)
$$
--=
-- Which of these children have a PAI: whoever asks their family for its document needs to know that much, and the régie,
-- which reads what documents are there, is not told.
CREATE OR REPLACE FUNCTION declared_pai(children bigint[]) RETURNS SETOF bigint LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT h.person_id FROM health_sheets h
    WHERE h.person_id = ANY(children) AND h.has_pai AND reaches_child('documents.add', h.person_id)
$$
--=
-- The menu of these children, where it is not the ordinary one: whoever orders and serves meals needs that word, and
-- nothing else of the sheet.
CREATE OR REPLACE FUNCTION child_menus(children bigint[]) RETURNS TABLE (child bigint, menu text) LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT h.person_id, h.menu FROM health_sheets h
    WHERE h.person_id = ANY(children) AND h.menu <> '' AND reaches_child('attendance.read', h.person_id)
$$
