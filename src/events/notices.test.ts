import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { EmbeddedBus } from '../bus/embedded/embedded-bus.ts';
import { testClock } from '../bus/embedded/test-clock.ts';
import { recordKey } from '../core/identifiers.ts';
import { compile } from './avro-types.ts';
import { memoryNameTable, Naming } from './names.ts';
import { type ControlNotice, NoticeLog, type OutcomeNotice } from './notices.ts';
import { OUTCOME_SCHEMA } from './schema.ts';
import { frame } from './wire.ts';

let folder = '';
let bus: EmbeddedBus;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'changeover-notices-'));
  bus = new EmbeddedBus({ file: join(folder, 'log.sqlite'), clock: testClock() });
});
afterEach(async () => {
  await bus.close();
  rmSync(folder, { recursive: true });
});

const outcome: OutcomeNotice = {
  kind: 'outcome',
  key: recordKey('crm', 'deal', '1'),
  outcome: 'DEAD',
  order: { epoch: 2, sequence: 9 },
  origin: { topic: 'changeover.crm.deal', partition: 0, offset: 7 },
  attempt: 3,
  code: 'EVENT_VALUE_INVALID',
  message: 'refused',
  dueAt: null,
  at: 5_000,
  run: 'run',
  event: Buffer.from([0, 0, 0, 0, 1, 42]),
  by: null,
  changes: null,
};
const control: ControlNotice = {
  kind: 'control',
  source: 'crm',
  object: null,
  action: 'pause',
  by: 'ayse@example.org',
  reason: 'too early',
  detail: { tier: 3 },
  at: 6_000,
  run: 'run',
};

async function all(log: NoticeLog, topic: string) {
  const [bounds] = await bus.bounds(topic);
  const messages = [];
  for await (const message of bus.read({ topic, partition: 0 }, 0, bounds?.end ?? 0)) messages.push(message);
  return log.decode(messages);
}

test('a dead letter comes back with everything needed to send it again', async () => {
  const log = new NoticeLog({ bus, schemas: bus.schemas, naming: new Naming(memoryNameTable()) });
  const [position] = await log.append('crm', 'dead', [outcome]);
  expect(position?.topic).toBe('changeover.crm.dead');
  expect(await all(log, 'changeover.crm.dead')).toMatchObject([{ ok: true, notice: outcome }]);
});

test('a notice written before anybody could correct or discard a record is still understood', async () => {
  const log = new NoticeLog({ bus, schemas: bus.schemas, naming: new Naming(memoryNameTable()) });
  const old = JSON.parse(OUTCOME_SCHEMA) as { fields: { name: string; type: { symbols?: string[] } }[] };
  old.fields = old.fields.filter(({ name }) => name !== 'by' && name !== 'changes');
  for (const field of old.fields) if (field.name === 'outcome') field.type.symbols = ['RETRY', 'DEAD', 'RELEASED'];
  const schema = JSON.stringify(old);
  const topic = await log.declare('crm', 'dead');
  const id = await bus.schemas.register(`${topic}-changeover.Outcome`, schema);
  const { kind: _kind, by: _by, changes: _changes, order, origin, ...rest } = outcome;
  const value = frame(id, compile(schema).toBuffer({ ...rest, ...order, ...origin }));
  await bus.append(topic, [{ key: outcome.key, value, timestamp: 1, headers: {} }]);
  await log.append('crm', 'dead', [{ ...outcome, outcome: 'EDITED', by: 'Jo', changes: '{"email":"a@example.com"}' }]);
  expect(await all(log, topic)).toMatchObject([
    { ok: true, notice: outcome },
    { ok: true, notice: { outcome: 'EDITED', by: 'Jo', changes: '{"email":"a@example.com"}' } },
  ]);
});

test('what was said about a source comes back as it was said', async () => {
  const log = new NoticeLog({ bus, schemas: bus.schemas, naming: new Naming(memoryNameTable()) });
  await log.append('crm', 'control', [control]);
  const later = new NoticeLog({ bus, schemas: bus.schemas, naming: new Naming(memoryNameTable()) });
  expect(await all(later, 'changeover.crm.control')).toMatchObject([{ ok: true, notice: control }]);
});

test('somebody else’s message is reported, and spoils no other', async () => {
  const log = new NoticeLog({ bus, schemas: bus.schemas, naming: new Naming(memoryNameTable()) });
  await log.append('crm', 'retry', [outcome]);
  const foreign = (value: number[]) => ({ key: 'k', value: Uint8Array.from(value), timestamp: 1, headers: {} });
  await bus.append('changeover.crm.retry', [foreign([1, 2]), foreign([0, 0, 0, 0, 9, 9]), foreign([0, 0, 0, 0, 1, 9])]);
  await log.append('crm', 'retry', [{ ...outcome, outcome: 'RETRY', dueAt: 9_000 }]);
  expect(
    (await all(log, 'changeover.crm.retry')).map((each) => (each.ok ? each.notice.kind : each.error.code)),
  ).toEqual(['outcome', 'EVENT_NOT_OURS', 'EVENT_NOT_OURS', 'EVENT_DAMAGED', 'outcome']);
});
