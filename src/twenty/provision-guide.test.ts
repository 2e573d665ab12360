import { afterEach, describe, expect, it } from 'vitest';
import { NO_LIMITS, startTwentySandbox, type TwentySandbox, VERSIONS } from '../../sandbox/twenty/index.ts';
import { systemClock } from '../core/clock.ts';
import { type ClosableHttp, createHttp } from '../core/http.ts';
import { silentLogger } from '../core/logger.ts';
import { RateBudget } from './budget.ts';
import { createTwenty, type TwentyClient } from './client.ts';
import type { DesiredField, DesiredModel } from './desired.ts';
import { metadataCall } from './metadata.ts';
import { planProvision, provisionGuide, verifyProvision } from './provision.ts';
import { withNewOptions } from './provision-apply.ts';

const DEPLOYMENT = 'acme-2026';
const OPTIONS = [
  { value: 'WEB', label: 'Web | shop' },
  { value: 'FAIR', label: 'Fair *and* [more] \\ <b>' },
];

const field = (more: Pick<DesiredField, 'name' | 'type'> & Partial<DesiredField>): DesiredField => ({
  object: 'person',
  label: `${more.name} | *label*`,
  because: 'contacts.csv',
  ...more,
});

/** One of everything that a mapping may ask for. */
const WANTED: DesiredModel = {
  objects: [
    {
      nameSingular: 'supportCase',
      namePlural: 'supportCases',
      labelSingular: 'Support case',
      labelPlural: 'Support cases',
      icon: 'IconTicket',
      description: 'Tickets of the old system',
    },
  ],
  fields: [
    ...(['TEXT', 'BOOLEAN', 'DATE', 'DATE_TIME', 'ARRAY', 'RAW_JSON', 'UUID', 'CURRENCY', 'FULL_NAME'] as const).map(
      (type) => field({ name: `one${type.toLowerCase().replaceAll('_', '')}`, type }),
    ),
    ...(['EMAILS', 'LINKS', 'PHONES', 'ADDRESS', 'RICH_TEXT', 'RATING'] as const).map((type) =>
      field({ object: 'supportCase', name: `one${type.toLowerCase().replaceAll('_', '')}`, type }),
    ),
    field({ name: 'leadSource', type: 'SELECT', options: OPTIONS }),
    field({ name: 'tagList', type: 'MULTI_SELECT', options: OPTIONS }),
    field({ name: 'oldNumber', type: 'TEXT', isUnique: true, description: 'The number | in the old system' }),
    field({ name: 'headcount', type: 'NUMBER', settings: { type: 'number', dataType: 'int', decimals: 0 } }),
    field({ name: 'turnover', type: 'NUMBER', settings: { type: 'number', dataType: 'bigint', decimals: 0 } }),
    field({ object: 'task', name: 'taskType', type: 'SELECT', options: OPTIONS, defaultValue: "'FAIR'" }),
    field({ name: 'agreed', type: 'BOOLEAN', defaultValue: true }),
    field({
      object: 'supportCase',
      name: 'contact',
      type: 'RELATION',
      relation: { target: 'person', reverseLabel: 'Support cases' },
    }),
    field({
      object: 'company',
      name: 'parentCompany',
      type: 'RELATION',
      relation: { target: 'company', reverseLabel: 'Child companies' },
    }),
  ],
  options: [
    { object: 'opportunity', field: 'stage', options: [{ value: 'ON_HOLD', label: 'On hold' }], because: 'stages' },
  ],
  synced: ['company', 'person', 'supportCase'],
};

/** The types as a person finds them in the settings, by the words of the guide. */
const TYPES: Readonly<Record<string, string>> = {
  Text: 'TEXT',
  'True/False': 'BOOLEAN',
  Date: 'DATE',
  'Date and time': 'DATE_TIME',
  Array: 'ARRAY',
  JSON: 'RAW_JSON',
  'Unique ID': 'UUID',
  Currency: 'CURRENCY',
  'Full name': 'FULL_NAME',
  Emails: 'EMAILS',
  Links: 'LINKS',
  Phones: 'PHONES',
  Address: 'ADDRESS',
  'Rich text': 'RICH_TEXT',
  Rating: 'RATING',
  Select: 'SELECT',
  'Multi-select': 'MULTI_SELECT',
  Number: 'NUMBER',
  Relation: 'RELATION',
};

interface Step {
  readonly title: string;
  /** The first table: what is to be entered, by its name. */
  readonly entries: ReadonlyMap<string, string>;
  readonly options: readonly { readonly label: string; readonly value: string }[];
}

