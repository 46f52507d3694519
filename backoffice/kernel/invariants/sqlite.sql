-- What must hold in an embedded database. See __init__.py for the form.

-- name: numbers_follow
-- Les numéros d'une série se suivent sans trou ni doublon, jusqu'au compteur.
-- sees: billing.read
WITH used AS (
    SELECT substr(number, 1, length(number) - 5) AS series, count(DISTINCT number) AS used, max(number) AS highest
    FROM invoices WHERE kind <> 'historic' GROUP BY 1
)
SELECT c.series, c.last, u.used FROM number_counters c LEFT JOIN used u ON u.series = c.series
WHERE u.used IS NOT c.last OR substr(u.highest, -5) IS NOT printf('%05d', c.last)
UNION ALL
SELECT u.series, NULL, u.used FROM used u WHERE u.series NOT IN (SELECT series FROM number_counters);

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
      WHERE j.table_name = 'charges' AND j.verb = 'D' AND j.before ->> 'carried_by_run_id' = r.id
  )
  AND EXISTS (SELECT 1 FROM invoices);

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
WHERE w.given_by = '' OR w.reason = '' OR w.until < date(w.given_at);

-- name: whole_file
-- Aucune ligne n'en nomme une autre qui n'existe pas.
-- sees:
PRAGMA foreign_key_check;
