import { z } from 'zod';
import { asChangeoverError, ChangeoverError } from '../../core/errors.ts';
import { auditForeign, correctValues, discard, discardForeign, type Said, sendAgain } from '../../sink/decisions.ts';
import { parsePlace, takeForeign } from '../../sink/foreign.ts';
import type { StateTransaction } from '../../state/state.ts';
import type { Application } from '../application.ts';
import { defineOperation, type OperationContext } from '../operation.ts';
import { plain } from '../plain.ts';
import { findRefused, type Refused, refusedByName } from '../refused.ts';
import { typedValues } from '../typed-values.ts';
import { mappingsOf, previewOf } from './replay.ts';

const filter = {
  source: z.string().min(1).optional(),
  object: z.string().min(1).optional(),
  code: z.string().min(1).optional(),
  field: z.string().min(1).optional(),
  olderThanSeconds: z.number().min(0).optional(),
  parked: z.boolean().default(false),
  limit: z.int().min(1).max(100_000).default(100),
};

const chosen = {
  ...filter,
  /** Record keys, and places of messages; they win over the filter. */
  names: z.array(z.string().min(1)).default([]),
  all: z.boolean().default(false),
  yes: z.boolean().default(false),
  by: z.string().trim().min(1),
};

type Chosen = z.infer<z.ZodObject<typeof chosen>>;

/** What is spent of the API without asking, minutes. */
const UNASKED_MINUTES = 1;

export const deadLettersList = defineOperation({
  name: 'dead-letters-list',
  access: 'read',
  input: z.strictObject(filter),
  run: ({ app }, input) => find(app, input),
});

/** One refused record or message with everything that is known of it. */
export const deadLettersShow = defineOperation({
  name: 'dead-letters-show',
  access: 'read',
  input: z.strictObject({ name: z.string().min(1) }),
  async run({ app }, { name }) {
    const [refused] = await refusedByName(app.state, [name]);
    const place = parsePlace(name);
    return app.state.read(async (tx) => {
      const row = place === null ? (await tx.records.get([name])).get(name) : undefined;
      const message = place === null ? null : await tx.foreignMessages.get(place);
      return {
        refused: refused ?? null,
        event: row === undefined ? null : plain({ ...row.event, place: row.place }),
        correction: plain((await tx.corrections.get([name])).get(name)),
        decisions: await tx.audit.of(name),
        waiting: row === undefined ? 0 : await tx.dependencies.count(`record:${name}`),
        /** Base64; null where it is none, or too long to keep: the log has it. */
        bytes: message?.bytes ?? null,
      };
    });
  },
});

/** Sends refused records again, and takes in messages that are understood by now. */
export const deadLettersRetry = defineOperation({
  name: 'dead-letters-retry',
  access: 'write',
  input: z.strictObject({
    ...chosen,
    reason: z.string().trim().min(1).optional(),
    preview: z.boolean().default(false),
  }),
  async run(context, input) {
    const { app, daemon } = context;
    const { items, matching } = await choose(app, input);
    const keys = recordsOf(items);
    const said = saidBy(app, input.by, input.reason ?? null);
    const price = await priceOf(context, keys, (tx, part) => sendAgain(tx, part, said));
    const result = { matching, chosen: items, ...price };
    if (input.preview) return { ...result, applied: false, sent: [], taken: [], failed: [] };
    if (!input.yes && price.minutes > UNASKED_MINUTES) {
      throw new ChangeoverError(
        'DEAD_LETTERS_COSTLY',
        `sending ${keys.length} records again would take ${price.calls} calls, about ${price.minutes.toFixed(1)} minutes of the API`,
      );
    }
    const sent = keys.length === 0 ? [] : await app.state.transaction((tx) => sendAgain(tx, keys, said));
    const { done, failed } = await forMessages(items, async (place, source) => {
      await takeForeign({ state: app.state, events: app.events }, place, said.now);
      await app.state.transaction((tx) => auditForeign(tx, 'dead-letters-retry', source, place, said));
    });
    daemon?.writer?.wake();
    return { ...result, applied: true, sent, taken: done, failed };
  },
});

