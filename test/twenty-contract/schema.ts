import { expect, it } from 'vitest';
import { asObject } from '../../src/twenty/answers.ts';
import type { TwentyFieldType, TwentyValue } from '../../src/twenty/model.ts';
import { sameValue } from '../../src/twenty/normalise.ts';
import { CALL, type ContractWorkspace } from './workspace.ts';

type Get = () => ContractWorkspace;

const OPTIONS = ['OPEN', 'WAITING', 'CLOSED'].map((value, position) => ({
  value,
  label: value.toLowerCase(),
  color: 'blue',
  position,
}));

/** One field of every kind that provisioning makes, with a value as the sink writes it, and one that is another. */
const VALUES: Readonly<
  Partial<Record<TwentyFieldType, { value: TwentyValue; other: TwentyValue; more?: Record<string, unknown> }>>
> = {
  TEXT: { value: 'Grüße, "quoted"\nand lines', other: 'grüße' },
  NUMBER: { value: 12.5, other: 12.4 },
  BOOLEAN: { value: true, other: false },
  DATE: { value: '2024-02-29', other: '2024-03-01' },
  DATE_TIME: { value: '2019-05-06T07:08:09.123Z', other: '2019-05-06T07:08:09.124Z' },
  ARRAY: { value: ['b', 'a'], other: ['a', 'b'] },
  RATING: { value: 'RATING_3', other: 'RATING_4' },
  RAW_JSON: { value: { b: [1, null], a: 'x' }, other: { b: [1], a: 'x' } },
  UUID: { value: '0b4ab0c4-98a1-4d5b-8b2a-0d8e6b1f2a3c', other: '0b4ab0c4-98a1-4d5b-8b2a-0d8e6b1f2a3d' },
  SELECT: { value: 'WAITING', other: 'OPEN', more: { options: OPTIONS } },
  MULTI_SELECT: { value: ['CLOSED', 'OPEN'], other: ['OPEN'], more: { options: OPTIONS } },
  CURRENCY: {
    value: { amountMicros: 1_234_560_000, currencyCode: 'EUR' },
    other: { amountMicros: 1_234_560_000, currencyCode: 'USD' },
  },
  FULL_NAME: { value: { firstName: 'Ada', lastName: '' }, other: { firstName: '', lastName: 'Ada' } },
  EMAILS: {
    value: { primaryEmail: 'Ada@Example.COM', additionalEmails: ['B@example.com'] },
    other: { primaryEmail: 'ada@example.com', additionalEmails: [] },
  },
  LINKS: {
    value: { primaryLinkUrl: 'https://Example.com/Path/', primaryLinkLabel: 'x', secondaryLinks: [] },
    other: { primaryLinkUrl: 'https://example.com/path', primaryLinkLabel: 'x', secondaryLinks: [] },
  },
  PHONES: {
    value: {
      primaryPhoneNumber: '2071234567',
      primaryPhoneCountryCode: 'GB',
      primaryPhoneCallingCode: '+44',
      additionalPhones: [],
    },
    other: {
      primaryPhoneNumber: '2071234568',
      primaryPhoneCountryCode: 'GB',
      primaryPhoneCallingCode: '+44',
      additionalPhones: [],
    },
  },
  ADDRESS: {
    value: address({ addressStreet1: '1 High St', addressCity: 'London', addressCountry: 'United Kingdom' }),
    other: address({ addressStreet1: '1 High St', addressCity: 'Leeds', addressCountry: 'United Kingdom' }),
  },
  RICH_TEXT: {
    value: { markdown: 'Hello **world**', blocknote: null },
    other: { markdown: 'Hello world', blocknote: null },
  },
};

function address(parts: Readonly<Record<string, TwentyValue>>): TwentyValue {
  const empty = { addressStreet1: '', addressStreet2: '', addressCity: '', addressPostcode: '', addressState: '' };
  return { ...empty, addressCountry: '', addressLat: null, addressLng: null, ...parts };
}

