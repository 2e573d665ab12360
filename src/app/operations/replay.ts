import { z } from 'zod';
import type { CompiledMapping } from '../../mapping/model.ts';
import { type Preview, type PreviewDeps, preview, touchPreviewed } from '../../sink/preview.ts';
import type { Application } from '../application.ts';
import { confirmedMapping, readMappingOf } from '../mappings.ts';
import { defineOperation } from '../operation.ts';
import { openSource } from '../source-unit.ts';
import { chosenRecords, sourceCalled } from './replay-choice.ts';
import { ReplayReading } from './replay-reading.ts';

/** The mappings of all sources: those confirmed, or the files as they stand. */
export async function mappingsOf(app: Application, which: 'confirmed' | 'file'): Promise<readonly CompiledMapping[]> {
  const mappings: CompiledMapping[] = [];
  for (const configuration of app.loaded.configuration.sources) {
    const unit = await openSource(app, configuration);
    mappings.push(which === 'confirmed' ? await confirmedMapping(app, unit) : readMappingOf(unit).compiled);
    await unit.connector.close();
  }
  return mappings;
}

/** A preview without the lists, for people; the lists stay in the JSON, cut at `limit`. */
export function summaryOf(found: Preview, limit: number) {
  const fields: Record<string, number> = {};
  for (const write of found.writes) {
    const names = write.fields.length === 0 ? [write.operation] : write.fields;
    for (const name of names) fields[`${write.object}.${name}`] = (fields[`${write.object}.${name}`] ?? 0) + 1;
  }
  return {
    looked: found.looked,
    records: found.keys.length,
    writes: found.writes.length,
    calls: found.calls,
    minutes: found.minutes,
    files: found.files,
    fields,
    keys: found.keys.slice(0, limit),
    moves: found.moves.slice(0, limit),
  };
}

export async function previewOf(
  app: Application,
  mappings: readonly CompiledMapping[],
  scope: Parameters<typeof preview>[1],
): Promise<Preview> {
  return preview(await previewDeps(app, mappings), scope);
}

/** What a preview works with, and prices with. */
export async function previewDeps(app: Application, mappings: readonly CompiledMapping[]): Promise<PreviewDeps> {
  const { client, budget } = await app.twenty();
  const limit = budget.limit();
  return {
    state: app.state,
    twenty: client,
    mappings,
    now: app.ports.clock.now(),
    callsPerMinute: (limit.tokens * 60_000) / limit.windowMs,
  };
}

/**
 * Applies what the log holds once more, for a window, an object or single records, to what stands in Twenty now: the rows
 * are read back (200 a call), unless `unread`. What Twenty has already costs no write; what was lost there, or changed by nobody who is a person, is
 * written again; about what people changed the mapping decides (src/sink/SPEC.md §18). Without `apply` it only says what it would do.
 */
export const replay = defineOperation({
  name: 'replay',
  access: 'write',
  input: z.strictObject({
    source: z.string().min(1),
    objects: z.array(z.string().min(1)).default([]),
    records: z.array(z.string().min(1)).default([]),
    from: z.iso.datetime({ offset: true }).optional(),
    /** By the state alone: Twenty is not read, and what was lost there is not found. */
    unread: z.boolean().default(false),
    apply: z.boolean().default(false),
    limit: z.int().min(1).default(1000),
    by: z.string().trim().min(1),
  }),
  async run({ app, daemon }, input) {
    sourceCalled(app, input.source);
    const mappings = await mappingsOf(app, 'confirmed');
    const { objects, keys, shorter } = await chosenRecords(app, mappings, input);
    const deps = await previewDeps(app, mappings);
    const back = new ReplayReading(deps, input.unread);
    const found = await preview(deps, {
      source: input.source,
      look: (rows) => back.look(rows),
      ...(objects === null ? {} : { objects }),
      ...(keys === null ? {} : { keys }),
    });
    if (input.apply) await back.keep();
    const touched = input.apply ? await touchPreviewed(app.state, found) : 0;
    if (input.apply) app.ports.logger.info({ by: input.by, records: touched, source: input.source }, 'replay');
    daemon?.writer?.wake();
    return { ...summaryOf(found, input.limit), read: back.account(), shorter, applied: input.apply, touched };
  },
});
