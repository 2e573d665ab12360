import { expect, it } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import { silentLogger } from '../../src/core/logger.ts';
import type { DesiredField, DesiredModel, DesiredOption } from '../../src/twenty/desired.ts';
import {
  type Added,
  applyProvision,
  applyRevert,
  describeAdded,
  mergeAdded,
  planProvision,
  planRevert,
  verifyProvision,
} from '../../src/twenty/provision.ts';
import { CALL, type ContractWorkspace } from './workspace.ts';

type Get = () => ContractWorkspace;

const DEPLOYMENT = 'contract-test';
const BECAUSE = 'a test of the contract';
const OPTIONS: readonly DesiredOption[] = [
  { value: 'OPEN', label: 'Open' },
  { value: 'CLOSED', label: 'Closed' },
];

/** Provisioning itself, from the plan to the last thing taken away again (twenty.md O6, §5). */
export function provisioningPromises(get: Get): void {
  const desired = (options: readonly DesiredOption[]): DesiredModel => {
    const { otherObject: object } = get();
    const field = (more: Pick<DesiredField, 'name' | 'type'> & Partial<DesiredField>): DesiredField => ({
      object,
      label: more.name,
      because: BECAUSE,
      ...more,
    });
    return {
      objects: [
        {
          nameSingular: object,
          namePlural: `${object}s`,
          labelSingular: get().value('other'),
          labelPlural: get().value('others'),
          icon: 'IconTestPipe',
          description: 'Made by a test and taken away by it. Can be deleted.',
        },
      ],
      fields: [
        field({ name: 'caseState', type: 'SELECT', options }),
        field({ name: 'caseTags', type: 'MULTI_SELECT', options }),
        field({ name: 'caseNumber', type: 'NUMBER', settings: { type: 'number', dataType: 'int', decimals: 0 } }),
        field({
          name: 'caseOwner',
          type: 'RELATION',
          relation: { target: get().object, reverseLabel: get().value('cases') },
        }),
      ],
      options: [],
      synced: [object],
    };
  };

  it('what a plan lists is made, found by verify, made once only, and taken away again when nothing uses it', async () => {
    const workspace = get();
    const { client, otherObject: object } = workspace;
    let added: readonly Added[] = [];
    const onAdding = async (more: readonly Added[]) => {
      added = mergeAdded(added, more);
    };
    const onRemoved = async (gone: Added) => {
      added = added.filter((each) => describeAdded(each) !== describeAdded(gone));
    };
    const context = { client, clock: systemClock(), logger: silentLogger(), onAdding };
    const plan = planProvision(client.workspace(), desired(OPTIONS), DEPLOYMENT);
    expect(plan.conflicts).toEqual([]);
    expect(await applyProvision(context, plan)).toEqual({ made: plan.changes.length, found: 0 });
    expect(await verifyProvision(context, desired(OPTIONS), DEPLOYMENT)).toMatchObject({ changes: [], conflicts: [] });
    expect(await applyProvision(context, plan)).toEqual({ made: 0, found: plan.changes.length });

    const row = { id: workspace.id('case'), fields: { caseState: 'OPEN', caseTags: ['CLOSED'], position: 1 } };
    expect(await workspace.create(object, [row])).toMatchObject({ kind: 'written' });
    const more = desired([...OPTIONS, { value: 'LATER', label: 'Later' }]);
    const second = await verifyProvision(context, more, DEPLOYMENT);
    expect(second.changes.map(({ kind }) => kind)).toEqual(['add-options', 'add-options']);
    await applyProvision(context, second);
    const read = await workspace.find(object, [row.id], ['caseState', 'caseTags']);
    expect(read).toMatchObject([{ caseState: 'OPEN', caseTags: ['CLOSED'] }]);

    const used = await planRevert({ client }, added);
    expect(used.inUse.map((each) => describeAdded(each.added))).toEqual(
      expect.arrayContaining([object, `${object}.caseState`, `${object}.caseTags`]),
    );
    await client.destroy(object, [row.id], CALL);
    const unused = await planRevert({ client }, added);
    expect(unused).toMatchObject({ inUse: [], absent: [] });
    await applyRevert({ client, onRemoved }, unused, added);
    expect(added).toEqual([]);
    expect((await client.refresh()).objects.has(object)).toBe(false);
    expect(workspace.model().fields.has('caseOwner')).toBe(false);
  });
}