/** Corrects values of a refused event, for Twenty alone, and sends it again. */
export const deadLettersEdit = defineOperation({
  name: 'dead-letters-edit',
  access: 'write',
  input: z.strictObject({
    name: z.string().min(1),
    changes: z.record(z.string().min(1), z.string()),
    reason: z.string().trim().min(1).optional(),
    preview: z.boolean().default(false),
    by: z.string().trim().min(1),
  }),
  async run(context, { name, changes, reason, preview, by }) {
    const { app, daemon } = context;
    if (Object.keys(changes).length === 0)
      throw new ChangeoverError('USAGE', 'say what is to be corrected: field=value');
    const [refused] = await refusedByName(app.state, [name]);
    if (refused === undefined || refused.kind === 'message')
      throw new ChangeoverError('DEAD_LETTER_UNKNOWN', `${name} is no record: only events have values to correct`);
    const fields = await app.events.fields(refused.source, refused.object);
    const values = typedValues(fields, changes, refused.object);
    const said = saidBy(app, by, reason ?? null);
    const price = await priceOf(context, [name], (tx) => correctValues(tx, name, values, said));
    if (!preview) {
      await app.state.transaction((tx) => correctValues(tx, name, values, said));
      daemon?.writer?.wake();
    }
    return { name, is: plain(values), ...price, applied: !preview };
  },
});

/** Leaves refused events out for good. By filter only after a look: without `yes` it says which. */
export const deadLettersDiscard = defineOperation({
  name: 'dead-letters-discard',
  access: 'write',
  input: z.strictObject({ ...chosen, reason: z.string().trim().min(1) }),
  async run({ app, daemon }, input) {
    const { items, matching } = await choose(app, input);
    if (input.names.length === 0 && !input.yes)
      return { matching, chosen: items, applied: false, discarded: [], failed: [] };
    const said = { ...saidBy(app, input.by, input.reason), reason: input.reason };
    const keys = recordsOf(items);
    const discarded = keys.length === 0 ? [] : await app.state.transaction((tx) => discard(tx, keys, said));
    const { done, failed } = await forMessages(items, (place) =>
      app.state.transaction((tx) => discardForeign(tx, place, said)),
    );
    daemon?.writer?.wake();
    return { matching, chosen: items, applied: true, discarded: [...discarded, ...done], failed };
  },
});

function find(app: Application, input: Omit<Chosen, 'names' | 'all' | 'yes' | 'by'>) {
  const sources = app.loaded.configuration.sources.map(({ name }) => name);
  return findRefused({ state: app.state, now: app.ports.clock.now() }, sources, input, input.limit);
}

async function choose(app: Application, input: Chosen) {
  if (input.names.length > 0) {
    const items = await refusedByName(app.state, input.names);
    return { items, matching: items.length };
  }
  const { source, object, code, field, olderThanSeconds } = input;
  const isNarrow = [source, object, code, field, olderThanSeconds].some((one) => one !== undefined);
  if (!isNarrow && !input.all) throw new ChangeoverError('USAGE', 'name what you mean, give a filter, or say --all');
  return find(app, input);
}

function recordsOf(items: readonly Refused[]): readonly string[] {
  return items.flatMap((one) => (one.kind === 'record' ? [one.name] : []));
}

function saidBy(app: Application, by: string, reason: string | null): Said {
  return { by, reason, now: app.ports.clock.now(), run: app.ports.random.uuid() };
}

/** What it takes if Twenty accepts it all. What our own check refuses still costs nothing, and is counted. */
async function priceOf(
  { app }: OperationContext,
  keys: readonly string[],
  first: (tx: StateTransaction, keys: readonly string[]) => Promise<unknown>,
) {
  const [key] = keys;
  if (key === undefined) return { writes: 0, calls: 0, minutes: 0, refusedStill: 0 };
  const source = key.slice(0, key.indexOf('/'));
  const found = await previewOf(app, await mappingsOf(app, 'confirmed'), { source, keys, first });
  const moving = new Set([...found.keys, ...found.moves.map((move) => move.key)]);
  return {
    writes: found.writes.length,
    calls: found.calls,
    minutes: found.minutes,
    refusedStill: keys.filter((one) => !moving.has(one)).length,
  };
}

interface Failed {
  readonly name: string;
  readonly code: string;
  readonly message: string;
}

/** One message after the other: one that still cannot be understood keeps none of the others. */
async function forMessages(
  items: readonly Refused[],
  work: (place: NonNullable<ReturnType<typeof parsePlace>>, source: string) => Promise<unknown>,
): Promise<{ readonly done: readonly string[]; readonly failed: readonly Failed[] }> {
  const done: string[] = [];
  const failed: Failed[] = [];
  for (const one of items) {
    const place = one.kind === 'message' ? parsePlace(one.name) : null;
    if (place === null) continue;
    try {
      await work(place, one.source);
      done.push(one.name);
    } catch (thrown) {
      const { code, message } = asChangeoverError(thrown);
      if (!code.startsWith('DEAD_LETTER')) throw thrown;
      failed.push({ name: one.name, code, message });
    }
  }
  return { done, failed };
}
