import { afterAll, beforeAll, describe } from 'vitest';
import { filePromises } from './files.ts';
import { limitPromises } from './limits.ts';
import { peoplePromises } from './people.ts';
import { provisioningPromises } from './provisioning.ts';
import { readingPromises } from './reading.ts';
import { recordPromises } from './records.ts';
import { schemaPromises } from './schema.ts';
import { type OpenTarget, targets } from './target.ts';
import { upsertPromises } from './upserts.ts';
import { valuePromises } from './values.ts';
import { ContractWorkspace } from './workspace.ts';

describe.each(targets())('$name keeps what the sink builds on', (target) => {
  const timeout = target.patienceMs;
  let opened: OpenTarget | undefined;
  let workspace: ContractWorkspace | undefined;
  const get = () => {
    if (workspace === undefined) throw new Error('the workspace is not open');
    return workspace;
  };

  beforeAll(async () => {
    opened = await target.open();
    workspace = await ContractWorkspace.open(opened);
  }, timeout);

  afterAll(async () => {
    try {
      await workspace?.close();
    } finally {
      await opened?.close();
    }
  }, timeout);

  describe('records', { timeout }, () => recordPromises(get));
  describe('upserts', { timeout }, () => upsertPromises(get));
  describe('values', { timeout }, () => valuePromises(get));
  describe('people', { timeout }, () => peoplePromises(get));
  describe('reading', { timeout }, () => readingPromises(get, timeout));
  describe('the data model', { timeout }, () => schemaPromises(get));
  describe('provisioning', { timeout }, () => provisioningPromises(get));
  describe('files', { timeout }, () => filePromises(get));
  describe('limits', { timeout }, () => limitPromises(get));
});
