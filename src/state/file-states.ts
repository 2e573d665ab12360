/**
 * Where a file stands that a source record brings along (src/files/SPEC.md §1). Exactly one state at any moment; the class
 * is what reports count.
 */
export const FILE_STATES = [
  /** Its record is on the way: there is nothing yet that it could be attached to. */
  'waiting',
  /** Its record is held or refused, so that there is nothing to attach it to. */
  'blocked',
  /** To be read from the source. */
  'wanted',
  /** Its bytes lie in the staging folder, under their hash. */
  'staged',
  /** Twenty gave a place for it; the bytes may be there. */
  'asked',
  /** Its bytes are in Twenty, whole; no record shows them yet. */
  'uploaded',
  /** The write of its attachment was begun; nobody repeats it before its deadline. */
  'linking',
  /** Its attachment shows it on the record it belongs to. */
  'linked',
  /** Waits for something named, for its own sake. */
  'held',
  /** Refused for good. */
  'refused',
  /** Left out, with its record or by the mapping. */
  'excluded',
  /** As `excluded`, but its attachment has to go from Twenty first. */
  'withdrawing',
  /** The source has it no more; its attachment has to go from Twenty. */
  'deleting',
] as const;

export type FileState = (typeof FILE_STATES)[number];

/** What the attachment report adds up: known = the sum of these. */
export const FILE_CLASSES = ['uploaded', 'linked', 'held', 'refused', 'excluded', 'on-the-way'] as const;
export type FileClass = (typeof FILE_CLASSES)[number];

/** `gone`: the source has it no more, so that it does not count as known. */
export const CLASS_OF_STATE: Readonly<Record<FileState, FileClass | 'gone'>> = {
  waiting: 'on-the-way',
  blocked: 'held',
  wanted: 'on-the-way',
  staged: 'on-the-way',
  asked: 'on-the-way',
  uploaded: 'uploaded',
  linking: 'uploaded',
  linked: 'linked',
  held: 'held',
  refused: 'refused',
  excluded: 'excluded',
  withdrawing: 'on-the-way',
  deleting: 'gone',
};

/** States in which the writer of files has something to do. */
export const DUE_STATES = [
  'wanted',
  'staged',
  'asked',
  'uploaded',
  'linking',
  'withdrawing',
  'deleting',
] as const satisfies readonly FileState[];
