import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { defaultMappingFile } from '../../connectors/dataverse/index.ts';
import { type DataverseSandbox, startDataverseSandbox } from '../../sandbox/dataverse/index.ts';
import type { Reference } from '../../sandbox/dataverse/store/rows.ts';
import { residue } from '../../src/sink/index.ts';
import { Deployment } from './deployment.ts';

/** Sales and Service are installed apart: an environment that lacks either moves what it has. */

const AYSE = {
  id: '5a3b1c00-0000-4000-8000-000000000011',
  firstName: 'Ayşe',
  lastName: 'Yılmaz',
  email: 'ayse@firm.example',
} as const;

const CASES = [
  {
    module: 'Sales',
    modules: ['service'],
    without: ['lead', 'opportunity', 'product', 'productpricelevel'],
    left: { object: 'incident', target: 'supportCase', values: { title: 'It broke', ticketnumber: 'CAS-1' } },
  },
  {
    module: 'Service',
    modules: ['sales'],
    without: ['incident'],
    left: { object: 'opportunity', target: 'opportunity', values: { name: 'Big one' } },
  },
] as const;

/** An account, its contact, a task about the account, and what the other module has. */
async function openWorld(environment: DataverseSandbox, object: string, values: Readonly<Record<string, string>>) {
  const { organisation } = environment;
  const make = (table: string, row: Parameters<typeof organisation.create>[1]): Reference => ({
    table,
    id: organisation.create(table, row).id,
  });
  const ownerid = make('systemuser', { fullname: 'Ayşe', internalemailaddress: AYSE.email, isdisabled: false });
  const account = make('account', { name: 'Acme Ltd', ownerid });
  const contact = make('contact', { lastname: 'Archer', parentcustomerid: account, ownerid });
  const task = make('task', { subject: 'Call back', regardingobjectid: account, ownerid });
  const other = make(object, { ...values, customerid: account, ownerid });
  const world = await Deployment.open({
    connector: 'dataverse',
    members: [AYSE],
    mapping: fileURLToPath(defaultMappingFile),
    secrets: { DATAVERSE_CLIENT_SECRET: environment.secret },
    settings: {
      url: environment.url,
      authority: environment.url,
      tenant: environment.tenant,
      clientId: environment.clientId,
      customTables: false,
    },
  });
  return { world, account, contact, task, other };
}

describe.each(CASES)('OPX-3, OPX-4, OPX-5, OPX-8 an environment without $module', ({ modules, without, left }) => {
  it('moves all that it has, and says what is left out', async () => {
    const environment = await startDataverseSandbox({ limits: null, modules: [...modules] });
    const { world, account, contact, task, other } = await openWorld(environment, left.object, left.values);
    try {
      const { notes } = await world.discover();
      for (const table of without) expect(notes).toContain(`The environment has no table ${table}: it is left out.`);
      await world.prepare();
      await world.settle();
      const company = world.row('company', 'account', account.id);
      expect(world.row('person', 'contact', contact.id)).toMatchObject({ companyId: company.id });
      expect(world.row('task', 'task', task.id)).toMatchObject({ title: 'Call back' });
      expect(world.row(left.target, left.object, other.id)).toMatchObject({ companyId: company.id });
      expect(await world.app.state.read((tx) => residue(tx))).toBe(0);
      // Nothing failed, and nothing waits for a part of the product that is not there.
      expect(world.unread()).toEqual([]);
      expect(await world.waiting()).toEqual([]);
    } finally {
      await world.close();
      await environment.close();
    }
  }, 300_000);
});

describe('ALL-3 a table that the application user may not read', () => {
  it('is left out with its own error, the others go on, and it comes once the role is right', async () => {
    const environment = await startDataverseSandbox({ limits: null });
    environment.allow('opportunity', 'none');
    const { world, account, contact, other } = await openWorld(environment, 'opportunity', { name: 'Big one' });
    try {
      await world.prepare();
      await world.settle();
      expect(world.unread()).toMatchObject([{ object: 'opportunity', error: { code: 'DATAVERSE_PRIVILEGE' } }]);
      expect(await world.waiting()).toMatchObject([expect.stringContaining('crm/opportunity: ')]);
      const company = world.row('company', 'account', account.id);
      expect(world.row('person', 'contact', contact.id).companyId).toBe(company.id);
      expect(world.has('opportunity', 'opportunity', other.id)).toBe(false);
      environment.allow('opportunity', 'organization');
      world.mended();
      await world.settle();
      expect(world.unread()).toEqual([]);
      expect(world.row('opportunity', 'opportunity', other.id)).toMatchObject({ name: 'Big one' });
      expect(await world.app.state.read((tx) => residue(tx))).toBe(0);
    } finally {
      await world.close();
      await environment.close();
    }
  }, 300_000);
});
