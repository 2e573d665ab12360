import { describe } from 'vitest';
import type { StateStore } from '../../src/state/state.ts';
import { adoptedConformance } from './state/adopted.ts';
import { bookkeepingConformance } from './state/bookkeeping.ts';
import { deadLettersConformance } from './state/dead-letters.ts';
import { editsConformance } from './state/edits.ts';
import { filesConformance } from './state/files.ts';
import { intakeConformance } from './state/intake.ts';
import { linksConformance } from './state/links.ts';
import { mergingConformance } from './state/merging.ts';
import { peopleConformance } from './state/people.ts';

import { recordLawsConformance } from './state/record-laws.ts';
import { recordsConformance } from './state/records.ts';
import { targetsConformance } from './state/targets.ts';
import { transactionsConformance } from './state/transactions.ts';

/** Gives a state that is new and empty; whoever gives it closes and removes it after the test. */
export type OpenState = () => Promise<StateStore>;

/** What every database behind the state contract must keep (src/state/state.ts). */
export function stateConformance(name: string, open: OpenState): void {
  describe(`state on ${name}`, () => {
    transactionsConformance(open);
    intakeConformance(open);
    recordsConformance(open);
    recordLawsConformance(open);
    targetsConformance(open);
    linksConformance(open);
    bookkeepingConformance(open);
    peopleConformance(open);
    deadLettersConformance(open);
    editsConformance(open);
    filesConformance(open);
    mergingConformance(open);
    adoptedConformance(open);
  });
}
