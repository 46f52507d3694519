-- Bank details. No agent reaches the table: before it looks whether a row is allowed, the server compares some of its
-- values, and who may read a few accounts could guess the others. These functions ask who is connected.

-- Which of these families pay by direct debit on a day: all that is told to who may not see bank details.
CREATE OR REPLACE FUNCTION debited_families(families bigint[], on_day date) RETURNS SETOF bigint LANGUAGE plpgsql STABLE
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    RETURN QUERY SELECT DISTINCT b.family_id FROM bank_details b
    WHERE b.family_id = ANY(families) AND b.valid_from <= on_day AND (b.valid_to IS NULL OR b.valid_to >= on_day)
    AND reaches_family('families.read', b.family_id, false);
END $$
--=
-- The mandates of a family, or one of them, oldest first: the account without its middle, as masked_iban() of
-- backoffice/bank/rules.py leaves it before it puts spaces.
CREATE OR REPLACE FUNCTION read_mandates(of_family bigint, wanted bigint) RETURNS SETOF bank_details
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    mandate bank_details;
    hidden integer;
BEGIN
    FOR mandate IN
        SELECT * FROM bank_details b WHERE (b.family_id = of_family OR b.id = wanted)
        AND reaches_family('bank.read', b.family_id, false) ORDER BY b.valid_from
    LOOP
        hidden := length(mandate.iban) - 8;
        mandate.iban := CASE WHEN hidden <= 0 THEN repeat('•', length(mandate.iban))
            ELSE left(mandate.iban, 4) || repeat('•', hidden) || right(mandate.iban, 4) END;
        RETURN NEXT mandate;
    END LOOP;
END $$
--=
-- The whole account of a mandate, one at a time. The log of the server keeps who asked, whatever becomes of the
-- transaction, and nothing of the account.
CREATE OR REPLACE FUNCTION show_account(wanted bigint) RETURNS text LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    mandate bank_details;
BEGIN
    SELECT * INTO mandate FROM bank_details b WHERE b.id = wanted;
    IF mandate.id IS NULL OR NOT reaches_family('bank.read', mandate.family_id, false) THEN
        RAISE EXCEPTION 'not a mandate of yours' USING ERRCODE = '42501';
    END IF;
    RAISE LOG 'account of mandate % shown to %', wanted, session_user;
    RETURN mandate.iban;
END $$
--=
-- Write a mandate; returns its number. Without `id` it is a new one; otherwise `version` is the one after that which
-- was read, and an empty account keeps the one that is there. What is wrong is refused here: what a constraint refuses
-- is copied whole into the log of the server.
CREATE OR REPLACE FUNCTION write_mandate(mandate jsonb) RETURNS bigint LANGUAGE plpgsql
SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    given bank_details := jsonb_populate_record(NULL::bank_details, mandate);
    written bigint;
BEGIN
    IF num_nulls(given.family_id, given.person_id, given.version, given.holder, given.iban, given.bic,
                 given.mandate_reference, given.signed_on, given.valid_from) > 0
       OR given.id IS NULL AND given.iban = '' THEN
        RAISE EXCEPTION 'a mandate lacks a value' USING ERRCODE = '22004';
    END IF;
    IF NOT (given.signed_on BETWEEN '0001-01-02' AND '9999-12-30'
            AND given.valid_from BETWEEN '0001-01-02' AND '9999-12-30'
            AND coalesce(given.valid_to, 'today') BETWEEN '0001-01-02' AND '9999-12-30') THEN
        RAISE EXCEPTION 'a mandate has a day that no program reads' USING ERRCODE = '22008';
    END IF;
    IF NOT reaches_family('bank.edit', given.family_id, false) THEN
        RAISE EXCEPTION 'not a family of yours' USING ERRCODE = '42501';
    END IF;
    IF given.id IS NULL THEN
        INSERT INTO bank_details (version, family_id, person_id, holder, iban, bic, mandate_reference, signed_on,
                                  valid_from, valid_to)
        VALUES (1, given.family_id, given.person_id, given.holder, given.iban, given.bic, given.mandate_reference,
                given.signed_on, given.valid_from, given.valid_to)
        RETURNING id INTO written;
    ELSE
        UPDATE bank_details b SET
            version = given.version, person_id = given.person_id, holder = given.holder,
            iban = coalesce(nullif(given.iban, ''), b.iban), bic = given.bic,
            mandate_reference = given.mandate_reference, signed_on = given.signed_on,
            valid_from = given.valid_from, valid_to = given.valid_to
        WHERE b.id = given.id AND b.family_id = given.family_id RETURNING b.id INTO written;
    END IF;
    IF written IS NULL THEN
        RAISE EXCEPTION 'this mandate has another version' USING ERRCODE = 'BE002';
    END IF;
    RETURN written;
END $$
