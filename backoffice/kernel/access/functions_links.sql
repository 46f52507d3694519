-- Families known to other services: an agent is told that somebody is known, and asks; who sees the family decides.

-- The families of a person whom the caller does not see at all, by exact names and birth date. The only function that
-- looks at what is hidden; its owner reads four tables, some columns of each, and nothing else. `wanted`: last name
-- and first name, folded, hyphens and apostrophes read as spaces.
CREATE OR REPLACE FUNCTION families_elsewhere(wanted text, born date) RETURNS SETOF bigint LANGUAGE sql STABLE
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT DISTINCT m.family_id FROM people p JOIN memberships m ON m.person_id = p.id
    WHERE p.birth_date = born AND translate(p.sort_name, '-''', '  ') = wanted AND NOT EXISTS (
        SELECT FROM memberships o JOIN agent_scopes s
        ON s.login = session_user::text AND s.permission = 'families.read'
        WHERE o.person_id = p.id AND (s.service_id IS NULL OR EXISTS (
            SELECT FROM family_access a WHERE a.family_id = o.family_id AND a.service_id = s.service_id
            AND (s.structure_id IS NULL OR a.structure_id = s.structure_id)
        ))
    )
$$
--=
-- Each search is counted, whatever it finds; a search rolled back stays in the log of the server.
CREATE OR REPLACE FUNCTION note_search(known boolean) RETURNS void LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO audit_journal (at, actor, action, subject, details) VALUES (
        clock_timestamp(), session_user, 'elsewhere.searched', '', jsonb_build_object('found', known)::text);
END $$
--=
CREATE OR REPLACE FUNCTION known_elsewhere(wanted text, born date) RETURNS boolean LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    known boolean := EXISTS (SELECT FROM families_elsewhere(wanted, born));
BEGIN
    RAISE LOG 'somebody known elsewhere searched by %', session_user;
    PERFORM note_search(known);
    RETURN known;
END $$
--=
-- Ask that the families of such a person be known to a service of the caller's. Returns how many are asked for; one
-- that waits already is not asked for again (two agents at once may: answering twice changes nothing).
CREATE OR REPLACE FUNCTION ask_link(
    wanted text, born date, shown text, in_service bigint, in_structure bigint, given_reason text
) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    family bigint;
    request bigint;
    asked bigint := 0;
BEGIN
    -- What is shown to others is the name that was looked for, and no message: one line, longer only by its signs.
    IF length(shown) > length(wanted) + 10 OR shown ~ '[[:cntrl:]]' THEN
        RAISE EXCEPTION 'not a name' USING ERRCODE = '22001';
    END IF;
    IF in_service IS NULL OR coalesce(given_reason, '') !~ '[[:alnum:]]' OR NOT EXISTS (
        SELECT FROM agent_scopes s WHERE s.login = session_user::text AND s.permission = 'families.link'
        AND s.service_id = in_service AND (s.structure_id IS NULL OR s.structure_id = in_structure)
    ) THEN
        RAISE EXCEPTION 'not a service of yours, or no reason' USING ERRCODE = '42501';
    END IF;
    FOR family IN SELECT * FROM families_elsewhere(wanted, born) LOOP
        asked := asked + 1;
        CONTINUE WHEN EXISTS (
            SELECT FROM link_requests r JOIN link_targets t ON t.request_id = r.id
            WHERE t.family_id = family AND r.state = 'asked' AND r.service_id = in_service
            AND r.structure_id IS NOT DISTINCT FROM in_structure
        );
        INSERT INTO link_requests (asked_at, asked_by, service_id, structure_id, person, birth_date, reason, state)
        VALUES (clock_timestamp(), session_user, in_service, in_structure, shown, born, given_reason, 'asked')
        RETURNING id INTO request;
        INSERT INTO link_targets (request_id, family_id) VALUES (request, family);
    END LOOP;
    RAISE LOG 'link asked by %: % found', session_user, asked;
    PERFORM note_search(asked > 0);
    RETURN asked;
END $$
--=
-- Whether the caller holds a right on a family. With `whole_town`, only where it is held without limit.
CREATE OR REPLACE FUNCTION reaches_family(wanted text, family bigint, whole_town boolean) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RETURN EXISTS (
        SELECT FROM agent_scopes s WHERE s.login = session_user::text AND s.permission = wanted
        AND (s.service_id IS NULL OR NOT whole_town AND EXISTS (
            SELECT FROM family_access a WHERE a.family_id = family AND a.service_id = s.service_id
            AND (s.structure_id IS NULL OR a.structure_id = s.structure_id)
        ))
    );
END $$
--=
-- Accept or refuse a request, by whoever may change the family; accepted, its service knows the family at once.
CREATE OR REPLACE FUNCTION decide_link(request bigint, accepted boolean) RETURNS void LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    family bigint := (SELECT t.family_id FROM link_targets t WHERE t.request_id = request);
    service bigint;
    structure bigint;
BEGIN
    IF family IS NULL OR accepted IS NULL OR NOT reaches_family('families.edit', family, false) THEN
        RAISE EXCEPTION 'not a family of yours' USING ERRCODE = '42501';
    END IF;
    UPDATE link_requests r SET state = CASE WHEN accepted THEN 'accepted' ELSE 'refused' END,
        decided_at = clock_timestamp()
    WHERE r.id = request AND r.state = 'asked' RETURNING r.service_id, r.structure_id INTO service, structure;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'this request is decided' USING ERRCODE = 'BE002';
    END IF;
    IF accepted THEN
        INSERT INTO family_access (family_id, service_id, structure_id) VALUES (family, service, structure)
        ON CONFLICT DO NOTHING;
    END IF;
END $$
--=
-- Take a decision back: a refusal waits again, by whoever may change the family; a link is cut, by whoever links
-- families in the whole town, as long as the children of the family do not come there.
CREATE OR REPLACE FUNCTION undo_link(request bigint) RETURNS void LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    family bigint := (SELECT t.family_id FROM link_targets t WHERE t.request_id = request);
    decided link_requests;
BEGIN
    SELECT * INTO decided FROM link_requests r WHERE r.id = request FOR UPDATE;
    IF family IS NULL OR NOT (CASE decided.state
        WHEN 'accepted' THEN reaches_family('families.link', family, true)
        ELSE reaches_family('families.edit', family, false)
    END) THEN
        RAISE EXCEPTION 'not a link of yours' USING ERRCODE = '42501';
    END IF;
    IF decided.state = 'accepted' THEN
        IF EXISTS (
            SELECT FROM attendances n JOIN slots s ON s.id = n.slot_id JOIN activities a ON a.id = s.activity_id
            WHERE n.family_id = family AND a.service_id = decided.service_id
            AND (decided.structure_id IS NULL OR a.structure_id = decided.structure_id)
        ) THEN
            RAISE EXCEPTION 'the children of this family come there' USING ERRCODE = 'BE004';
        END IF;
        DELETE FROM family_access a WHERE a.family_id = family AND a.service_id = decided.service_id
        AND a.structure_id IS NOT DISTINCT FROM decided.structure_id;
        UPDATE link_requests r SET state = 'refused', decided_at = clock_timestamp() WHERE r.id = request;
    ELSIF decided.state = 'refused' THEN
        UPDATE link_requests r SET state = 'asked', decided_at = NULL WHERE r.id = request;
    ELSE
        RAISE EXCEPTION 'this request is not decided' USING ERRCODE = 'BE002';
    END IF;
END $$
