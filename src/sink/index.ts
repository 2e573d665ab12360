/** The sink: from the log to Twenty. Its promises: SPEC.md. */
export { closeBreaker } from './breaker-gate.ts';
export { FLAGGED } from './compare.ts';
export { canBeSentAgain } from './decisions.ts';
export type { Coming, SinkEvents, WriterDeps, WriterOptions } from './deps.ts';
export { NO_SINK_EVENTS, WRITER_DEFAULTS } from './deps.ts';
export { BLIND_SETTING, type WatchResult } from './edit-watch.ts';
export { balances, type ObjectBalance, residue } from './identities.ts';
export { BUCKETS, bucketOf } from './image.ts';
export { createIntake, type Intake, type IntakeDeps } from './intake.ts';
export { INTAKE_GROUP, ownerReviewId, placeholderKey, recordReviewId, writerLease } from './names.ts';
export { isDead } from './notices.ts';
export { decideOwner, normaliseEmail, ownerImpact, ownersWithImpact } from './owners.ts';
export { callsFor, type Preview, type PreviewDeps, type PreviewScope, preview, touchPreviewed } from './preview.ts';
export { type ReadBackDeps, type ReadRow, readBack, rowsToRead, type ToldRow, tellReadBack } from './read-back.ts';
export { type RebuildDeps, type Rebuilt, rebuildState } from './rebuild.ts';
export { CHOICE_KIND, CUT_KIND, KEPT_KIND } from './rest.ts';
export { createWriter } from './writer.ts';
export type { Writer, WriterStatus } from './writer-contract.ts';
