import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseDocument } from 'yaml';
import { defaultMappingFile } from '../../connectors/smart-crm-online/index.ts';
import { recordReviewId } from '../../src/sink/index.ts';
import { Deployment } from './deployment.ts';
import { type Cells, dropExport, MEMBERS, row, type Tables, WORLD } from './sco-world.ts';

/** ALL-12, from exported file to the workspace: thresholds per object and field, and what people answer before the load. */

const contact = (id: string, cells: Cells) => row('contact', id, cells);
const NAMELESS = { Phone: '+44 20 7946 0002' };

/** Of six contacts two have neither name nor address, and a third has no address. */
const CONTACTS = [
  contact('P-ann', { 'First Name': 'Ann', 'Last Name': 'Archer', Email: 'ann@acme.example' }),
  contact('P-bea', { 'First Name': 'Bea', 'Last Name': 'Baker', Email: 'bea@acme.example' }),
  contact('P-cem', { 'First Name': 'Cem', 'Last Name': 'Can', Email: 'cem@acme.example' }),
  contact('P-dan', { 'First Name': 'Dan', 'Last Name': 'Dale' }),
  contact('P-one', NAMELESS),
  contact('P-two', NAMELESS),
];

const tables = (contacts: readonly Cells[]): Tables => ({
  stage: WORLD.stage ?? [],
  owner: WORLD.owner ?? [],
  company: [row('company', 'C-acme', { 'Company Name': 'Acme Ltd' })],
  contact: contacts,
});

const nameless = (id: string) => recordReviewId(`crm/contact/${id}`, 'quality/name');

describe('ALL-12 quality thresholds, end to end', () => {
  let folder = '';
  let world: Deployment;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'quality-'));
    const mapping = parseDocument(await readFile(fileURLToPath(defaultMappingFile), 'utf8'));
    // Besides the name, which nine of ten must have: an address, which every second one must have.
    mapping.addIn(['objects', 'contact', 'quality'], {
      rule: 'address',
      field: 'Email',
      require: { column: 'Email', filled: true },
      onFail: 'load',
      threshold: 0.5,
    });
    await writeFile(join(folder, 'mapping.yaml'), mapping.toString());
    world = await Deployment.open({
      connector: 'smart-crm-online',
      members: MEMBERS,
      mapping: join(folder, 'mapping.yaml'),
      settings: { timezone: 'Europe/Istanbul', compareBeforeLoad: false, stability: { looks: 2, seconds: 0.01 } },
    });
    await world.prepare();
  });
  afterEach(async () => {
    await world.close();
    await rm(folder, { recursive: true });
  });

  const drop = (day: number, contacts: readonly Cells[]) =>
    dropExport(world.drop, `export-2025-04-0${day}`, tables(contacts));
  const loaded = () =>
    CONTACTS.map((cells) => String(cells['Contact ID'])).filter((id) => world.has('person', 'contact', id));
  const classOf = async (id: string) => (await world.record('contact', id)).class;
  const questions = async () =>
    (await world.reviews()).filter(({ queue, object }) => queue === 'quality' && object === 'contact');
  const whole = async () => (await questions()).find(({ recordKey }) => recordKey === null);

  it('an object under its threshold stays closed; each failing record and the object are asked about, and others are loaded', async () => {
    await drop(1, CONTACTS);
    await world.settle();
    expect(loaded()).toEqual([]);
    expect(world.has('company', 'company', 'C-acme')).toBe(true);
    for (const { 'Contact ID': id } of CONTACTS) expect([id, await classOf(String(id))]).toEqual([id, 'on-the-way']);
    const asked = await questions();
    expect(asked.filter(({ recordKey }) => recordKey !== null).map(({ id, choices }) => [id, choices])).toEqual([
      [nameless('P-one'), ['load', 'fix', 'exclude']],
      [nameless('P-two'), ['load', 'fix', 'exclude']],
    ]);
    // Of the name alone: of the addresses just enough are there.
    expect((await whole())?.detail).toMatchObject({ rule: 'name', records: 6, failed: 2, wanted: 0.9 });
    expect(asked).toHaveLength(3);
  });

  it('load and exclude are done as answered, and the object opens once no more fail than may', async () => {
    await drop(1, CONTACTS);
    await world.settle();
    await world.answer(nameless('P-one'), 'load');
    await world.settle();
    expect(loaded()).toEqual([]);
    await world.answer(nameless('P-two'), 'exclude');
    await world.settle();
    expect(loaded()).toEqual(['P-ann', 'P-bea', 'P-cem', 'P-dan', 'P-one']);
    expect(await classOf('P-two')).toBe('excluded');
    expect(await questions()).toEqual([]);
  });

  it('fix waits for the source: the next export that mends the records opens the object by itself', async () => {
    await drop(1, CONTACTS);
    await world.settle();
    for (const id of ['P-one', 'P-two']) await world.answer(nameless(id), 'fix');
    await world.settle();
    expect(loaded()).toEqual([]);
    await drop(2, [
      ...CONTACTS.slice(0, 4),
      contact('P-one', { ...NAMELESS, 'Last Name': 'Edwards', Modified: '02.04.2025 09:00' }),
      contact('P-two', { ...NAMELESS, 'Last Name': 'Ford', Modified: '02.04.2025 09:00' }),
    ]);
    await world.settle();
    expect(loaded()).toHaveLength(6);
    expect(await whole()).toBeUndefined();
  });

  it('the object may be let go as a whole; a failing record still waits for its own answer', async () => {
    await drop(1, CONTACTS);
    await world.settle();
    await world.answer((await whole())?.id ?? '', 'load');
    await world.settle();
    expect(loaded()).toEqual(['P-ann', 'P-bea', 'P-cem', 'P-dan']);
    expect(await classOf('P-one')).toBe('held');
    await world.answer(nameless('P-one'), 'load');
    await world.settle();
    expect(await classOf('P-one')).toBe('applied');
  });

  it('too few addresses close the object too: thresholds are per field', async () => {
    await drop(1, [...CONTACTS.slice(2, 4), contact('P-eli', { 'First Name': 'Eli', 'Last Name': 'East' })]);
    await world.settle();
    expect(loaded()).toEqual([]);
    expect((await whole())?.detail).toMatchObject({ rule: 'address', field: 'Email', records: 3, failed: 2 });
    await world.answer((await whole())?.id ?? '', 'load');
    await world.settle();
    expect(loaded()).toEqual(['P-cem', 'P-dan']);
    expect(await classOf('P-eli')).toBe('applied');
  });
});
