import { contentHash, uuidV5 } from '../core/identifiers.ts';

/** The key of a file: its record, its name in the mapping, and its reference, of which a record may have several under one name. */
export function fileKey(recordKey: string, name: string, reference: string): string {
  return `${recordKey}~${name}:${contentHash(reference).slice(0, 16)}`;
}

/** The id of its attachment in Twenty: the same for ever, so that no file is attached twice. */
export function attachmentId(key: string): string {
  return uuidV5(key);
}

const CONTRADICTION = '?contradiction/';

/** The question that asks whether a file whose content contradicts its name is to move. */
export function contradictionReviewId(key: string, content: string): string {
  return `${key}${CONTRADICTION}${content}`;
}

/** The file that such a question is about; undefined where it is another question. */
export function contradictionOf(reviewId: string): string | undefined {
  const at = reviewId.lastIndexOf(CONTRADICTION);
  return at < 0 ? undefined : reviewId.slice(0, at);
}
