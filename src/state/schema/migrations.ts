import { ChangeoverError } from '../../core/errors.ts';
import { initial } from './001-initial.ts';
import { deadLetters } from './002-dead-letters.ts';
import { edits } from './003-edits.ts';
import { files } from './004-files.ts';
import { merging } from './005-merging.ts';
import { processes } from './006-processes.ts';
import { adopted } from './007-adopted.ts';
import { questionIds } from './008-question-ids.ts';
import { type Dialect, type Statement, TableDraft } from './columns.ts';

export interface Migration {
  /** From 1, without gaps. */
  readonly number: number;
  readonly name: string;
  /** The statements that take a database of the number before to this one; all in one transaction. */
  readonly statements: (dialect: Dialect) => readonly Statement[];
}

/** The literal list. A released migration never changes; a new one is added at the end. */
export const MIGRATIONS: readonly Migration[] = [
  { number: 1, name: 'initial', statements: initial },
  { number: 2, name: 'dead-letters', statements: deadLetters },
  { number: 3, name: 'edits', statements: edits },
  { number: 4, name: 'files', statements: files },
  { number: 5, name: 'merging', statements: merging },
  { number: 6, name: 'processes', statements: processes },
  { number: 7, name: 'adopted', statements: adopted },
  { number: 8, name: 'question-ids', statements: questionIds },
];

export interface AppliedMigration {
  readonly number: number;
  readonly name: string;
}

export function migrationsTable(dialect: Dialect): Statement {
  return new TableDraft(dialect, 'migrations')
    .integer('number')
    .text('name')
    .integer('applied_at')
    .primaryKey('number')
    .compile();
}

/**
 * What is still to be done.
 * @throws STATE_TOO_NEW where the database knows more than this program, STATE_NOT_A_STATE where its history is another's.
 */
export function pendingMigrations(
  applied: readonly AppliedMigration[],
  place: string,
  known: readonly Migration[] = MIGRATIONS,
): readonly Migration[] {
  const last = applied.reduce((newest, migration) => Math.max(newest, migration.number), 0);
  if (last > known.length) {
    throw new ChangeoverError(
      'STATE_TOO_NEW',
      `${place} has version ${last}; this program knows up to ${known.length}`,
      {
        place: { file: place },
      },
    );
  }
  for (const migration of known.slice(0, last)) {
    if (applied.some(({ number, name }) => number === migration.number && name === migration.name)) continue;
    throw new ChangeoverError('STATE_NOT_A_STATE', `${place} lacks migration ${migration.number} (${migration.name})`, {
      place: { file: place },
    });
  }
  return known.slice(last);
}