/** Fields, options, relations and links: what provisioning and the mapping build on (twenty.md O6, §5, §6). */
export function schemaPromises(get: Get): void {
  it('the data model by REST is that by GraphQL, in whichever form it answers', async () => {
    const workspace = get();
    const answer = await workspace.client.transport.free({
      operation: 'contract',
      object: null,
      method: 'GET',
      path: '/rest/metadata/objects?limit=200',
      form: 'rest',
    });
    if (answer.kind !== 'ok') throw new Error(answer.message);
    const list = Array.isArray(answer.data) ? answer.data : asObject(answer.data)?.objects;
    const names = Array.isArray(list) ? list.map((object) => String(asObject(object)?.nameSingular)) : [];
    expect(names).toEqual(expect.arrayContaining(['company', 'person', workspace.object]));
  });

  it.each(Object.keys(VALUES) as TwentyFieldType[])('ALL-5 %s: what is written is what is read', async (type) => {
    const workspace = get();
    const { value, other, more } = VALUES[type] ?? { value: null, other: null };
    const name = `kind${type.toLowerCase().replaceAll('_', '')}`;
    const onServer = serverType(workspace, type);
    await workspace.createField({ type: onServer, name, ...more });
    const field = workspace.model().fields.get(name);
    if (field === undefined) throw new Error(`no ${name}`);
    expect(field.type).toBe(type);
    const id = workspace.id(name);
    expect(await workspace.create(workspace.object, [workspace.row(name, { [name]: value })])).toMatchObject({
      kind: 'written',
    });
    const read = async () => (await workspace.find(workspace.object, [id], [name]))[0]?.[name];
    const stored = await read();
    expect(sameValue(field, value, stored), JSON.stringify(stored)).toBe(true);
    expect(sameValue(field, other, stored), JSON.stringify(stored)).toBe(false);
    expect((await workspace.upsert(workspace.object, [{ id, fields: { [name]: other } }])).kind).toBe('written');
    expect(sameValue(field, other, await read())).toBe(true);
  });

  it('options are told apart by their ids: sent along they keep every stored value, one left out takes its values away', async () => {
    const workspace = get();
    const id = await workspace.createField({ type: 'SELECT', name: 'stageOfTest', options: OPTIONS });
    const rows = OPTIONS.map(({ value }) => workspace.row(`stage-${value}`, { stageOfTest: value, position: 1 }));
    await workspace.create(workspace.object, rows);
    const ids = rows.map((row) => row.id);
    const stored = async () => await workspace.find(workspace.object, ids, ['stageOfTest', 'updatedAt']);
    const before = await stored();
    const options = async () => workspace.model().fields.get('stageOfTest')?.options ?? [];
    const update = (next: readonly unknown[]) =>
      workspace.metadataData('mutation($i:UpdateOneFieldMetadataInput!){updateOneField(input:$i){id}}', {
        i: { id, update: { options: next } },
      });
    const renamed = (await options()).map((option) =>
      option.value === 'OPEN' ? { ...option, value: 'OPENED', label: 'Opened' } : { ...option },
    );
    await update([...renamed, { value: 'LATER', label: 'Later', color: 'red', position: 3 }]);
    await workspace.client.refresh();
    expect((await stored()).map((row) => row.stageOfTest)).toEqual(['OPENED', 'WAITING', 'CLOSED']);
    await update((await options()).filter((option) => option.value !== 'WAITING').map((option) => ({ ...option })));
    await workspace.client.refresh();
    const after = await stored();
    expect(after.map((row) => row.stageOfTest)).toEqual(['OPENED', null, 'CLOSED']);
    // Silent: nothing but reading the field shows it (twenty.md §0).
    expect(after.map((row) => row.updatedAt)).toEqual(before.map((row) => row.updatedAt));
  });

  it('a value that is no option is refused as one', async () => {
    const workspace = get();
    const bad = workspace.row('bad-option', { stageOfTest: 'NOBODY' });
    expect(await workspace.create(workspace.object, [bad])).toMatchObject({ kind: 'refused', reason: 'bad-option' });
  });

  it('a relation is written by its column, and emptied without a trace when its target is destroyed', async () => {
    const workspace = get();
    const target = workspace.model('company').id;
    await workspace.createField({
      type: 'RELATION',
      name: 'owningCompany',
      relationCreationPayload: {
        type: 'MANY_TO_ONE',
        targetObjectMetadataId: target,
        targetFieldLabel: workspace.object,
        targetFieldIcon: 'IconTestPipe',
      },
    });
    expect(workspace.model().fields.get('owningCompany')?.relation?.columns).toEqual({ company: 'owningCompanyId' });
    const company = workspace.row('target', { name: workspace.value('Target') });
    await workspace.create('company', [company]);
    const child = workspace.row('child', { owningCompanyId: company.id, position: 1 });
    expect(await workspace.create(workspace.object, [child])).toMatchObject({
      kind: 'written',
      rows: [{ owningCompanyId: company.id }],
    });
    const read = () => workspace.find(workspace.object, [child.id], ['owningCompany', 'updatedAt']);
    const [before] = await read();
    await workspace.client.destroy('company', [company.id], CALL);
    expect(await read()).toMatchObject([{ owningCompanyId: null, updatedAt: before?.updatedAt }]);
  });

  it('notes and tasks are linked to standard records and to ours', async () => {
    const workspace = get();
    const company = workspace.row('linked', { name: workspace.value('Linked') });
    await workspace.create('company', [company]);
    const ours = workspace.row('linked-ours', { position: 1 });
    await workspace.create(workspace.object, [ours]);
    for (const kind of ['note', 'task'] as const) {
      const link = `${kind}Target`;
      const body = { markdown: 'Spoke on the phone.', blocknote: null };
      const activity = workspace.row(kind, { title: workspace.value(kind), bodyV2: body });
      expect(await workspace.create(kind, [activity])).toMatchObject({ kind: 'written' });
      const toCompany = workspace.linkColumn(link, 'company');
      const toOurs = workspace.linkColumn(link, workspace.object);
      const links = [
        workspace.row(`${link}-1`, { [`${kind}Id`]: activity.id, [toCompany]: company.id }),
        workspace.row(`${link}-2`, { [`${kind}Id`]: activity.id, [toOurs]: ours.id }),
      ];
      expect(await workspace.create(link, links)).toMatchObject({ kind: 'written' });
      const by = { field: toOurs, values: [ours.id] };
      const found = { object: link, by, fields: [`${kind}Id`], deleted: false, ...CALL };
      expect(await workspace.client.find(found)).toMatchObject([{ [`${kind}Id`]: activity.id }]);
    }
  });
}

function serverType(workspace: ContractWorkspace, type: TwentyFieldType): string {
  for (const field of workspace.model('note').fields.values()) {
    if (field.type === type && field.typeOnServer !== undefined) return field.typeOnServer;
  }
  return type;
}
