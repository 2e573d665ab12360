import type { ChildDraft, LinkAttempt, LinkRequest } from '../../../src/mapping/model.ts';
import { text } from './values.ts';

/** Another record of the source by its id, and the column in Twenty that points at its row. */
export const byId = (column: string, object: string, id: unknown): LinkAttempt => ({
  column,
  label: object,
  by: 'id',
  object,
  id: text(id),
});

/** A link, named after the object that it points at, that is found by id or not at all. */
export const linkTo = (
  object: string,
  column: string,
  id: unknown,
  otherwise: LinkRequest['otherwise'],
): LinkRequest => ({ name: object, attempts: [byId(column, object, id)], otherwise });

/** The row between a note and what it is about; `parentColumn` points at the record that it belongs to. */
export const noteTarget = (
  parentColumn: 'noteId' | 'targetPersonId',
  ...links: readonly LinkRequest[]
): ChildDraft => ({
  name: 'target',
  target: 'noteTarget',
  fields: {},
  parentColumn,
  sharedKey: null,
  links,
});
