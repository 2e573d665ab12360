import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defaultMappingFile } from '../../connectors/kinabase/index.ts';
import { type KinabaseSandbox, startKinabaseSandbox } from '../../sandbox/kinabase/index.ts';
import { SAMPLE_COLLECTIONS, SAMPLE_FIELDS } from '../../sandbox/kinabase/sample/collections.ts';
import { runCommandLine } from '../../src/cli/run.ts';
import { loadConfiguration } from '../../src/config/load.ts';
import { SimulatedClock } from '../../src/core/clock.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { residue } from '../../src/sink/index.ts';
import { Deployment } from './deployment.ts';

/** From the letter that asks for access to the first record in Twenty. */

const DAY_MS = 86_400_000;

/** Days go by at once: nobody's sleep is slept through for them. */
class Calendar extends SimulatedClock {
  #ahead = 0;

  override now(): number {
    return super.now() + this.#ahead;
  }

  skip(ms: number): void {
    this.#ahead += ms;
  }
}

const AYSE = { firstName: 'Ayşe', lastName: 'Yılmaz', email: 'ayse@firm.example' } as const;

let folder: string;
let service: KinabaseSandbox;
let world: Deployment | null = null;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kinabase-access-'));
});

afterEach(async () => {
  await world?.close();
  await service.close();
  rmSync(folder, { recursive: true });
});

/** `changeover init`: the letter, and the settings that it wrote. */
async function init() {
  const file = join(folder, 'changeover.yaml');
  const words = ['--connector', 'kinabase', '--setting', 'workspace=firm.example'];
  const code = await runCommandLine(['init', '--config', file, '--json', ...words], {
    environment: {},
    terminal: false,
    ask: null,
    out: () => undefined,
    say: () => undefined,
    makeLogger: silentLogger,
    onSignal: () => () => undefined,
    exitNow: () => undefined,
  });
  expect(code).toBe(0);
  const settings = loadConfiguration(file, {}).configuration.sources[0]?.settings ?? {};
  return { letter: readFileSync(join(folder, 'access-request.md'), 'utf8'), settings };
}

const unread = () => world?.unread().map(({ object, error }) => [object, error.code]);

describe('KIN-S1 access', () => {
  it('is asked for, waited for, given up for an export after five working days, and refused where it sees too little', async () => {
    const { letter, settings } = await init();
    const requested = String(settings.accessRequested);
    expect(letter).toContain('Workspace: firm.example');
    expect(letter).toContain(`Date: ${requested}`);

    const clock = new Calendar({ start: Date.parse(`${requested}T09:00:00Z`) });
    service = await startKinabaseSandbox({ clock, callsPerMinute: null });
    for (const definition of SAMPLE_COLLECTIONS) service.workspace.define(definition);
    service.workspace.define({ slug: 'salaries', name: 'Salaries', restricted: true });
    const owner = { id: 'U1', name: 'Ayşe Yılmaz', email: AYSE.email };
    const { id } = service.workspace.create('companies', { legalName: 'Acme Ltd', owner });
    service.access.granted = false;
    service.access.administrator = false;
    world = await Deployment.open({
      connector: 'kinabase',
      clock,
      members: [AYSE],
      mapping: fileURLToPath(defaultMappingFile),
      secrets: { KINABASE_APP_SECRET: service.secret },
      settings: {
        ...settings,
        url: service.url,
        appId: service.appId,
        callsPerMinute: 10_000,
        fields: SAMPLE_FIELDS,
        expectedCollections: ['Companies', 'Salaries'],
      },
    });
    await world.prepare();
    await world.settle();
    expect(unread()).toEqual([[null, 'KINABASE_ACCESS_PENDING']]);

    // Five working days are over within eight, whatever day of the week it was.
    clock.skip(8 * DAY_MS);
    await world.settle();
    expect(unread()).toEqual([[null, 'KINABASE_ACCESS_OVERDUE']]);
    expect(world.unread()[0]?.error.hint).toMatch(/CSV export/);

    service.access.granted = true;
    await world.settle();
    expect(unread()).toEqual([[null, 'KINABASE_NOT_ADMINISTRATOR']]);
    expect(world.unread()[0]?.error).toMatchObject({
      message: expect.stringContaining('Salaries'),
      hint: expect.stringContaining('administrator'),
    });
    expect(world.rows('company')).toEqual([]);

    service.access.administrator = true;
    await world.settle();
    expect(unread()).toEqual([]);
    expect(world.row('company', 'companies', id)).toMatchObject({ name: 'Acme Ltd' });
    expect(await world.app.state.read((tx) => residue(tx))).toBe(0);
  }, 300_000);
});
