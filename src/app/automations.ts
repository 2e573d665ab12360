import { ChangeoverError } from '../core/errors.ts';
import type { CompiledMapping } from '../mapping/model.ts';
import type { AuditEntry } from '../state/state.ts';
import { type Automation, fingerprintOf, readAutomations } from '../twenty/automations.ts';
import type { Application } from './application.ts';
import { mappingsOf } from './operations/replay.ts';

const SETTING = 'twenty.automations-agreed';
const ACTION = 'automations-agree';
/** Entries of the audit that are looked through. */
const AUDITED = 10_000;

/** Who agreed that writing sets these off, and when. */
export interface AutomationAgreement {
  readonly by: string;
  readonly at: number;
  readonly automations: readonly Automation[];
}

export interface AutomationsNow {
  readonly automations: readonly Automation[];
  readonly agreement: AutomationAgreement | null;
  /** Those that nobody has agreed to as they are now. */
  readonly open: readonly Automation[];
}

/** What writing these objects sets off in the workspace, and what of it was agreed to. */
export async function automationsOf(app: Application, objects: readonly string[]): Promise<AutomationsNow> {
  const { client } = await app.twenty();
  const automations = await readAutomations(client, objects);
  const agreement = await app.state.read(
    async (tx) => ((await tx.settings.get(SETTING)) ?? null) as AutomationAgreement | null,
  );
  const agreed = new Set((agreement?.automations ?? []).map(fingerprintOf));
  return { automations, agreement, open: automations.filter((each) => !agreed.has(fingerprintOf(each))) };
}

/** Keeps it, and who agreed to what in the audit, in one transaction. */
export async function keepAgreement(app: Application, agreement: AutomationAgreement): Promise<void> {
  const { by, at, automations } = agreement;
  const detail = { automations: automations.map(({ kind, id, name, events }) => ({ kind, id, name, events })) };
  await app.state.transaction(async (tx) => {
    await tx.settings.set(SETTING, agreement);
    // Of the workspace as a whole: every source's records set them off.
    await tx.audit.append([{ at, by, action: ACTION, source: '', object: null, key: null, reason: null, detail }]);
  });
}

/** Every agreement there was, newest first, as the audit has it. */
export async function agreementsOf(app: Application): Promise<readonly AuditEntry[]> {
  const entries = await app.state.read((tx) => tx.audit.newest(AUDITED));
  return entries.filter(({ action }) => action === ACTION);
}

/** Before anything is written: throws TWENTY_AUTOMATIONS_NOT_AGREED with what the load would set off unasked. */
export async function requireAgreement(app: Application, objects: readonly string[]): Promise<void> {
  if (objects.length === 0) return;
  const { open } = await automationsOf(app, objects);
  if (open.length === 0) return;
  const names = open.map(({ kind, name, events }) => `${kind} ${name} (${events.join(', ')})`);
  throw new ChangeoverError(
    'TWENTY_AUTOMATIONS_NOT_AGREED',
    `nobody agreed that writing sets off: ${names.join('; ')}`,
  );
}

/** The objects that the mappings of all sources write, as their files stand. */
export async function writtenObjects(app: Application, which: 'file' | 'confirmed'): Promise<readonly string[]> {
  const mappings = await mappingsOf(app, which);
  return [...new Set(mappings.flatMap(writtenBy))].sort();
}

/** The objects that a mapping writes: those with sync fields, and attachments where files move. */
export function writtenBy({ desired, objects }: CompiledMapping): readonly string[] {
  const attaches = [...objects.values()].some(({ files }) => files !== undefined);
  return attaches ? [...desired.synced, 'attachment'] : desired.synced;
}
