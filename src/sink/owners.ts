import type { OwnerDecision, OwnerRow, StateStore, StateTransaction } from '../state/state.ts';
import type { WorkspaceMember } from '../twenty/model.ts';
import type { Lane, Twenty } from '../twenty/twenty.ts';
import { ownerName, ownerReviewId } from './names.ts';

/** E-mails are compared without regard to case, and never by the rules of the host's language. */
export function normaliseEmail(email: string): string {
  return email.trim().normalize('NFC').toLowerCase();
}

function emailOf(row: Pick<OwnerRow, 'email' | 'reference'>): string | null {
  if (row.email !== null && row.email.trim() !== '') return normaliseEmail(row.email);
  return row.reference.includes('@') ? normaliseEmail(row.reference) : null;
}

/** The workspace's members as last polled, and the decisions in the state (ALL-2, LIFE-5). */
export class OwnerBook {
  #byEmail: ReadonlyMap<string, WorkspaceMember> = new Map();
  #names: ReadonlyMap<string, string> = new Map();

  /** Takes the members as they are now. */
  know(members: readonly WorkspaceMember[]): void {
    this.#byEmail = new Map(members.map((member) => [normaliseEmail(member.email), member]));
    this.#names = new Map(members.map((member) => [member.id, member.name]));
  }

  isMember(id: string): boolean {
    return this.#names.has(id);
  }

  nameOf(id: string): string | null {
    return this.#names.get(id) ?? null;
  }

  match(row: Pick<OwnerRow, 'email' | 'reference'>): WorkspaceMember | null {
    const email = emailOf(row);
    return email === null ? null : (this.#byEmail.get(email) ?? null);
  }

  /** The rows of these references. One never seen before enters the queue, matched by e-mail where that works. */
  async rows(
    tx: StateTransaction,
    source: string,
    references: readonly string[],
    now: number,
  ): Promise<ReadonlyMap<string, OwnerRow>> {
    const known = new Map(await tx.owners.get(source, references));
    const changed: OwnerRow[] = [];
    for (const reference of references) {
      const row = known.get(reference) ?? newOwner(source, reference);
      const member = row.decision.kind === 'unresolved' ? this.match(row) : null;
      const matched: OwnerRow =
        member === null ? row : { ...row, decision: { kind: 'member', memberId: member.id }, decidedAt: now };
      if (matched !== known.get(reference)) changed.push(matched);
      known.set(reference, matched);
    }
    if (changed.length > 0) await tx.owners.put(changed);
    const unresolved = changed.filter((row) => row.decision.kind === 'unresolved');
    if (unresolved.length > 0) await askFor(tx, unresolved, now);
    return known;
  }
}

function newOwner(source: string, reference: string): OwnerRow {
  return {
    source,
    reference,
    email: reference.includes('@') ? normaliseEmail(reference) : null,
    name: null,
    active: true,
    decision: { kind: 'unresolved' },
    decidedAt: null,
  };
}

async function askFor(tx: StateTransaction, rows: readonly OwnerRow[], now: number): Promise<void> {
  await tx.reviews.ask(
    rows.map((row) => ({
      id: ownerReviewId(row.source, row.reference),
      queue: 'owner' as const,
      source: row.source,
      object: null,
      recordKey: null,
      question: `Who in Twenty stands for the owner "${row.reference}"?`,
      detail: { reference: row.reference, email: row.email },
      choices: ['member', 'substitute', 'without', 'waive'],
      blocking: false,
      createdAt: now,
    })),
  );
}

/**
 * Stores a decision and makes everybody due who waits for it. `changeover owners` and the member poll both come here.
 * Returns how many records were released.
 */
export async function decideOwner(
  tx: StateTransaction,
  source: string,
  reference: string,
  decision: OwnerDecision,
  now: number,
): Promise<number> {
  const row = (await tx.owners.get(source, [reference])).get(reference) ?? newOwner(source, reference);
  const open = decision.kind === 'unresolved';
  await tx.owners.put([{ ...row, decision, decidedAt: open ? null : now }]);
  if (!open) await tx.reviews.withdraw([ownerReviewId(source, reference)]);
  return tx.dependencies.release([ownerName(source, reference)]);
}

/** Whether anybody waits for an owner about whom this was decided: its records and those behind them. */
const WAITED_FOR: Readonly<Record<OwnerDecision['kind'], boolean>> = {
  unresolved: true,
  waived: true,
  member: false,
  substitute: false,
  without: false,
};

/** How many records wait for this owner, those behind them included. */
export function ownerImpact(tx: StateTransaction, row: Pick<OwnerRow, 'source' | 'reference' | 'decision'>) {
  return WAITED_FOR[row.decision.kind] ? tx.dependencies.waiting(ownerName(row.source, row.reference)) : 0;
}

/** Every owner that records name, with how many records wait for it, the most waited for first. */
export async function ownersWithImpact(
  tx: StateTransaction,
  source: string | null,
): Promise<readonly (OwnerRow & { readonly waiting: number })[]> {
  const found: (OwnerRow & { readonly waiting: number })[] = [];
  for (const row of await tx.owners.all(source)) found.push({ ...row, waiting: await ownerImpact(tx, row) });
  return found.sort((a, b) => b.waiting - a.waiting || a.reference.localeCompare(b.reference, 'en'));
}

/** What the members, as they are now, make of a decision; null where it stands as it is. */
function decisionByMembers(row: OwnerRow, book: OwnerBook): OwnerDecision | null {
  const { decision } = row;
  switch (decision.kind) {
    case 'member':
      return book.isMember(decision.memberId) ? null : (decision.before ?? { kind: 'unresolved' });
    case 'unresolved': {
      const member = book.match(row);
      return member === null ? null : { kind: 'member', memberId: member.id };
    }
    case 'without': {
      const member = decision.until === 'decided' ? null : book.match(row);
      return member === null ? null : { kind: 'member', memberId: member.id, before: decision };
    }
    case 'substitute':
    case 'waived':
      return null;
  }
}

/**
 * One call: reads the members, and resolves every owner whose e-mail is among them now and who was unresolved, or whose
 * records were loaded without an owner until then. Returns how many records are looked at again.
 */
export async function pollMembers(
  parts: { readonly twenty: Pick<Twenty, 'members'>; readonly state: StateStore; readonly book: OwnerBook },
  options: { readonly lane: Lane; readonly now: number; readonly signal?: AbortSignal },
): Promise<number> {
  const { lane, signal } = options;
  parts.book.know(await parts.twenty.members(signal === undefined ? { lane } : { lane, signal }));
  return parts.state.transaction(async (tx) => {
    let released = 0;
    for (const row of await tx.owners.all(null)) {
      const decision = decisionByMembers(row, parts.book);
      if (decision !== null) released += await decideOwner(tx, row.source, row.reference, decision, options.now);
    }
    return released;
  });
}
