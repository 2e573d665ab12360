import type { StateTransaction } from '../state.ts';
import { apartOf } from './apart.ts';
import { auditOf } from './audit.ts';
import { breakersOf } from './breakers.ts';
import { correctionsOf } from './corrections.ts';
import { editsOf } from './edits.ts';
import { filesOf } from './files.ts';
import { foreignMessagesOf } from './foreign-messages.ts';
import { givenBackOf } from './given-back.ts';
import { intentsOf, journalOf } from './journal.ts';
import { leasesOf } from './leases.ts';
import { ledgerOf } from './ledger.ts';
import { lineageOf } from './lineage.ts';
import { dependenciesOf, positionsOf, uniquesOf } from './links.ts';
import { lookupsOf } from './lookups.ts';
import { mappingsOf } from './mappings.ts';
import { outboxOf } from './outbox.ts';
import { ownersOf } from './owners.ts';
import { processesOf } from './processes.ts';
import { recordsOf } from './records.ts';
import { lossesOf, rejectsOf } from './rejects.ts';
import { retriesOf } from './retries.ts';
import { reviewsOf } from './reviews.ts';
import type { Session } from './session.ts';
import { checkpointsOf, namesOf, settingsOf } from './settings.ts';
import { targetsOf } from './targets.ts';
import { watermarksOf } from './watermarks.ts';

/** All repositories over one session. `ahead`: see leasesOf. */
export function transactionOf(session: Session, ahead = 0): StateTransaction {
  return {
    settings: settingsOf(session),
    leases: leasesOf(session, ahead),
    positions: positionsOf(session),
    checkpoints: checkpointsOf(session),
    records: recordsOf(session),
    ledger: ledgerOf(session),
    watermarks: watermarksOf(session),
    targets: targetsOf(session),
    intents: intentsOf(session, ahead),
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
    edits: editsOf(session),
    files: filesOf(session),
    apart: apartOf(session),
    lineage: lineageOf(session),
    givenBack: givenBackOf(session),
    processes: processesOf(session, ahead),
    sharedTime: (now) => now + ahead,
  };
}
