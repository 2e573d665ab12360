import { createHash } from 'node:crypto';

/** The names the server generates for indexes: stable, and not to be understood. */
export function uniqueIndexName(object: string, field: string): string {
  return `IDX_UNIQUE_${createHash('sha1').update(`${object}.${field}`).digest('hex').slice(0, 27)}`;
}

export function indexName(object: string, field: string): string {
  return `IDX_${createHash('sha1').update(`${object}.${field}`).digest('hex').slice(0, 27)}`;
}
