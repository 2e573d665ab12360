import fc from 'fast-check';
import { expect, test } from 'vitest';
import { configurationOf, describeFaults, faultsOf } from './topic-rules.ts';

const SETTINGS = { partitions: 1, retentionMs: 1_000_000 };
const SAFE = { replication: 3, minInSync: 2 };
const made = () => new Map(configurationOf(SETTINGS, SAFE).map(({ name, value }) => [name, value] as const));

test('a topic made by these rules has no fault by them', () => {
  expect(faultsOf(made(), 3, SETTINGS, SAFE)).toEqual([]);
  fc.assert(
    fc.property(fc.option(fc.nat()), fc.integer({ min: 1, max: 3 }), (retentionMs, replication) => {
      const settings = { partitions: 1, retentionMs };
      const durability = { replication, minInSync: 1 };
      const found = new Map(configurationOf(settings, durability).map(({ name, value }) => [name, value] as const));
      expect(faultsOf(found, replication, settings, durability)).toEqual([]);
    }),
  );
});

test('a longer retention than asked for will do, a shorter one and a bound on bytes will not', () => {
  const faults = (name: string, value: string) =>
    faultsOf(made().set(name, value), 3, SETTINGS, SAFE).map(({ code }) => code);
  expect(faults('retention.ms', '-1')).toEqual([]);
  expect(faults('retention.ms', '2000000')).toEqual([]);
  expect(faults('retention.ms', '999999')).toEqual(['BUS_TOPIC_RETENTION']);
  expect(faults('retention.bytes', '1000000')).toEqual(['BUS_TOPIC_RETENTION']);
  const forEver = { partitions: 1, retentionMs: null };
  expect(faultsOf(made(), 3, forEver, SAFE).map(({ name }) => name)).toEqual(['retention.ms']);
});

test('what forgets events is said before all else, and what no command mends has no command', () => {
  const found = made().set('unclean.leader.election.enable', 'true').set('retention.ms', '5');
  const faults = faultsOf(found, 1, SETTINGS, SAFE);
  expect(faults.map(({ name }) => name)).toEqual(['retention.ms', 'unclean.leader.election.enable', 'replicas']);
  expect(describeFaults('t', faults)).toMatch(
    /--entity-name t --add-config retention\.ms=1000000,unclean\.leader\.election\.enable=false$/,
  );
  expect(describeFaults('t', faults.slice(2))).not.toContain('kafka-configs');
});
