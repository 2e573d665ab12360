import { expect, it } from 'vitest';
import { normaliseForCompare } from '../../src/twenty/normalise.ts';
import { CALL, type ContractWorkspace } from './workspace.ts';

type Get = () => ContractWorkspace;

/** Batches of upserts, and values that are the same only to the server: what settling and unique values build on (twenty.md O2). */
export function upsertPromises(get: Get): void {
  const read = async (names: readonly string[], field: string) => {
    const workspace = get();
    const ids = names.map((name) => workspace.id(name));
    const rows = await workspace.find('person', ids, [field]);
    return rows.map((row) => row[field]);
  };

  it('an upsert of known and new rows gives each back once, told by its id: the order is not the one sent', async () => {
    const workspace = get();
    const { object } = workspace;
    const names = ['mixed-0', 'mixed-1', 'mixed-2', 'mixed-3'];
    const rows = (names: readonly string[], text: string) =>
      names.map((name) => workspace.row(name, { name: `${name} ${text}`, position: 1 }));
    await workspace.create(object, rows(['mixed-1', 'mixed-3'], 'old'));
    const sent = rows(names, 'new');
    const outcome = await workspace.upsert(object, sent);
    if (outcome.kind !== 'written') throw new Error(JSON.stringify(outcome));
    const came = outcome.rows.map(({ id, name }) => [id, name]);
    expect(came).toHaveLength(names.length);
    expect(Object.fromEntries(came)).toEqual(Object.fromEntries(sent.map(({ id, fields }) => [id, fields.name])));
  });

  it('what is wrong with a value is found before anything is written: the other rows of an upsert are as they were', async () => {
    const workspace = get();
    await workspace.create('person', [
      workspace.person('untouched', { jobTitle: 'before' }),
      workspace.person('untouched-2', { jobTitle: 'before' }),
    ]);
    const good = workspace.row('untouched', { jobTitle: 'after' });
    const bad = workspace.row('untouched-2', { emails: { primaryEmail: 'no address', additionalEmails: [] } });
    const outcome = await workspace.upsert('person', [good, bad]);
    expect(outcome).toMatchObject({ kind: 'refused', partial: false });
    expect(await read(['untouched', 'untouched-2'], 'jobTitle')).toEqual(['before', 'before']);
  });

  it('an upsert that the database refuses may be half applied, which is said; sent again without the fault, all of it stands', async () => {
    const workspace = get();
    const names = ['half-1', 'half-2', 'half-3'];
    await workspace.create(
      'person',
      names.slice(0, 2).map((name) => workspace.person(name, { jobTitle: 'before' })),
    );
    const rows = (fields: Readonly<Record<string, string>>) =>
      names.map((name) => workspace.person(name, { jobTitle: 'after', ...(name === 'half-2' ? fields : {}) }));
    const outcome = await workspace.upsert('person', rows({ companyId: workspace.id('no-company') }));
    expect(outcome).toMatchObject({ kind: 'refused', reason: 'foreign-key', partial: true });
    const [first, second, ...others] = await read(names, 'jobTitle');
    // Whether the first row stands is the server's affair; the one with the fault does not.
    expect(first).toBe(workspace.simulated === undefined ? first : 'after');
    expect(['before', 'after']).toContain(first);
    expect(second).toBe('before');
    expect(others.every((title) => title === 'after')).toBe(true);
    expect(await workspace.upsert('person', rows({}))).toMatchObject({ kind: 'written' });
    expect(await read(names, 'jobTitle')).toEqual(['after', 'after', 'after']);
  });

  it('an e-mail address is one whatever its case: no second person has it, an upsert goes to the first, and a search finds it', async () => {
    const workspace = get();
    const address = `${workspace.word('mail')}@example.com`;
    const emails = (primaryEmail: string) => ({ emails: { primaryEmail, additionalEmails: [] } });
    const shouted = address.toUpperCase();
    const holder = workspace.person('mail', emails(shouted));
    expect(await workspace.create('person', [holder])).toMatchObject({ kind: 'written' });
    const by = {
      field: 'emails.primaryEmail',
      values: [normalised('person', 'emails', emails(shouted), 'primaryEmail')],
    };
    const found = await workspace.client.find({ object: 'person', by, fields: ['emails'], deleted: true, ...CALL });
    expect(found).toMatchObject([{ id: holder.id, emails: { primaryEmail: address } }]);
    if (!isUnique('person', 'emails.primaryEmail')) return;
    const again = workspace.person('mail-2', emails(address));
    expect(await workspace.create('person', [again])).toMatchObject({ kind: 'refused', reason: 'duplicate' });
    expect(await workspace.upsert('person', [again])).toMatchObject({ kind: 'written', rows: [{ id: holder.id }] });
  });

  it('a domain is one whatever the case of its host and with a slash at its end or none', async () => {
    const workspace = get();
    const links = (primaryLinkUrl: string) => ({
      domainName: { primaryLinkUrl, primaryLinkLabel: '', secondaryLinks: [] },
    });
    const host = `${workspace.word('domain')}.example.com`;
    const written = links(`https://${host.toUpperCase()}/`);
    const holder = workspace.row('domain', { name: workspace.value('Domain'), position: 1, ...written });
    expect(await workspace.create('company', [holder])).toMatchObject({ kind: 'written' });
    const by = {
      field: 'domainName.primaryLinkUrl',
      values: [normalised('company', 'domainName', written, 'primaryLinkUrl')],
    };
    const found = await workspace.client.find({
      object: 'company',
      by,
      fields: ['domainName'],
      deleted: true,
      ...CALL,
    });
    expect(found.map(({ id }) => id)).toEqual([holder.id]);
    if (!isUnique('company', 'domainName.primaryLinkUrl')) return;
    const name = workspace.value('Domain again');
    const again = workspace.row('domain-2', { name, position: 1, ...links(`https://${host}`) });
    expect(await workspace.create('company', [again])).toMatchObject({ kind: 'refused', reason: 'duplicate' });
    expect(await workspace.upsert('company', [again])).toMatchObject({ kind: 'written', rows: [{ id: holder.id }] });
  });

  /** As the index of unique values keeps it, and searches for it. */
  function normalised(object: string, field: string, of: Readonly<Record<string, unknown>>, part: string): string {
    const described = get().model(object).fields.get(field);
    if (described === undefined) throw new Error(`no ${object}.${field}`);
    return String((normaliseForCompare(described, of[field]) as Readonly<Record<string, unknown>>)[part]);
  }

  /** Workspaces may drop the index; then nothing is refused, and the sink expects nothing else. */
  function isUnique(object: string, column: string): boolean {
    return get()
      .model(object)
      .uniques.some((index) => index.length === 1 && index[0] === column);
  }
}
