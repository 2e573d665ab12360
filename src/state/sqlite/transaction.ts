import { auditOf } from '../repositories/audit.ts';
import { breakersOf } from '../repositories/breakers.ts';
import { correctionsOf } from '../repositories/corrections.ts';
import { foreignMessagesOf } from '../repositories/foreign-messages.ts';
import { intentsOf, journalOf } from '../repositories/journal.ts';
import { leasesOf } from '../repositories/leases.ts';
import { mappingsOf } from '../repositories/mappings.ts';
import { outboxOf } from '../repositories/outbox.ts';
import { ownersOf } from '../repositories/owners.ts';
import { lossesOf, rejectsOf } from '../repositories/rejects.ts';
import { retriesOf } from '../repositories/retries.ts';
import { reviewsOf } from '../repositories/reviews.ts';
import { checkpointsOf, namesOf, settingsOf } from '../repositories/settings.ts';
import { watermarksOf } from '../repositories/watermarks.ts';
import type { StateTransaction } from '../state.ts';
import { ledgerOf } from './ledger.ts';
import { dependenciesOf, positionsOf, uniquesOf } from './links.ts';
import { lookupsOf } from './lookups.ts';
import { recordsOf } from './records.ts';
import type { SqliteSession } from './session.ts';
import { targetsOf } from './targets.ts';

/** The repositories over one session: the hot ones on prepared statements, the others on what both databases share. */
export function transactionOf(session: SqliteSession): StateTransaction {
  return {
    settings: settingsOf(session),
    leases: leasesOf(session),
    positions: positionsOf(session),
    checkpoints: checkpointsOf(session),
    records: recordsOf(session),
    ledger: ledgerOf(session),
    watermarks: watermarksOf(session),
    targets: targetsOf(session),
    intents: intentsOf(session),
    journal: journalOf(session),
    dependencies: dependenciesOf(session),
    lookups: lookupsOf(session),
    uniques: uniquesOf(session),
    owners: ownersOf(session),
    reviews: reviewsOf(session),
    mappings: mappingsOf(session),
    rejects: rejectsOf(session),
    losses: lossesOf(session),
    names: namesOf(session),
    retries: retriesOf(session),
    outbox: outboxOf(session),
    corrections: correctionsOf(session),
    breakers: breakersOf(session),
    foreignMessages: foreignMessagesOf(session),
    audit: auditOf(session),
  };
}
