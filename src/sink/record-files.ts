import { contentHash } from '../core/identifiers.ts';
import type { Declaration, DeclaredFile, RecordStanding } from '../files/declare.ts';
import { fileKey } from '../files/keys.ts';
import type { FileWish } from '../files/life.ts';
import { safeName } from '../files/names.ts';
import type { FileDraft } from '../mapping/model.ts';
import type { FileTarget, Reason, RecordClass, RecordRow, TargetRow } from '../state/state.ts';
import { linkColumn } from '../twenty/selection.ts';
import type { Verdict } from './compose.ts';
import type { PlanContext } from './context.ts';
import type { PassPlan } from './pass.ts';
import type { FileLink, Standing } from './standing.ts';

const ATTACHMENT = 'attachment';
/** A record that is held by this reason stands in Twenty all the same, without one link. */
const PARTIAL = 'SINK_LINK_PENDING';

/**
 * What the records of a pass say of their files (src/files/SPEC.md F1). Objects without files cost nothing: neither their
 * mapping nor the ledger of files names them.
 */
export async function declarationsOf(context: PlanContext, plan: PassPlan): Promise<readonly Declaration[]> {
  const { tx, facts } = context;
  const members = plan.clusters.flatMap((cluster) =>
    cluster.formed.cluster.members.map(({ row }) => ({
      row,
      verdict: cluster.verdicts.get(row.key),
      kept: cluster.kept.has(row.key),
    })),
  );
  const objects = new Set(members.map(({ row }) => `${row.source}/${row.object}`));
  const withFiles = new Set([...objects].filter((name) => hasFiles(context, name)));
  if (withFiles.size < objects.size) {
    // A mapping that names files no more has them taken away.
    for (const { source, object } of await tx.files.ledger(null)) withFiles.add(`${source}/${object}`);
  }
  const concerned = members.filter(({ row }) => withFiles.has(`${row.source}/${row.object}`));
  if (concerned.length === 0) return [];
  const targets = await tx.targets.ofRecords(concerned.map(({ row }) => row.key));
  return concerned.flatMap(({ row, verdict, kept }): Declaration[] => {
    const target = targets.get(row.key);
    const written = target?.status === 'written' ? target : null;
    const released = kept || target?.status === 'released';
    const standing = standingOf(row, verdict, written, released);
    if (standing === null) return [];
    const drafts = standing.kind === 'gone' || standing.kind === 'released' ? [] : facts.files(row);
    const stood = plan.stood.get(row.key)?.standing;
    return [
      {
        recordKey: row.key,
        standing,
        files: drafts.map((draft) => declared(context, row, draft, standing, written, stood)),
      },
    ];
  });
}

function hasFiles({ facts }: PlanContext, name: string): boolean {
  const [source = '', object = ''] = name.split('/');
  return facts.mapping(source, object)?.files !== undefined;
}

/** Null: nothing to say now. */
function standingOf(
  row: RecordRow,
  verdict: Verdict | undefined,
  written: TargetRow | null,
  released: boolean,
): RecordStanding | null {
  if (verdict === undefined || verdict.kind === 'later') return null;
  if (verdict.kind === 'write') return row.event.op === 'DELETE' ? null : { kind: 'pending' };
  const standing = OF_CLASS[verdict.class](verdict.reason, written);
  return standing?.kind === 'gone' && released ? { kind: 'released' } : standing;
}

type Standings = (reason: Reason | null, written: TargetRow | null) => RecordStanding | null;

const blockedBy = (code: 'FILES_RECORD_WAITS' | 'FILES_RECORD_REFUSED', reason: Reason | null): RecordStanding => ({
  kind: 'blocked',
  reason: { code, message: reason === null ? 'no reason is known' : `${reason.code}: ${reason.message}` },
});
const inTwenty: Standings = (_reason, written) => (written === null ? { kind: 'pending' } : { kind: 'ready' });

/** What becomes of files with each class that a record can come to. */
const OF_CLASS: Readonly<Record<RecordClass, Standings>> = {
  'on-the-way': () => ({ kind: 'pending' }),
  applied: inTwenty,
  merged: inTwenty,
  held: (reason, written) =>
    reason?.code === PARTIAL && written !== null ? { kind: 'ready' } : blockedBy('FILES_RECORD_WAITS', reason),
  'dead-lettered': (reason) => blockedBy('FILES_RECORD_REFUSED', reason),
  excluded: (reason) => ({
    kind: reason?.code === 'SINK_DISCARDED' ? 'kept' : 'left-out',
    reason: { code: 'FILES_RECORD_EXCLUDED', message: reason?.message ?? 'its record is left out' },
  }),
  deleting: () => null,
  'delete-held': () => null,
  deleted: () => ({ kind: 'gone' }),
};

function declared(
  context: PlanContext,
  row: RecordRow,
  draft: FileDraft,
  standing: RecordStanding,
  written: TargetRow | null,
  stood: Standing | undefined,
): DeclaredFile {
  const key = fileKey(row.key, draft.name, draft.reference);
  const place = placeOf(context, draft, written, stood?.kind === 'ready' ? stood.files.get(key) : undefined);
  const target = 'column' in place ? place : null;
  const wish: FileWish = {
    key,
    source: row.source,
    object: row.object,
    recordKey: row.key,
    reference: draft.reference,
    fingerprint: contentHash([draft.reference, draft.version, draft.declaredSize, draft.declaredType]),
    name: safeName(draft.fileName, `${row.object}-${row.id}`),
    sourceName: draft.fileName,
    declaredType: draft.declaredType,
    declaredSize: draft.declaredSize,
    target,
  };
  const apart = standing.kind === 'ready' && !('column' in place) ? place : null;
  return { wish, apart };
}

/** Where a file is attached, or why it is not. */
function placeOf(
  { workspace }: PlanContext,
  draft: FileDraft,
  written: TargetRow | null,
  link: FileLink | undefined,
): FileTarget | NonNullable<DeclaredFile['apart']> {
  if (draft.link === null) {
    if (written === null) return { kind: 'pending' };
    const attachment = workspace.objects.get(ATTACHMENT);
    const column = attachment === undefined ? undefined : linkColumn(attachment, written.object);
    if (column !== undefined) return { column, id: written.id };
    const message = `an attachment of this workspace cannot be linked to ${written.object}`;
    return { kind: 'blocked', reason: { code: 'FILES_NO_PLACE', message } };
  }
  switch (link?.kind) {
    case 'found':
      return link.target;
    case 'missing':
      return {
        kind: link.held ? 'blocked' : 'left-out',
        reason: { code: 'FILES_LINK_MISSING', message: `${draft.name}: ${link.reason}` },
      };
    default:
      return { kind: 'pending' };
  }
}
