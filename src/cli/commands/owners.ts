import { ownersDecide, ownersList } from '../../app/operations/owners.ts';
import type { OwnerDecision, OwnerRow } from '../../state/state.ts';
import type { Command, CommandInput } from '../command.ts';
import { operate, text, whoever } from '../operate.ts';
import { table } from '../table.ts';

export const ownersListCommand: Command = {
  name: 'owners list',
  summary: 'Lists the owners that records name, what was decided, and how many records wait for each.',
  arguments: [],
  options: [{ flags: '--source <source>', description: 'Only this source.' }],
  examples: ['changeover owners list'],
  async run(context, input) {
    const source = text(input, 'source');
    const result = await operate(context, ownersList, source === undefined ? {} : { source });
    const none =
      'No record that was read names an owner yet. `changeover doctor` says which owners the source has and who of them is no member.';
    return { json: result, text: result.items.length === 0 ? none : ownerTable(result.items), exit: 'ok' };
  },
};

/** Owners with what was decided about each and how many records wait for it. */
export function ownerTable(owners: readonly (OwnerRow & { readonly waiting: number })[]): string {
  return table(
    ['source', 'owner', 'e-mail', 'decision', 'records waiting'],
    owners.map((owner) => [owner.source, owner.reference, owner.email ?? '', describe(owner.decision), owner.waiting]),
  );
}

function describe(decision: OwnerDecision): string {
  switch (decision.kind) {
    case 'unresolved':
      return 'unresolved';
    case 'member':
      return decision.before === undefined ? 'member' : `member, filled in; before: ${describe(decision.before)}`;
    case 'substitute':
      return `substitute ${decision.email}, by ${decision.by}`;
    case 'waived':
      return `waived${decision.records === null ? '' : ` with ${decision.records} waiting`}, by ${decision.by}`;
    case 'without':
      return `without${decision.until === 'decided' ? ', though a member' : ''}, by ${decision.by}`;
  }
}

function decideCommand(
  verb: string,
  kind: 'member' | 'substitute' | 'waived' | 'without' | 'unresolved',
  summary: string,
): Command {
  const takesEmail = kind === 'member' || kind === 'substitute';
  return {
    name: `owners ${verb}`,
    summary,
    arguments: [
      { name: 'source', description: 'The source of the owner.', required: true },
      { name: 'owner', description: 'The owner, as records name it.', required: true },
      ...(takesEmail ? [{ name: 'email', description: 'E-mail of a member of the workspace.', required: true }] : []),
    ],
    options: [{ flags: '--by <name>', description: 'Who decides; the user of this machine unless given.' }],
    examples: [`changeover owners ${verb} crm jo@old.example${takesEmail ? ' jo@new.example' : ''}`],
    async run(context, input: CommandInput) {
      const [source, reference, email] = input.arguments;
      const decision = takesEmail ? { kind, email } : { kind };
      const result = await operate(context, ownersDecide, { source, reference, decision, by: whoever(input) });
      return {
        json: result,
        text: `${result.reference}: ${describe(result.decision)}; ${result.released} records are looked at again`,
        exit: 'ok',
      };
    },
  };
}

export const ownersMatchCommand = decideCommand(
  'match',
  'member',
  'Says which member an owner is, where the e-mail differs.',
);
export const ownersSubstituteCommand = decideCommand(
  'substitute',
  'substitute',
  'Names a member who takes over the records of an owner.',
);
export const ownersWaiveCommand = decideCommand(
  'waive',
  'waived',
  'Leaves the records of an owner held, and says so in every report.',
);
export const ownersWithoutCommand = decideCommand(
  'without',
  'without',
  'Loads the records of an owner without one; they are filled in once the owner is a member, or decided otherwise.',
);
export const ownersReopenCommand = decideCommand('reopen', 'unresolved', 'Takes a decision back.');
