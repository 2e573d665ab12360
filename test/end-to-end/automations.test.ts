import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EXIT_CODES } from '../../src/cli/command.ts';
import { command, type Deployment, prepare } from './deployment.ts';

const SLOW = 120_000;

let deployment: Deployment;
beforeAll(async () => {
  deployment = await prepare({ callsPerMinute: 6_000 });
}, SLOW);
afterAll(() => deployment?.close());

async function json(...args: readonly string[]): Promise<{ code: number | null; result: Record<string, unknown> }> {
  const { code, out } = await command(deployment, [...args, '--json']);
  return { code, result: JSON.parse(out.trim().split('\n').at(-1) ?? '{}') as Record<string, unknown> };
}

describe('what writing sets off in the workspace', { timeout: SLOW }, () => {
  test('stops everything until somebody agrees by name, and again when there is more of it', async () => {
    const { sandbox } = deployment;
    expect(await json('automations', 'list')).toMatchObject({ code: EXIT_CODES.ok.code, result: { automations: [] } });
    const [workflowId = ''] = sandbox.seed('workflow', [{ name: 'Welcome', position: 1 }]);
    const trigger = { type: 'DATABASE_EVENT', name: 'x', settings: { eventName: 'person.created' } };
    sandbox.seed('workflowVersion', [{ name: 'Welcome', status: 'ACTIVE', trigger, workflowId, position: 1 }]);
    const listed = await json('automations', 'list');
    expect(listed).toMatchObject({
      code: EXIT_CODES.findings.code,
      result: { open: [{ kind: 'workflow', name: 'Welcome', events: ['person.created'] }], agreement: null },
    });

    const refused = await command(deployment, ['run', '--once']);
    expect(refused.code).not.toBe(EXIT_CODES.ok.code);
    expect(`${refused.out}${refused.errors}`).toContain('TWENTY_AUTOMATIONS_NOT_AGREED');
    expect(sandbox.dump('person')).toEqual([]);

    expect((await json('automations', 'agree', '--by', 'Ann Lee')).code).toBe(EXIT_CODES.ok.code);
    expect(await json('automations', 'list')).toMatchObject({
      code: EXIT_CODES.ok.code,
      result: {
        open: [],
        agreement: { by: 'Ann Lee', at: expect.any(Number) },
        // Who agreed to what, and when, stands in the audit.
        agreements: [
          {
            by: 'Ann Lee',
            action: 'automations-agree',
            detail: { automations: [{ kind: 'workflow', name: 'Welcome', events: ['person.created'] }] },
          },
        ],
      },
    });
    await command(deployment, ['run', '--once']);
    expect(sandbox.dump('person').length).toBeGreaterThan(0);
    sandbox.seed('workflowVersion', [{ name: 'More', status: 'ACTIVE', trigger, workflowId: null, position: 2 }]);
    expect((await json('automations', 'list')).code).toBe(EXIT_CODES.findings.code);
  });

  test('provision revert keeps what the loaded records hold, and says so', async () => {
    const found = await json('provision', 'revert', '--dry-run');
    expect(found).toMatchObject({ code: EXIT_CODES.findings.code, result: { removed: 0 } });
    expect(found.result.inUse).toContainEqual({
      added: { kind: 'field', object: 'person', field: 'sourceKey' },
      usedBy: expect.stringContaining('of people with a value in it'),
    });
  });
});