/** What a person reads in the document, and no more. */
function stepsOf(guide: string): readonly Step[] {
  return guide
    .split(/^## \d+\. /m)
    .slice(1)
    .map((text) => {
      const [title = ''] = text.split('\n');
      const rows = text.split('\n').filter((line) => line.startsWith('|') && !line.startsWith('|---'));
      const cells = rows.map((row) =>
        row
          .slice(1, -1)
          .split(/(?<!\\)\|/)
          .map(shown),
      );
      const from = cells.findIndex(([name]) => name === 'Option label');
      const entries = cells.slice(0, from < 0 ? undefined : from);
      const options = from < 0 ? [] : cells.slice(from + 1);
      return {
        title: shown(title),
        entries: new Map(entries.map(([name = '', value = '']) => [name, value])),
        options: options.map(([label = '', value = '']) => ({ label, value })),
      };
    });
}

/** Markdown as it is displayed. */
function shown(cell: string): string {
  return cell
    .trim()
    .replace(/^`(.*)`$/, '$1')
    .replace(/\\([|<>\\*[\]])/g, '$1');
}

let sandbox: TwentySandbox;
let http: ClosableHttp;
let client: TwentyClient;

afterEach(async () => {
  await http.close();
  await sandbox.close();
});

/** Does one step of the guide as the settings do it, by the API that they use. */
async function follow({ title, entries, options }: Step): Promise<void> {
  const { objects } = client.workspace();
  const object = (name: string) => {
    const found = objects.get(name);
    if (found === undefined) throw new Error(`there is no object "${name}" to be found`);
    return found;
  };
  const entry = (name: string): string => {
    const value = entries.get(name);
    if (value === undefined) throw new Error(`"${title}" does not say the ${name}`);
    return value;
  };
  const [what = '', about = ''] = title.split(/: | for /);
  if (what === 'New object') {
    await send('CreateOneObjectInput', 'createOneObject', {
      object: {
        labelSingular: entry('Singular label'),
        labelPlural: entry('Plural label'),
        nameSingular: entry('API name, singular'),
        namePlural: entry('API name, plural'),
        description: entry('Description'),
      },
    });
  } else if (what.startsWith('New field on ')) {
    const name = what.slice('New field on '.length);
    const type = TYPES[entry('Type')];
    if (type === undefined) throw new Error(`the settings know no type "${entry('Type')}"`);
    const target = /^(\w+) \(many to one\)$/.exec(entries.get('Points at') ?? '')?.[1];
    const numbers: Readonly<Record<string, string>> = { int: 'int', 'integer, 64 bits (bigint)': 'bigint' };
    const dataType = numbers[entries.get('Number type') ?? ''];
    await send('CreateOneFieldMetadataInput', 'createOneField', {
      field: {
        objectMetadataId: object(name).id,
        type: type === 'RICH_TEXT' ? richText() : type,
        name: entry('API name'),
        label: entry('Label'),
        ...(entries.get('Unique') === 'yes' ? { isUnique: true } : {}),
        ...(entries.has('Description, word for word') ? { description: entry('Description, word for word') } : {}),
        ...(dataType === undefined ? {} : { settings: { type: 'number', dataType, decimals: 0 } }),
        ...defaultOf(type, entries.get('Default')),
        ...(options.length === 0 ? {} : { options: withNewOptions([], options) }),
        ...(target === undefined
          ? {}
          : {
              relationCreationPayload: {
                type: 'MANY_TO_ONE',
                targetObjectMetadataId: object(target).id,
                targetFieldLabel: entry('Name of the other side'),
                targetFieldIcon: 'IconLink',
              },
            }),
      },
    });
  } else if (what === 'More options') {
    const [name = '', of = ''] = about.split('.');
    const known = object(name).fields.get(of);
    const update = { options: withNewOptions(known?.options ?? [], options) };
    await send('UpdateOneFieldMetadataInput', 'updateOneField', { id: known?.id, update });
  } else throw new Error(`nobody knows what to do at "${title}"`);
  await client.refresh();
}

/** The settings give the API what it wants: texts in quotes of their own. */
function defaultOf(type: string, shown: string | undefined): { readonly defaultValue?: unknown } {
  if (shown === undefined) return {};
  return { defaultValue: type === 'BOOLEAN' ? shown === 'true' : `'${shown}'` };
}

async function send(type: string, root: string, input: Readonly<Record<string, unknown>>): Promise<void> {
  const query = `mutation($i:${type}!){${root}(input:$i){id}}`;
  const answer = await client.transport.free(metadataCall('follow-guide', query, { i: input }));
  if (answer.kind !== 'ok') throw new Error(`${root} ${JSON.stringify(input)}: ${answer.message}`);
}

/** The settings offer rich text under one name, whatever the server calls it. */
function richText(): string {
  return client.workspace().objects.get('note')?.fields.get('bodyV2')?.typeOnServer ?? 'RICH_TEXT';
}

describe('SMD-S1 whoever does by hand what the guide says', () => {
  it.each(VERSIONS)(
    'has a workspace of version %s that lacks nothing, and no step that cannot be done',
    async (version) => {
      sandbox = await startTwentySandbox({ version, limits: NO_LIMITS });
      http = createHttp({ credentialOrigins: [sandbox.url] });
      const clock = systemClock();
      const limit = { tokens: 1_000_000, windowMs: 60_000 };
      const budget = new RateBudget({ clock, initial: { tokens: 1_000_000, at: clock.now(), limit } });
      client = await createTwenty({
        url: sandbox.url,
        apiKey: sandbox.token,
        http,
        clock,
        budget,
        logger: silentLogger(),
      });
      const plan = planProvision(client.workspace(), WANTED, DEPLOYMENT);
      expect(plan.conflicts).toEqual([]);
      const steps = stepsOf(provisionGuide(plan));
      expect(steps).toHaveLength(plan.changes.length);
      for (const step of steps) await follow(step);
      const context = { client, clock, logger: silentLogger() };
      expect(await verifyProvision(context, WANTED, DEPLOYMENT)).toMatchObject({
        changes: [],
        conflicts: [],
        warnings: plan.warnings,
      });
      const options = client.workspace().objects.get('person')?.fields.get('leadSource')?.options ?? [];
      expect(options.map(({ value, label }) => ({ value, label }))).toEqual(OPTIONS);
      expect(client.workspace().objects.get('person')?.fields.get('oldNumber')?.description).toBe(
        'The number | in the old system',
      );
      const standard = (object: string, name: string) =>
        client.workspace().objects.get(object)?.fields.get(name)?.defaultValue;
      expect([standard('task', 'taskType'), standard('person', 'agreed')]).toEqual(["'FAIR'", true]);
    },
  );
});
