import { z } from 'zod';
import type { SourceConfiguration } from '../../config/schema.ts';
import { ChangeoverError } from '../../core/errors.ts';
import { decideOwner, normaliseEmail, ownerImpact, ownersWithImpact } from '../../sink/owners.ts';
import type { OwnerDescription } from '../../source/connector.ts';
import type { OwnerDecision } from '../../state/state.ts';
import { defineOperation, type OperationContext } from '../operation.ts';

/** Owners with their decision and how many records wait for them, dependants included (LIFE-5). */
export const ownersList = defineOperation({
  name: 'owners-list',
  access: 'read',
  input: z.strictObject({ source: z.string().optional() }),
  async run({ app }, { source }) {
    return app.state.read(async (tx) => ({ items: await ownersWithImpact(tx, source ?? null) }));
  },
});

const decisionInput = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('member'), email: z.email() }),
  z.strictObject({ kind: z.literal('substitute'), email: z.email() }),
  z.strictObject({ kind: z.literal('waived') }),
  z.strictObject({ kind: z.literal('without') }),
  z.strictObject({ kind: z.literal('unresolved') }),
]);
export type DecisionInput = z.infer<typeof decisionInput>;

export const ownersDecide = defineOperation({
  name: 'owners-decide',
  access: 'write',
  input: z.strictObject({
    source: z.string().min(1),
    reference: z.string().min(1),
    decision: decisionInput,
    by: z.string().trim().min(1),
  }),
  async run(context, input) {
    if (!context.app.loaded.configuration.sources.some((source) => source.name === input.source)) {
      throw new ChangeoverError('USAGE', `the configuration has no source ${input.source}`);
    }
    const decision = await decisionOf(context, input.source, input.reference, input.decision, input.by);
    const now = context.app.ports.clock.now();
    const released = await context.app.state.transaction((tx) =>
      decideOwner(tx, input.source, input.reference, decision, now),
    );
    context.app.ports.logger.info(
      { source: input.source, owner: input.reference, decision: decision.kind, by: input.by },
      'owner decided',
    );
    context.daemon?.writer?.wake();
    return { reference: input.reference, decision, released };
  },
});

async function decisionOf(
  context: OperationContext,
  source: string,
  reference: string,
  input: DecisionInput,
  by: string,
): Promise<OwnerDecision> {
  if (input.kind === 'unresolved') return { kind: 'unresolved' };
  if (input.kind === 'without' || input.kind === 'waived') {
    return context.app.state.read(async (tx): Promise<OwnerDecision> => {
      const row = (await tx.owners.get(source, [reference])).get(reference);
      if (input.kind === 'without')
        return { kind: 'without', by, until: row?.decision.kind === 'member' ? 'decided' : 'member' };
      // None waited yet: nothing was read, or the owner was decided otherwise until now.
      return { kind: 'waived', by, records: row === undefined ? null : (await ownerImpact(tx, row)) || null };
    });
  }
  const member = await memberByEmail(context, input.email);
  return input.kind === 'member'
    ? { kind: 'member', memberId: member.id }
    : { kind: 'substitute', memberId: member.id, by, email: input.email };
}

async function memberByEmail(context: OperationContext, email: string) {
  const { client } = await context.app.twenty();
  const members = await client.members({ lane: 'operator' });
  const member = members.find((one) => normaliseEmail(one.email) === normaliseEmail(email));
  if (member === undefined) {
    throw new ChangeoverError('OWNER_NOT_A_MEMBER', `${email} is not a member of the workspace`, {
      hint: 'Members must be invited by a person in Twenty and accept before a record can point at them; an API key cannot invite.',
    });
  }
  return member;
}

/**
 * Gives the records of owners that the source has disabled to whom changeover.yaml names for them (OPX-9). Whoever was decided
 * about before stays as decided. @throws OWNER_NOT_A_MEMBER
 */
export async function reassignInactiveOwners(
  context: OperationContext,
  { name, owners }: SourceConfiguration,
  known: readonly OwnerDescription[],
): Promise<void> {
  if (owners.inactive === 'kept') return;
  const references = known.filter(({ active }) => !active).map(({ reference }) => reference);
  const rows = await context.app.state.read((tx) => tx.owners.get(name, references));
  const named = new Set([...Object.keys(owners.substitutes), ...owners.waived, ...owners.without]);
  for (const reference of references) {
    if (named.has(reference) || (rows.get(reference)?.decision.kind ?? 'unresolved') !== 'unresolved') continue;
    const decision: DecisionInput = { kind: 'substitute', email: owners.inactive.reassignedTo };
    await ownersDecide.run(context, { source: name, reference, decision, by: 'changeover.yaml' });
  }
}

/** Applies what changeover.yaml says of owners: once per decision, so that a later decision by a person stays. */
export async function applyConfiguredOwners(context: OperationContext): Promise<void> {
  const by = 'changeover.yaml';
  for (const source of context.app.loaded.configuration.sources) {
    const wanted: (readonly [string, DecisionInput])[] = [
      ...Object.entries(source.owners.substitutes).map(
        ([reference, email]) => [reference, { kind: 'substitute', email }] as const,
      ),
      ...source.owners.waived.map((reference) => [reference, { kind: 'waived' }] as const),
      ...source.owners.without.map((reference) => [reference, { kind: 'without' }] as const),
    ];
    for (const [reference, decision] of wanted) {
      const known = (await context.app.state.read((tx) => tx.owners.get(source.name, [reference]))).get(reference);
      if (known !== undefined && known.decision.kind !== 'unresolved') continue;
      await ownersDecide.run(context, { source: source.name, reference, decision, by });
    }
  }
}
