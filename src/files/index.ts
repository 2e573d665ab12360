/** Files of records: from the source through the staging folder into Twenty. Promises: SPEC.md. */
export type { FileDeps, FileObserver, FileOptions } from './context.ts';
export { answerContradictions, retryFiles } from './decisions.ts';
export { attachmentId, fileKey } from './keys.ts';
export { createFileMover, type FileMover } from './mover.ts';
export { Staging } from './staging.ts';
