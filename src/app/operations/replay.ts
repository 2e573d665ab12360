import { z } from 'zod';
import { ChangeoverError } from '../../core/errors.ts';
import { parseRecordKey } from '../../core/identifiers.ts';
import type { CompiledMapping } from '../../mapping/model.ts';
import { type Preview, preview, touchPreviewed } from '../../sink/preview.ts';
import type { Application } from '../application.ts';
import { confirmedMapping, readMappingOf } from '../mappings.ts';
import { defineOperation } from '../operation.ts';
import { openSource } from '../source-unit.ts';

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
  const { client, budget } = await app.twenty();
  const limit = budget.limit();
  return preview(
    {
      state: app.state,
      twenty: client,
      mappings,
      now: app.ports.clock.now(),
      callsPerMinute: (limit.tokens * 60_000) / limit.windowMs,
    },
    scope,
  );
}

/**
 * Applies what the log holds once more, for a window, an object or single records: what Twenty has already costs nothing,
 * what somebody changed or removed there since is written again. Without `apply` it only says what it would do.
 */
export const replay = defineOperation({
  name: 'replay',
  access: 'write',
  input: z.strictObject({
    source: z.string().min(1),
    objects: z.array(z.string().min(1)).default([]),
    records: z.array(z.string().min(1)).default([]),
    from: z.iso.datetime({ offset: true }).optional(),
    apply: z.boolean().default(false),
    limit: z.int().min(1).default(1000),
    by: z.string().trim().min(1),
  }),
  async run({ app, daemon }, input) {
    const mappings = await mappingsOf(app, 'confirmed');
    const known = new Set(mappings.find((mapping) => mapping.source === input.source)?.objects.keys() ?? []);
    const strange = input.objects.find((object) => !known.has(object));
    if (strange !== undefined)
      throw new ChangeoverError('USAGE', `${input.source} has no object ${strange}`, {
        hint: `Objects: ${[...known].join(', ')}.`,
      });
    const keys =
      input.records.length > 0
        ? input.records
        : input.from === undefined
          ? null
          : await keysSince(
              app,
              input.source,
              input.objects.length > 0 ? input.objects : [...known],
              Date.parse(input.from),
            );
    const found = await previewOf(app, mappings, {
      source: input.source,
      ...(input.objects.length === 0 ? {} : { objects: input.objects }),
      ...(keys === null ? {} : { keys }),
    });
    const touched = input.apply ? await touchPreviewed(app.state, found) : 0;
    if (input.apply) app.ports.logger.info({ by: input.by, records: touched, source: input.source }, 'replay');
    daemon?.writer?.wake();
    return { ...summaryOf(found, input.limit), applied: input.apply, touched };
  },
});

/** The records that have an event in the log from that moment on. */
async function keysSince(
  app: Application,
  source: string,
  objects: readonly string[],
  from: number,
): Promise<readonly string[]> {
  const keys = new Set<string>();
  for (const object of objects) {
    const topic = await app.events.topic(source, object);
    const bounds = await app.bus.bounds(topic);
    for (const start of await app.bus.offsetAtTime(topic, from)) {
      const end = bounds.find((one) => one.partition === start.partition)?.end ?? start.offset;
      for await (const read of app.events.read(start, start.offset, end))
        if (read.ok && read.event.kind === 'change') keys.add(read.event.key);
    }
  }
  // Each key proves to be one: a foreign message never names a record.
  return [...keys].filter((key) => parseRecordKey(key).source === source).sort();
}
